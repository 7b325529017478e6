/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of bounds of threads: what each way of waiting costs at most
 * (kernel/thread_bounds.h). */
#include "text.h"
#include "table.h"

static unsigned long longest_hold(const struct report *r)
{
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_bounds_of of;
	unsigned long most = 0;

	report_bounds_of(r, &of);
	mm_bounds(&of, bounds);
	for (int i = 0; i < NR_MM_PATHS; i++)
		if (bounds[i].steps && bounds[bounds[i].hold].instructions > most)
			most = bounds[bounds[i].hold].instructions;
	return most;
}

bool report_thread_bounds_of(const struct report *r, struct thread_bounds_of *of)
{
	*of = (struct thread_bounds_of){
		.priorities = (unsigned int)report_number(r, "config", "NR_PRIORITIES"),
		.chain = (unsigned int)report_number(r, "config", "PI_CHAIN_MAX"),
		.works = report_number(r, "config", "WORKQUEUE"),
		.irqs_off = longest_hold(r),
	};
	return of->priorities;
}

void text_print_thread_bounds(const struct report *r, FILE *out)
{
	struct bound_letter letters[NR_THREAD_LETTERS];
	struct thread_bound bounds[NR_THREAD_PATHS];
	struct thread_bounds_of of;
	struct table t;

	if (!report_thread_bounds_of(r, &of))
		return;
	thread_bounds(&of, bounds);
	thread_bounds_letters(&of, letters);
	text_heading(out, "Bounds of threads", "instructions at most, on one CPU");
	table_begin(&t, "lcr", "path|its steps|instructions");
	for (int i = 0; i < NR_THREAD_PATHS; i++) {
		if (!bounds[i].instructions)
			continue;
		table_cell(&t, "%s", bounds[i].path);
		table_cell(&t, "%s", bounds[i].formula);
		table_cell(&t, "%s", thousands(bounds[i].instructions));
	}
	table_end(&t, out);
	text_letters(out, letters, NR_THREAD_LETTERS);
}
