/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PROGRAMS_H
#define PLAN_PROGRAMS_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

/*
 * Prints what the programs of a manifest need, by the archive that they come from, and whether they
 * fit beside the kernel that was just booted. False: they do not. Ends the process with a sentence
 * when a file cannot be read.
 */
bool programs_print(const struct plan_options *o, FILE *out);

#endif /* PLAN_PROGRAMS_H */
