/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs' works cost at most, in instructions from user mode to user mode: those of the
 * bench in test/bench/user, whose figures a test holds against these numbers.
 *
 * A work is a sum of steps, counted from the source. A step has two prices: the usual one, with
 * pages and objects at hand in the CPU's lists, and the most, where each of them takes the dearest
 * way of memory's table of bounds. Each price is above the dearest step of its kind that was ever
 * measured. Not in it are reclaim and compaction, waiting for a lock that another CPU holds, and
 * interrupts.
 */
#include <process/bounds.h>

#include <kernel/compiler.h>
#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>

enum step {
	TRAP, CALL, USER, FRAME, NAME, TREE, WALK, LEAF, ENTRY, FLUSH, CLEARED, PAGE, FREE, CLEAR,
	COPY, OBJECT, GIVEN, SWITCH, WAKE, FIRST, NR_STEPS
};
BUILD_ASSERT(NR_STEPS == NR_PROGRAM_STEPS, "each step has a letter");

/* Instructions; what follows from the configuration is filled in. */
static const struct program_step base[NR_STEPS] = {
	[TRAP] = { 't', 40, 40, "into the kernel and back" },
	[CALL] = { 'c', 60, 60, "a part of a call: an argument understood, a thing found, locked" },
	[USER] = { 'u', 40, 40, "some bytes of the program's copied" },
	[FRAME] = { 'a', 150, 150, "all registers copied" },
	[NAME] = { 'n', 400, 400, "a name of a path found" },
	[TREE] = { 'R', 10, 10, "a way down the tree of regions: 1.82 log2(MAX_REGIONS) nodes" },
	[WALK] = { 'w', 8, 8, "a way down the page tables" },
	[LEAF] = { 'l', 30, 30, "an entry set, changed or cleared, and its page's count" },
	[ENTRY] = { 'e', 14, 14, "one of many entries that are copied, or dropped" },
	[FLUSH] = { 'h', 60, 60, "what the hart remembers of an entry forgotten" },
	[CLEARED] = { 'z', 60, 0, "a page that was cleared ahead; at most: taken, and cleared" },
	[PAGE] = { 'p', 96, 0, "a page taken" },
	[FREE] = { 'f', 96, 0, "a page given back" },
	[CLEAR] = { 'Z', 640, 640, "a page cleared" },
	[COPY] = { 'C', 1250, 1250, "a page copied" },
	[OBJECT] = { 'o', 96, 0, "an object of a cache taken" },
	[GIVEN] = { 'g', 96, 0, "one given back" },
	[SWITCH] = { 'S', 180, 180, "a switch of threads" },
	[WAKE] = { 'W', 240, 240, "a wake-up" },
	[FIRST] = { 'F', 0, 0, "a page met the first time after fork: nothing, or a copy" },
};

/* Of the bench's own program. */
#define PAGES		64	/* touched, when it is small */
#define REGIONS		10
#define TABLES		6
#define COPIED		4	/* after fork, by the child or by the parent */
#define MANY		4096	/* touched pages of 16 MiB */
#define MANY_TABLES	9
#define A_CALL		[TRAP] = 1, [CALL] = 1
#define A_FAULT		[TRAP] = 1, [CALL] = 1, [TREE] = 1, [WALK] = 1, [LEAF] = 1
#define A_FORK \
	[TRAP] = 3, [CALL] = 20, [OBJECT] = 6 + REGIONS, [GIVEN] = 6 + REGIONS, \
	[PAGE] = COPIED, [FREE] = COPIED + TABLES, [COPY] = COPIED, [CLEARED] = TABLES, \
	[TREE] = COPIED, [LEAF] = COPIED, [FLUSH] = COPIED, [SWITCH] = 4, [WAKE] = 2
#define AN_EXEC \
	[TRAP] = 3, [CALL] = 70, [NAME] = 3, [OBJECT] = 24, [GIVEN] = 24, [CLEARED] = 8, \
	[FREE] = 11, [PAGE] = 3, [CLEAR] = 3, [WALK] = 4, [TREE] = 4, [LEAF] = 4, [SWITCH] = 4, \
	[WAKE] = 3
#define A_THREAD \
	[TRAP] = 3, [CALL] = 14, [OBJECT] = 2, [GIVEN] = 2, [USER] = 6, [SWITCH] = 2, [WAKE] = 3, \
	[FIRST] = 1
#define MAP_STEPS	[TRAP] = 1, [CALL] = 2, [TREE] = 4, [OBJECT] = 1
#define UNMAP_STEPS	[TRAP] = 1, [CALL] = 2, [TREE] = 2, [WALK] = 1, [GIVEN] = 1

