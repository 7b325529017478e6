/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memblock against a model that knows no regions: a short stretch of address space as two rows of
 * cells, one for memory and one for what is reserved. Random calls go to both. After each call the
 * tables must say what the rows say, and an allocation must be the one that a trial of every place
 * finds.
 *
 * memblock_model [seed [operations]]
 */
#include "common/boot.h"

#include <mm/config.h>
#include <mm/memblock.h>

#include "mm/boot/memblock_internal.h"

#define CELLS		96u
#define CELL		1024ull		/* four cells make page 0, which is never handed out */
#define EPOCH		2048u		/* operations until the next machine */
#define NR_NODES	min(3u, (unsigned int)MAX_NUMNODES)

/* 0: nothing is there. Else mem is 1 + flags * NR_NODES + node, rsv is 1 + owner * 2 + noinit. */
static u16 mem[CELLS], rsv[CELLS];
static phys_addr_t origin, limit;
static bool bottom_up, mirror;

static struct random_plan plan;
static struct rng rng;
static u64 op_nr;
static char op_text[160];

static const char *const owners[] = { NULL, "a", "b" };
static const enum memblock_flags flag_sets[] = {
	MEMBLOCK_NONE, MEMBLOCK_NONE, MEMBLOCK_HOTPLUG, MEMBLOCK_NOMAP,
	MEMBLOCK_MIRROR, MEMBLOCK_DRIVER_MANAGED,
};

static void diverged(const char *what)
{
	fail_msg("%s after operation %llu, %s; again: memblock_model %llu", what,
		 (unsigned long long)op_nr, op_text, (unsigned long long)plan.seed);
}

static u64 below(u64 n)
{
	return rng_below(&rng, n);
}

/* ---- the rows ---- */

static unsigned int mem_flags(u16 cell)
{
	return (cell - 1u) / NR_NODES;
}

static unsigned int mem_nid(u16 cell)
{
	return (cell - 1u) % NR_NODES;
}

static u16 mem_cell(unsigned int flags, unsigned int nid)
{
	return (u16)(1 + flags * NR_NODES + nid);
}

static unsigned int runs(const u16 *row)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < CELLS; i++)
		count += row[i] && (!i || row[i] != row[i - 1]);
	return count;
}

static void fill_empty(u16 *row, unsigned int from, unsigned int to, u16 value)
{
	for (; from < to; from++)
		if (!row[from])
			row[from] = value;
}

static void clear(u16 *row, unsigned int from, unsigned int to)
{
	memset(row + from, 0, (to - from) * sizeof(*row));
}

static bool walks(u16 cell, int nid, unsigned int flags)
{
	unsigned int f = mem_flags(cell);

	return cell && (nid < 0 || nid >= MAX_NUMNODES || (unsigned int)nid == mem_nid(cell)) &&
	       (!(flags & MEMBLOCK_MIRROR) || (f & MEMBLOCK_MIRROR)) &&
	       (!(f & MEMBLOCK_NOMAP) || (flags & MEMBLOCK_NOMAP)) &&
	       (!(f & MEMBLOCK_DRIVER_MANAGED) || (flags & MEMBLOCK_DRIVER_MANAGED));
}

/* May one allocation hold the cells [at, at + n)? They must be free, and memory of one kind. */
static bool can_hold(unsigned int at, unsigned int n, int nid, unsigned int flags)
{
	for (unsigned int i = at; i < at + n; i++)
		if (mem[i] != mem[at] || rsv[i] || !walks(mem[i], nid, flags))
			return false;
	return true;
}

/* Returns the first place, in the direction of search, for n cells in [from, to), or CELLS. */
static unsigned int search(unsigned int n, u64 align, unsigned int from, unsigned int to,
			   int nid, unsigned int flags)
{
	unsigned int best = CELLS;

	if (!origin)
		from = max(from, (unsigned int)(PAGE_SIZE / CELL));
	for (unsigned int at = from; at + n <= to; at++) {
		if ((origin + at * CELL) % align || !can_hold(at, n, nid, flags))
			continue;
		best = at;
		if (bottom_up)
			break;
	}
	return best;
}

