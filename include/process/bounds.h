/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_BOUNDS_H
#define PROCESS_BOUNDS_H

/* What programs' works cost at most, from user mode to user mode; process/bounds.c says how the
 * numbers come about. */
#include <kernel/types.h>

/* What the bounds depend on: a configuration, and the bounds of memory's paths (mm/bounds.h). */
struct program_bounds_of {
	unsigned int max_regions;	/* MAX_REGIONS */
	unsigned int levels;		/* of page tables: 3, or 4 with SV48 */
	unsigned int batch;		/* blocks that a CPU's list gets or gives at a time */
	/* Instructions: a page of any zone, and one to a list that is full. */
	unsigned long alloc, free;
	unsigned long grow, shrink;	/* an object of a new slab, objects whose slabs go */
};

#define PROGRAM_FORMULA_BYTES	128
struct program_bound {
	const char *work;		/* as test/bench/user names it */
	char formula[PROGRAM_FORMULA_BYTES];	/* in the letters below */
	unsigned long usual;		/* instructions with pages and objects at hand */
	unsigned long most;		/* with the dearest way of each, and pages met first */
};

/* A step of the formulas. */
struct program_step {
	char letter;
	unsigned long usual, most;	/* instructions */
	const char *what;
};

#define NR_PROGRAM_WORKS	39
#define NR_PROGRAM_STEPS	20

/* One interrupt of timers may come on top; plan prints its bound among those of threads. */
void program_bounds(const struct program_bounds_of *of, struct program_bound *works);
void program_steps(const struct program_bounds_of *of, struct program_step *steps);

#endif /* PROCESS_BOUNDS_H */
