/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of what programs' works cost at most (process/bounds.h). */
#include "text.h"
#include "table.h"

static unsigned long instructions(const struct mm_bound *bounds, enum mm_path path)
{
	return bounds[path].instructions;
}

bool report_program_bounds_of(const struct report *r, struct program_bounds_of *of)
{
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_bounds_of mm;

	report_bounds_of(r, &mm);
	mm_bounds(&mm, bounds);
	*of = (struct program_bounds_of){
		.max_regions = (unsigned int)report_number(r, "config", "MAX_REGIONS"),
		.levels = 3 + (unsigned int)report_number(r, "config", "SV48"),
		.batch = mm.batch,
		.alloc = instructions(bounds, PATH_ALLOC_ANY),
		.free = instructions(bounds, PATH_FREE_DRAIN),
		.grow = instructions(bounds, PATH_CACHE_GROW),
		.shrink = instructions(bounds, PATH_CACHE_SHRINK),
	};
	return of->max_regions;
}

void text_print_program_bounds(const struct report *r, FILE *out)
{
	struct program_bound works[NR_PROGRAM_WORKS];
	struct program_step steps[NR_PROGRAM_STEPS];
	struct program_bounds_of of;
	struct table t;

	if (!report_program_bounds_of(r, &of))
		return;
	program_bounds(&of, works);
	program_steps(&of, steps);
	text_heading(out, "Bounds of programs",
		     "instructions, user mode to user mode, interrupts and waiting for locks aside");
	table_begin(&t, "lcrr", "work|its steps|usually|at most");
	for (int i = 0; i < NR_PROGRAM_WORKS; i++) {
		table_cell(&t, "%s", works[i].work);
		table_cell(&t, "%s", works[i].formula);
		table_cell(&t, "%s", thousands(works[i].usual));
		table_cell(&t, "%s", thousands(works[i].most));
	}
	table_end(&t, out);
	for (int i = 0; i < NR_PROGRAM_STEPS; i++) {
		if (steps[i].usual == steps[i].most)
			fprintf(out, "  %c = %-14lu %s\n", steps[i].letter, steps[i].most,
				steps[i].what);
		else
			fprintf(out, "  %c = %lu to %-*lu %s\n", steps[i].letter, steps[i].usual,
				steps[i].usual > 99 ? 7 : steps[i].usual > 9 ? 8 : 9,
				steps[i].most, steps[i].what);
	}
}