static unsigned int search_all_ways(unsigned int n, u64 align, unsigned int from,
				    unsigned int to, int nid, bool exact)
{
	unsigned int flags = mirror ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;
	unsigned int at;

	for (;;) {
		at = search(n, align, from, to, nid, flags);
		if (at == CELLS && !exact)
			at = search(n, align, from, to, NUMA_NO_NODE, flags);
		if (at < CELLS || !flags)
			return at;
		flags = MEMBLOCK_NONE;
	}
}

/* ---- held against the tables ---- */

static unsigned int cell_of(phys_addr_t address)
{
	return (unsigned int)((address - origin) / CELL);
}

static bool is_memory(u16 cell, const struct memblock_region *r)
{
	return cell && mem_flags(cell) == r->flags && (int)mem_nid(cell) == r->nid;
}

static bool is_reserved(u16 cell, const struct memblock_region *r)
{
	return cell && owners[(cell - 1u) / 2] == r->owner &&
	       r->flags == ((cell - 1u) % 2 ? MEMBLOCK_RSRV_NOINIT : MEMBLOCK_NONE);
}

static void compare_type(const struct memblock_type *type, const u16 *row)
{
	unsigned int at = 0, cells = 0;
	const char *broken = memblock_validate(type);

	if (broken)
		diverged(broken);
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		unsigned int from = cell_of(r->base), to = cell_of(r->base + r->size);

		if (from > CELLS || to > CELLS || (r->base | r->size) % CELL)
			diverged("a region lies where nothing was done");
		for (; at < from; at++)
			if (row[at])
				diverged("a region is missing");
		for (; at < to; at++, cells++)
			if (!(type == &memblock.memory ? is_memory : is_reserved)(row[at], r))
				diverged("a region is not what it should be");
	}
	for (; at < CELLS; at++)
		if (row[at])
			diverged("a region is missing at the end");
	if (type->total_size != cells * CELL)
		diverged("total_size is wrong");
}

/* Returns a node as a caller may name it: one that exists, NUMA_NO_NODE, or one that does not
 * exist. */
static int any_nid(void)
{
	int nid = (int)below(NR_NODES + 2) - 1;

	return nid == (int)NR_NODES ? MAX_NUMNODES : nid;
}

/* The free walk, up or down, must give exactly the free cells, in order. */
static void compare_walk(void)
{
	int nid = any_nid();
	enum memblock_flags flags = flag_sets[below(ARRAY_SIZE(flag_sets))];
	bool down = below(2);
	unsigned int seen = 0, cells = 0, last = down ? CELLS : 0;
	phys_addr_t start, end;
	u64 i = down ? ~0ull : 0;
	int at_nid;

	for (unsigned int c = 0; c < CELLS; c++)
		cells += !rsv[c] && walks(mem[c], nid, flags);
	for (;;) {
		(down ? __next_mem_range_rev : __next_mem_range)(&i, nid, flags, &memblock.memory,
			&memblock.reserved, &start, &end, &at_nid);
		if (i == ~0ull)
			break;
		if (start >= end || (down ? cell_of(end) > last : cell_of(start) < last))
			diverged("a walk goes back");
		last = down ? cell_of(start) : cell_of(end);
		for (unsigned int c = cell_of(start); c < cell_of(end); c++, seen++)
			if (rsv[c] || !walks(mem[c], nid, flags) || mem[c] != mem[cell_of(start)] ||
			    at_nid != (int)mem_nid(mem[c]))
				diverged("a walk shows what is not free");
	}
	if (seen != cells)
		diverged("a walk leaves something out");
}

