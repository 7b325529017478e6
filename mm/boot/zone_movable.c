/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how much of RAM is for movable pages alone, and where it begins in each node.
 *
 * Structure: it is chosen when everything is reserved that has its place from outside, and before
 * boot takes memory for itself. Of a node it is what is free from one border up to the end of its
 * RAM. What is wanted of the whole machine is shared out evenly, and what one node cannot give the
 * others are asked for, round by round:
 *
 *	12 wanted, the nodes have 4, 20 and 20 free:   2 4 4, then 2 5 5
 *
 * RAM that is offline at first (hot_ranges.c) counts for nothing: nobody knows whether it comes.
 *
 * Invariants:
 * Z4  At most half of what is free of a node's RAM becomes movable: the kernel lives from the rest.
 * Z5  What boot allocates lies outside, but where nothing else has room, which boot then says.
 *
 * Locking: none; boot only. Bounds: nodes x rounds x regions; a round satisfies all or a node less.
 *
 * Configuration: ZONE_MOVABLE builds this file; ZONE_MOVABLE_SIZE_MB, which the boot argument
 * movablecore= overrides. MAX_ORDER rounds the border (Z2).
 */
#include <mm/zone_movable.h>

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/config.h>
#include <mm/dt_memory.h>
#include <mm/memblock.h>

#define MOVABLE_SHARE_MOST	2
#define OPTION			"CONFIG_ZONE_MOVABLE_SIZE_MB"
#define ARGUMENT		"movablecore="

unsigned long movable_start_pfn[MAX_NUMNODES] __initdata;	/* [i] */
static bool entered __initdata;					/* [i] */

/* ---- one node ---- */

/* The frames of a free range of nid's that lie above from_pfn: how many, and the first of them. */
static unsigned long __init range_frames(int nid, int range_nid, phys_addr_t start,
					 phys_addr_t end, unsigned long *from_pfn)
{
	unsigned long first = max(PFN_UP(start), *from_pfn), last = PFN_DOWN(end);

	/* RAM that nobody gave a node is node 0's. */
	if (range_nid < 0 || range_nid >= MAX_NUMNODES)
		range_nid = 0;
	if (range_nid != nid || first >= last)
		return 0;
	*from_pfn = first;
	return last - first;
}

static unsigned long __init free_frames(int nid, unsigned long start_pfn)
{
	unsigned long frames = 0;
	phys_addr_t start, end;
	int range_nid;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, &range_nid) {
		unsigned long from_pfn = start_pfn;

		frames += range_frames(nid, range_nid, start, end, &from_pfn);
	}
	return frames;
}

/* Where the node's topmost free frames begin; it has so many. */
static unsigned long __init top_frames(int nid, unsigned long want)
{
	unsigned long first_pfn = 0;
	phys_addr_t start, end;
	int range_nid;
	u64 i;

	for_each_free_mem_range_reverse(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
					&range_nid) {
		unsigned long from_pfn = 0;
		unsigned long frames = range_frames(nid, range_nid, start, end, &from_pfn);

		if (!frames)
			continue;
		first_pfn = from_pfn + frames - min(frames, want);
		want -= min(frames, want);
		if (!want)
			break;
	}
	return first_pfn;
}

/*
 * Puts the node's border where so many free frames lie above it, or as many as it can give.
 * Returns how many do: more than wanted where the border is rounded (Z2), if Z4 lets it.
 */
static unsigned long __init take_top(int nid, unsigned long want)
{
	unsigned long most = free_frames(nid, 0) / MOVABLE_SHARE_MOST, start_pfn, frames;

	want = min(want, most);
	start_pfn = ALIGN_DOWN(top_frames(nid, want), MAX_ORDER_NR_PAGES);
	if (free_frames(nid, start_pfn) > most)
		start_pfn += MAX_ORDER_NR_PAGES;
	frames = free_frames(nid, start_pfn);
	movable_start_pfn[nid] = frames ? start_pfn : 0;
	return frames;
}