struct work {
	const char *name;
	/* Behind the steps: the figure is that of one of so many parts; 0: of all. */
	u16 of[NR_STEPS + 1];
};
#define PARTS			NR_STEPS
#define WORK(_name, ...)	{ _name, { __VA_ARGS__ } }

static const struct work works[NR_PROGRAM_WORKS] = {
	WORK("getppid", A_CALL),
	WORK("unknown number", [TRAP] = 1),
	WORK("write 1 B to /dev/null", [TRAP] = 1, [CALL] = 2),
	WORK("read 1 B of /dev/zero", [TRAP] = 1, [CALL] = 2, [USER] = 1),
	WORK("clock_gettime", A_CALL, [USER] = 2),
	WORK("clock_gettime by the C library", [USER] = 1),
	WORK("clock_gettime by the vDSO", [USER] = 1),
	WORK("openat + close of /dev/null", [TRAP] = 2, [CALL] = 6, [NAME] = 2, [OBJECT] = 2,
					   [GIVEN] = 2, [USER] = 5),
	WORK("pipe write + read 1 B", [TRAP] = 2, [CALL] = 6, [USER] = 2, [PAGE] = 1),
	WORK("write fault, a page that was cleared", A_FAULT, [CLEARED] = 1),
	WORK("write fault, table present", A_FAULT, [PAGE] = 1, [CLEAR] = 1),
	WORK("write fault, new table", A_FAULT, [CLEARED] = 2),
	WORK("write fault, all tables", [TRAP] = 1, [CALL] = 1, [TREE] = 1, [WALK] = 1, [LEAF] = 3,
				       [CLEARED] = 3),
	WORK("read fault, zero page", A_FAULT),
	WORK("write after zero page", A_FAULT, [FLUSH] = 1, [CLEARED] = 1),
	WORK("copy on write", A_FAULT, [FLUSH] = 1, [PAGE] = 1, [COPY] = 1),
	WORK("reuse of the last copy", A_FAULT, [FLUSH] = 1),
	WORK("mmap 4 KiB", MAP_STEPS),
	WORK("munmap untouched", UNMAP_STEPS),
	WORK("munmap touched", UNMAP_STEPS, [LEAF] = 1, [FREE] = 1, [FLUSH] = 1),
	WORK("munmap 4 MiB touched, a page", UNMAP_STEPS, [LEAF] = 1024, [FREE] = 1026,
					    [FLUSH] = 16, [PARTS] = 1024),
	WORK("madvise DONTNEED of 1,024, a page", A_CALL, [TREE] = 1, [WALK] = 3, [LEAF] = 1024,
						 [FREE] = 1026, [FLUSH] = 16, [PARTS] = 1024),
	WORK("mprotect that splits", [TRAP] = 1, [CALL] = 2, [TREE] = 3, [OBJECT] = 2, [WALK] = 1,
				    [LEAF] = 1, [FLUSH] = 1),
	WORK("mprotect that merges", [TRAP] = 1, [CALL] = 2, [TREE] = 3, [GIVEN] = 2, [WALK] = 1,
				    [LEAF] = 1, [FLUSH] = 1),
	WORK("brk grow a page", [TRAP] = 1, [CALL] = 2, [TREE] = 1),
	WORK("brk shrink, touched", [TRAP] = 1, [CALL] = 2, [TREE] = 2, [WALK] = 1, [LEAF] = 1,
				   [FREE] = 1, [FLUSH] = 1),
	WORK("fork + exit + wait, small", A_FORK, [ENTRY] = 2 * PAGES),
	WORK("vfork + exec + exit + wait", AN_EXEC),
	WORK("fork + exec + exit + wait",
		[TRAP] = 5, [CALL] = 85, [NAME] = 3, [OBJECT] = 30 + REGIONS,
		[GIVEN] = 30 + REGIONS, [CLEARED] = 8 + TABLES, [FREE] = 11 + COPIED + TABLES,
		[PAGE] = 3 + COPIED, [CLEAR] = 3, [COPY] = COPIED, [WALK] = 4, [TREE] = 4 + COPIED,
		[LEAF] = 4 + COPIED, [FLUSH] = COPIED, [SWITCH] = 4, [WAKE] = 3,
		[ENTRY] = 2 * PAGES),
	WORK("fork + exit + wait, 16 MiB touched",
		[TRAP] = 3, [CALL] = 20, [OBJECT] = 6 + REGIONS, [GIVEN] = 6 + REGIONS,
		[PAGE] = COPIED, [FREE] = COPIED + TABLES + MANY_TABLES, [COPY] = COPIED,
		[CLEARED] = TABLES + MANY_TABLES, [TREE] = COPIED, [LEAF] = COPIED,
		[FLUSH] = COPIED, [SWITCH] = 4, [WAKE] = 2, [ENTRY] = 2 * (PAGES + MANY)),
	WORK("thread: clone + exit + join", A_THREAD),
	WORK("pthread_create + join",
		[TRAP] = 14, [CALL] = 26, [OBJECT] = 3, [GIVEN] = 3, [USER] = 14, [SWITCH] = 2,
		[WAKE] = 3, [TREE] = 5, [WALK] = 4, [LEAF] = 6, [PAGE] = 3, [CLEAR] = 3,
		[FREE] = 3, [FLUSH] = 1, [FIRST] = 2),
	WORK("pipe round trip, 2 processes", [TRAP] = 4, [CALL] = 8, [USER] = 4, [SWITCH] = 4,
					    [WAKE] = 2, [FIRST] = 3),
	WORK("futex round trip, 2 threads", [TRAP] = 4, [CALL] = 5, [SWITCH] = 2, [WAKE] = 2,
					   [FIRST] = 2),
	WORK("sched_yield, 2 processes", [TRAP] = 2, [CALL] = 2, [SWITCH] = 2, [FIRST] = 2,
					[PARTS] = 2),
	WORK("kill, handler, back", [TRAP] = 2, [CALL] = 6, [USER] = 8, [FRAME] = 2),
	WORK("write to read-only page, to the handler", [TRAP] = 1, [CALL] = 3, [TREE] = 1,
						       [USER] = 4, [FRAME] = 1),
	WORK("10,000 regions: mmap", MAP_STEPS),
	WORK("10,000 regions: fault", A_FAULT, [CLEARED] = 1),
};