static void compare_questions(void)
{
	unsigned int from = (unsigned int)below(CELLS), to = from + 1 + (unsigned int)below(4), c;
	phys_addr_t base = origin + from * CELL, address = base + below(CELL);
	bool taken = false, whole = mem[from];

	to = min(to, CELLS);
	for (c = from; c < to; c++) {
		taken = taken || rsv[c];
		whole = whole && mem[c] == mem[from];
	}
	if (memblock_is_memory(address) != !!mem[from] ||
	    memblock_is_map_memory(address) !=
	    (mem[from] && !(mem_flags(mem[from]) & MEMBLOCK_NOMAP)) ||
	    memblock_is_reserved(address) != !!rsv[from] ||
	    memblock_is_region_reserved(base, (to - from) * CELL) != taken ||
	    memblock_is_region_memory(base, (to - from) * CELL) != whole)
		diverged("a question is answered wrongly");
}

/* ---- one random call to both ---- */

struct span {
	unsigned int from, to;
	phys_addr_t base, size;
};

static struct span any_span(unsigned int longest)
{
	struct span s;

	s.from = (unsigned int)below(CELLS);
	s.to = min(CELLS, s.from + (unsigned int)below(longest));
	s.base = origin + s.from * CELL;
	s.size = (s.to - s.from) * CELL;
	return s;
}

static void do_add(struct span s)
{
	unsigned int flags = flag_sets[below(ARRAY_SIZE(flag_sets))];
	unsigned int nid = (unsigned int)below(NR_NODES);

	if (below(2))
		flags = nid = 0;
	fill_empty(mem, s.from, s.to, mem_cell(flags, nid));
	/* Without nodes a node's number splits no region. */
	if (!IS_ENABLED(CONFIG_NUMA))
		nid = (unsigned int)below(3);
	if (flags || nid || IS_ENABLED(CONFIG_NUMA))
		memblock_add_node(s.base, s.size, (int)nid, (enum memblock_flags)flags);
	else
		memblock_add(s.base, s.size);
}

static void do_reserve(struct span s)
{
	unsigned int owner = (unsigned int)below(ARRAY_SIZE(owners));

	fill_empty(rsv, s.from, s.to, (u16)(1 + owner * 2));
	if (owner)
		memblock_reserve_owner(s.base, s.size, owners[owner]);
	else
		memblock_reserve(s.base, s.size);
}

static void do_remove(struct span s)
{
	clear(mem, s.from, s.to);
	memblock_remove(s.base, s.size);
}

static void do_free(struct span s)
{
	clear(rsv, s.from, s.to);
	if (below(2))
		memblock_phys_free(s.base, s.size);
	else
		memblock_free(__va(s.base), s.size);
}

static void do_mark(struct span s)
{
	static const struct {
		unsigned int flag;
		bool set;
		int (*call)(phys_addr_t base, phys_addr_t size);
	} marks[] = {
		{ MEMBLOCK_HOTPLUG, true, memblock_mark_hotplug },
		{ MEMBLOCK_HOTPLUG, false, memblock_clear_hotplug },
		{ MEMBLOCK_NOMAP, true, memblock_mark_nomap },
		{ MEMBLOCK_NOMAP, false, memblock_clear_nomap },
		{ MEMBLOCK_MIRROR, true, memblock_mark_mirror },
	};
	unsigned int which = (unsigned int)below(ARRAY_SIZE(marks)), flag = marks[which].flag;

	mirror = mirror || flag == MEMBLOCK_MIRROR;
	for (unsigned int c = s.from; c < s.to; c++) {
		unsigned int flags = mem[c] ? mem_flags(mem[c]) : 0;

		if (mem[c])
			mem[c] = mem_cell(marks[which].set ? flags | flag : flags & ~flag,
					  mem_nid(mem[c]));
	}
	marks[which].call(s.base, s.size);
}

static void do_noinit(struct span s)
{
	for (unsigned int c = s.from; c < s.to; c++)
		if (rsv[c])
			rsv[c] = (u16)(((rsv[c] - 1) | 1) + 1);
	memblock_reserved_mark_noinit(s.base, s.size);
}

