/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_WHY_H
#define PLAN_WHY_H

#include "report.h"

/* Says why a number of the plan is what it is; the text ends a line about the number. */

#define WHY_BYTES	160

/* Says what bounds the largest block: an option, or the free memory itself. */
void why_largest(const struct report *r, char text[WHY_BYTES]);

/* Says between whom the longest run lies. */
void why_longest(const struct report *r, char text[WHY_BYTES]);

/* Finds the next run of free frames from span *nr on, which is 0 at first; false behind the last
 * one. */
bool why_next_run(const struct report *r, size_t *nr, uint64_t *base, uint64_t *end);

#endif /* PLAN_WHY_H */