void program_steps(const struct program_bounds_of *of, struct program_step *steps)
{
	unsigned long nodes = (182ul * (unsigned long)fls64(of->max_regions) + 99) / 100;

	for (int i = 0; i < NR_STEPS; i++)
		steps[i] = base[i];
	steps[TREE].usual = steps[TREE].most = nodes * base[TREE].most;
	steps[WALK].usual = steps[WALK].most = of->levels * base[WALK].most;
	steps[CLEARED].most = of->alloc + base[CLEAR].most;
	steps[PAGE].most = of->alloc;
	steps[FREE].most = of->free;
	steps[OBJECT].most = of->grow;
	steps[GIVEN].most = of->shrink;
	steps[FIRST].most = of->alloc + base[COPY].most + base[TRAP].most + base[CALL].most +
		steps[TREE].most + steps[WALK].most + base[LEAF].most + base[FLUSH].most;
}

/* A list that was filled, or emptied, does for a batch more. */
static unsigned long most_of(const struct program_step *s, enum step step, unsigned long nr,
			     unsigned long batch)
{
	unsigned long dear = nr;

	if (step == PAGE || step == FREE)
		dear = min(nr, nr / batch + 1);
	return dear * s->most + (nr - dear) * s->usual;
}

static void set_formula(const struct work *w, const struct program_step *steps, char *text)
{
	int at = 0;

	for (int i = 0; i < NR_STEPS; i++) {
		if (!w->of[i])
			continue;
		if (at)
			at += scnprintf(text + at, (size_t)(PROGRAM_FORMULA_BYTES - at), " + ");
		if (w->of[i] > 1)
			at += scnprintf(text + at, (size_t)(PROGRAM_FORMULA_BYTES - at), "%u",
					(unsigned int)w->of[i]);
		at += scnprintf(text + at, (size_t)(PROGRAM_FORMULA_BYTES - at), "%c",
				steps[i].letter);
	}
	if (w->of[PARTS])
		scnprintf(text + at, (size_t)(PROGRAM_FORMULA_BYTES - at), ", of %u",
			  (unsigned int)w->of[PARTS]);
}

void program_bounds(const struct program_bounds_of *of, struct program_bound *bounds)
{
	unsigned long batch = max(of->batch, 1u);
	struct program_step steps[NR_STEPS];

	program_steps(of, steps);
	for (int i = 0; i < NR_PROGRAM_WORKS; i++) {
		const struct work *w = &works[i];
		unsigned long parts = max(w->of[PARTS], (u16)1), usual = 0, most = 0;

		for (int s = 0; s < NR_STEPS; s++) {
			usual += w->of[s] * steps[s].usual;
			most += most_of(&steps[s], (enum step)s, w->of[s], batch);
		}
		bounds[i] = (struct program_bound){ .work = w->name,
			.usual = DIV_ROUND_UP(usual, parts), .most = DIV_ROUND_UP(most, parts) };
		set_formula(w, steps, bounds[i].formula);
	}
}