static void do_set_node(struct span s)
{
	unsigned int nid = (unsigned int)below(NR_NODES);

	for (unsigned int c = s.from; c < s.to; c++)
		if (mem[c])
			mem[c] = mem_cell(mem_flags(mem[c]), nid);
	if (!IS_ENABLED(CONFIG_NUMA))
		nid = (unsigned int)below(3);
	memblock_set_node(s.base, s.size, &memblock.memory, (int)nid);
}

/* Of each run, the cells go that lie in no whole aligned group of the run. */
static void do_trim(struct span s)
{
	u64 align = CELL << below(3);
	unsigned int per = (unsigned int)(align / CELL), shift = cell_of(ALIGN_UP(origin, align));
	unsigned int from = 0, to;

	(void)s;
	for (; from < CELLS; from = to) {
		unsigned int first, last;

		for (to = from + 1; to < CELLS && mem[to] == mem[from]; to++)
			;
		if (!mem[from])
			continue;
		for (first = from; first < to && (first + per - shift) % per; first++)
			mem[first] = 0;
		for (last = to; last > first && (last + per - shift) % per; last--)
			mem[last - 1] = 0;
	}
	memblock_trim_memory(align);
}

static void do_limit(struct span s)
{
	unsigned int keep = s.from, left = keep, c;

	for (c = 0; c < CELLS && left; c++)
		left -= !!mem[c];
	/* A limit above all memory changes nothing, not even what is reserved beyond memory; 0 is
	 * no limit. */
	if (keep && !left) {
		clear(mem, c, CELLS);
		clear(rsv, c, CELLS);
	}
	memblock_enforce_memory_limit(keep * CELL);
}

static void do_cap(struct span s)
{
	bool any = runs(mem);

	for (unsigned int c = 0; any && s.size && c < CELLS; c++) {
		if (c >= s.from && c < s.to)
			continue;
		if (mem[c] && !(mem_flags(mem[c]) & MEMBLOCK_NOMAP))
			mem[c] = 0;
		rsv[c] = 0;
	}
	memblock_cap_memory_range(s.base, s.size);
}

static void do_alloc(struct span s)
{
	unsigned int n = 1 + (unsigned int)below(6), to = s.to, at, limit_cell;
	unsigned int owner = (unsigned int)below(ARRAY_SIZE(owners)), form = (unsigned int)below(4);
	int nid = any_nid();
	u64 align = below(3) ? CELL << below(4) : 64ull >> below(7);
	phys_addr_t end = s.base + s.size, got;

	limit_cell = limit == MEMBLOCK_ALLOC_ANYWHERE ? CELLS : cell_of(limit);
	if (!end || !below(3)) {
		end = MEMBLOCK_ALLOC_ACCESSIBLE;
		to = limit_cell;
	}
	memblock_set_alloc_owner(owners[owner]);
	if (form == 0) {
		at = search_all_ways(n, align, s.from, to, NUMA_NO_NODE, false);
		got = memblock_phys_alloc_range(n * CELL, align, s.base, end);
	} else if (form == 1) {
		at = search_all_ways(n, align, 0, limit_cell, nid, false);
		got = memblock_phys_alloc_try_nid(n * CELL, align, nid);
	} else {
		void *va;

		to = min(to, limit_cell);
		at = search_all_ways(n, align, s.from, to, nid, form == 3);
		if (at == CELLS && s.base)
			at = search_all_ways(n, align, 0, to, nid, form == 3);
		va = (form == 3 ? memblock_alloc_exact_nid_raw : memblock_alloc_try_nid_raw)
			(n * CELL, align, s.base, end, nid);
		got = va ? __pa(va) : 0;
	}
	if (got != (at == CELLS ? 0 : origin + at * CELL))
		diverged("an allocation is not where it should be");
	if (at < CELLS)
		fill_empty(rsv, at, at + n, (u16)(1 + owner * 2));
}

static void do_switches(struct span s)
{
	bottom_up = below(2);
	limit = below(2) ? MEMBLOCK_ALLOC_ANYWHERE : s.base;
	/* As an end of the search 0 would mean "accessible", which is the limit itself. */
	limit = limit ? limit : MEMBLOCK_ALLOC_ANYWHERE;
	memblock_set_bottom_up(bottom_up);
	memblock_set_current_limit(limit);
}

