/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PROGRAMS_H
#define PLAN_PROGRAMS_H

#include <stdbool.h>

#include "options.h"
#include "show.h"

/*
 * Adds to the plan of the kernel that was just booted what the programs of a manifest need, by the
 * archive that they come from. False: they do not fit beside that kernel. Ends the process with a
 * sentence when a file cannot be read.
 */
bool programs_add(struct plan_json *json, const struct plan_options *o);

#endif /* PLAN_PROGRAMS_H */
