/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_TEXT_H
#define PLAN_TEXT_H

#include <stdio.h>

#include <mm/bounds.h>

#include "report.h"
#include "source.h"

/* The plan as a page to read from top to bottom. */
void text_print(const struct report *r, const struct plan_input *in, FILE *out);

/* The parts of the page; each begins with an empty line and a heading. */
void text_print_map(const struct report *r, FILE *out);
void text_print_cost(const struct report *r, FILE *out);
void text_print_zones(const struct report *r, FILE *out);
void text_print_free_blocks(const struct report *r, FILE *out);
void text_print_nodes(const struct report *r, FILE *out);
void text_print_lists(const struct report *r, FILE *out);
void text_print_slab(const struct report *r, FILE *out);
void text_print_bounds(const struct report *r, FILE *out);
void text_print_conflicts(const struct report *r, FILE *out);

/* What a plan's bounds depend on, for mm_bounds(). */
void report_bounds_of(const struct report *r, struct mm_bounds_of *of);

/* Types of pageblocks that per-CPU lists keep apart; are there lists of whole pageblocks? */
unsigned int report_types(const struct report *r);
bool report_has_pageblock_lists(const struct report *r);

/*
 * Pageblocks that a CPU may keep beside its lists of a zone, a row of the plan's pcp, in words: how
 * many of what size, and if not for as many CPUs as there can be, for how many that share the zone.
 */
void report_pageblocks_text(const struct report *r, const struct value *list, char *text,
			    size_t bytes);

/* An empty line and a heading, with a note behind it. */
void text_heading(FILE *out, const char *heading, const char *note);

#endif /* PLAN_TEXT_H */