/* ---- all nodes ---- */

/* Returns how many frames the nodes give together. */
static unsigned long __init share_out(unsigned long want)
{
	unsigned long given[MAX_NUMNODES] = { 0 }, left = want, sum = 0;
	bool able[MAX_NUMNODES];
	unsigned int nr_able = 0;

	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		able[nid] = free_frames(nid, 0) != 0;
		nr_able += able[nid];
	}
	while (left && nr_able) {
		unsigned long share = DIV_ROUND_UP(left, nr_able);

		for (int nid = 0; nid < MAX_NUMNODES; nid++) {
			unsigned long asked;

			if (!able[nid] || !left)
				continue;
			asked = given[nid] + min(share, left);
			left += given[nid];
			given[nid] = take_top(nid, asked);
			left -= min(left, given[nid]);
			able[nid] = given[nid] >= asked;
			nr_able -= !able[nid];
		}
	}
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		sum += given[nid];
	return sum;
}

static void __init report_size(unsigned long want, unsigned long got, const char *name)
{
	unsigned long most = 0;

	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		most += free_frames(nid, 0) / MOVABLE_SHARE_MOST;
	if (got < want && want > most)
		pr_warn("ZONE_MOVABLE is cut from %lu to %lu kB: it gets at most half of each "
			"node's free RAM; lower %s\n", pages_to_kb(want), pages_to_kb(got), name);
	else if (got < want)
		pr_warn("ZONE_MOVABLE is cut from %lu to %lu kB: it gets at most half of each "
			"node's free RAM, in largest blocks of %lu kB; lower CONFIG_MAX_ORDER\n",
			pages_to_kb(want), pages_to_kb(got), pages_to_kb(MAX_ORDER_NR_PAGES));
	else if (got > want)
		pr_info("ZONE_MOVABLE is rounded from %lu to %lu kB: it begins at a multiple of "
			"the largest block, %lu kB\n", pages_to_kb(want), pages_to_kb(got),
			pages_to_kb(MAX_ORDER_NR_PAGES));
}

/* What lies in a node's part already, and stays: the zone can be emptied of all else. */
static void __init report_kept(int nid)
{
	const struct memblock_region *r, *m;

	for_each_reserved_mem_region(r) {
		phys_addr_t bytes = 0;

		for_each_mem_region(m) {
			phys_addr_t from = max(m->base, PFN_PHYS(movable_start_pfn[nid]));
			phys_addr_t end = min(m->base + m->size, r->base + r->size);

			from = max(from, r->base);
			if (region_nid(m) == nid && from < end)
				bytes += end - from;
		}
		if (bytes && !memblock_region_owned(r, OWNER_KERNEL_INIT))
			pr_info("ZONE_MOVABLE of node %d holds %llu kB that stay: %s\n", nid,
				(unsigned long long)DIV_ROUND_UP(bytes, SZ_1K),
				r->owner ? r->owner : "reserved");
	}
}

void __init zone_movable_choose(void)
{
	static const struct number_wanted wanted __initconst = { 0, ~0ull, "a size such as 512M" };
	u64 bytes = (u64)ZONE_MOVABLE_SIZE_MB * SZ_1M;
	bool said = cmdline_get_number("movablecore", &wanted, &bytes);
	unsigned long want = bytes / PAGE_SIZE;

	report_size(want, share_out(want), said ? ARGUMENT : OPTION);
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		if (movable_start_pfn[nid])
			report_kept(nid);
}

void __init zone_movable_entered(const char *owner, unsigned long bytes)
{
	if (!entered)
		pr_warn("ZONE_MOVABLE cannot be emptied: nowhere else is room for the %lu kB of "
			"the %s; lower " OPTION " or " ARGUMENT "\n", bytes / SZ_1K,
			owner ? owner : "boot");
	entered = true;
}