static const struct {
	const char *name;
	void (*call)(struct span s);
	unsigned int weight, longest;
} ops[] = {
	{ "add", do_add, 24, 24 },
	{ "remove", do_remove, 10, 16 },
	{ "reserve", do_reserve, 14, 10 },
	{ "free", do_free, 16, 16 },
	{ "mark", do_mark, 8, 20 },
	{ "noinit", do_noinit, 3, 10 },
	{ "set_node", do_set_node, 5, 30 },
	{ "trim", do_trim, 1, 1 },
	{ "limit", do_limit, 1, CELLS },
	{ "cap", do_cap, 1, CELLS },
	{ "alloc", do_alloc, 30, CELLS },
	{ "switches", do_switches, 2, CELLS },
};

static unsigned int pick(void)
{
	unsigned int total = 0, op;
	u64 draw;

	for (op = 0; op < ARRAY_SIZE(ops); op++)
		total += ops[op].weight;
	draw = below(total);
	for (op = 0; draw >= ops[op].weight; op++)
		draw -= ops[op].weight;
	return op;
}

/* Makes a new machine; its tables may be short, and its stretch may begin at address 0. */
static void new_epoch(void)
{
	struct host_machine m = host_default_machine;

	origin = below(3) ? 0x80000000 - 40 * CELL : 0;
	m.first_ram = origin;
	host_reset(&m);
	memset(mem, 0, sizeof(mem));
	memset(rsv, 0, sizeof(rsv));
	limit = MEMBLOCK_ALLOC_ANYWHERE;
	bottom_up = mirror = false;
	if (!below(3)) {
		memblock.memory.max = 4 + below(16);
		memblock.reserved.max = 4 + below(16);
	}
}

/* Where the tables have no room for a call, boot must stop and name the number of regions it
 * needs. */
static bool step(void)
{
	unsigned int op = pick();
	struct span s = any_span(ops[op].longest);
	enum host_stop how;
	char needs[64];

	snprintf(op_text, sizeof(op_text), "%s of cells %u to %u", ops[op].name, s.from, s.to);
	how = HOST_TRY(ops[op].call(s));
	if (how == HOST_RAN_ON) {
		if (runs(mem) > memblock.memory.max || runs(rsv) > memblock.reserved.max)
			diverged("a table is longer than it can be");
		return true;
	}
	if (how != HOST_BOOT_FAILED)
		diverged(host_stop_text());
	/* do_alloc() notes its place in the model only if the call returns; if it does not, the
	 * table is exactly full. */
	snprintf(needs, sizeof(needs), "need %u or more", max(runs(mem), runs(rsv)));
	if (runs(mem) > memblock.memory.max)
		snprintf(needs, sizeof(needs), "need %u or more", runs(mem));
	else if (runs(rsv) > memblock.reserved.max)
		snprintf(needs, sizeof(needs), "need %u or more", runs(rsv));
	else if (ops[op].call == do_alloc && runs(rsv) == memblock.reserved.max)
		snprintf(needs, sizeof(needs), "need %u or more", runs(rsv) + 1);
	else
		diverged("a table was said to be full");
	if (!strstr(host_stop_text(), needs))
		diverged(host_stop_text());
	return false;
}

static void random_calls(void **state)
{
	(void)state;
	rng.state = plan.seed;
	new_epoch();
	for (op_nr = 1; op_nr <= plan.operations; op_nr++) {
		if (!step() || op_nr % EPOCH == 0) {
			new_epoch();
			continue;
		}
		compare_type(&memblock.memory, mem);
		compare_type(&memblock.reserved, rsv);
		compare_walk();
		compare_questions();
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(random_calls) };

	plan = random_plan(argc, argv, 1000000, 10000000);
	return cmocka_run_group_tests_name("memblock_model", tests, NULL, NULL);
}
