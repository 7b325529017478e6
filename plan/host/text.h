/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_TEXT_H
#define PLAN_TEXT_H

#include <stdio.h>

#include <kernel/thread_bounds.h>
#include <mm/bounds.h>
#include <process/bounds.h>

#include "report.h"
#include "source.h"

/* Prints the plan as a page to read from top to bottom. */
void text_print(const struct report *r, const struct plan_input *in, FILE *out);

/* The parts of the page; each begins with an empty line and a heading. */
void text_print_map(const struct report *r, FILE *out);
void text_print_cost(const struct report *r, FILE *out);
void text_print_zones(const struct report *r, FILE *out);
void text_print_free_blocks(const struct report *r, FILE *out);
void text_print_nodes(const struct report *r, FILE *out);
void text_print_lists(const struct report *r, FILE *out);
void text_print_slab(const struct report *r, FILE *out);
void text_print_image_rows(const struct report *r, FILE *out);
void text_print_bounds(const struct report *r, FILE *out);
void text_print_thread_bounds(const struct report *r, FILE *out);
/* Nothing where the kernel has no processes. */
void text_print_program_bounds(const struct report *r, FILE *out);
/* Nothing where the plan was made without programs. */
void text_print_programs(const struct report *r, FILE *out);
void text_print_conflicts(const struct report *r, FILE *out);

/* Fills in what a plan's bounds depend on, for mm_bounds(). */
void report_bounds_of(const struct report *r, struct mm_bounds_of *of);
/* The same for thread_bounds(); false: the kernel has no threads. */
bool report_thread_bounds_of(const struct report *r, struct thread_bounds_of *of);

/* The same for program_bounds(); false: the kernel has no processes. */
bool report_program_bounds_of(const struct report *r, struct program_bounds_of *of);

/* The number of types of pageblocks that per-CPU lists keep apart; and whether there are lists of
 * pageblocks. */
unsigned int report_types(const struct report *r);
bool report_has_pageblock_lists(const struct report *r);

/*
 * Writes which pageblocks a CPU may keep beside its lists of a zone, which is a row of the plan's
 * pcp: how many of what size, and for how many CPUs that share the zone, if fewer than there can
 * be.
 */
void report_pageblocks_text(const struct report *r, const struct value *list, char *text,
			    size_t bytes);

/* Prints an empty line and a heading, with a note behind it. */
void text_heading(FILE *out, const char *heading, const char *note);

/* Prints what the letters of a table of bounds are, a line each. */
void text_letters(FILE *out, const struct bound_letter *letters, int nr);

#endif /* PLAN_TEXT_H */
