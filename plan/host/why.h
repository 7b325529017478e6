/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_WHY_H
#define PLAN_WHY_H

#include "report.h"

/* Why a number of the plan is what it is, as the end of a line about it. */

#define WHY_BYTES	160

/* What bounds the largest block: an option, or the free memory itself. */
void why_largest(const struct report *r, char text[WHY_BYTES]);

/* Between whom the longest run lies. */
void why_longest(const struct report *r, char text[WHY_BYTES]);

/* The next run of free frames from span *nr on, which is 0 at first; false behind the last. */
bool why_next_run(const struct report *r, size_t *nr, uint64_t *base, uint64_t *end);

#endif /* PLAN_WHY_H */
