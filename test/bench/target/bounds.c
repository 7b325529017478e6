/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures each path's worst case and compares it with the path's bound (mm/bounds.h). Interrupts
 * stay off, so that a path that does not let them on between its parts shows how long it keeps them
 * off itself.
 */
#include <kernel/math.h>
#include <kernel/sched.h>
#include <mm/pcp.h>
#include <mm/snapshot.h>

#include "bounds.h"

u64 bound_worst[NR_MM_PATHS];
bool bound_lost;

static u64 read_cost;

void bound_saw(enum mm_path path, u64 from)
{
	bound_worst[path] = max(bound_worst[path], arch_instret() - from - read_cost);
}

/* The bounds of this machine: plan's, with the zones that this machine has. */
static void bounds_here(struct mm_bound *bounds)
{
	struct mm_bounds_of of = {
		.max_order = MAX_ORDER, .types = MIGRATE_PCPTYPES, .pcp_orders = NR_PCP_ORDERS,
		.magazine = CONFIG_SLAB_MAGAZINE, .slab_max_order = CONFIG_SLAB_MAX_ORDER,
		.section_table = IS_ENABLED(CONFIG_SPARSEMEM),
		.shuffled = IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM),
		.caches = CONFIG_SLAB_CACHES, .reclaim = IS_ENABLED(CONFIG_RECLAIM),
		.areas = IF_ENABLED(CONFIG_VMALLOC, CONFIG_VMALLOC_AREAS) + 0,
		.block_order = pageblock_order,
		.moves = IS_ENABLED(CONFIG_MIGRATION) && IS_ENABLED(CONFIG_VMALLOC),
		.contig = IS_ENABLED(CONFIG_CMA), .compacts = IS_ENABLED(CONFIG_COMPACTION),
		.node_threads = IS_ENABLED(CONFIG_RECLAIM_THREAD) +
				IS_ENABLED(CONFIG_COMPACTION_THREAD),
		.accounts = IS_ENABLED(CONFIG_MEM_ACCOUNTS),
		.wait_ms = IF_ENABLED(CONFIG_RECLAIM_THREAD, CONFIG_RECLAIM_WAIT_MS) + 0,
		.stack_pages = IF_ENABLED(CONFIG_THREADS,
					  (1u << CONFIG_STACK_SHIFT) / PAGE_SIZE) + 0,
		.dma = IS_ENABLED(CONFIG_DMA),
		.bounce_slots = (IF_ENABLED(CONFIG_DMA, CONFIG_DMA_BOUNCE_KB) + 0) / 2,
		.hotplug = IS_ENABLED(CONFIG_MEMORY_HOTPLUG),
		.section_order = CONFIG_SECTION_SIZE_BITS - PAGE_SHIFT, .cpus = CONFIG_NR_CPUS,
	};
	struct section_snapshot s;
	struct zone_snapshot z;
	int nid;

	for_each_online_node(nid)
		of.nodes++;
	for_each_section_snapshot(&s)
		of.sections++;
	for_each_populated_zone_snapshot(&z) {
		of.zones++;
		of.batch = max(of.batch, z.pcp_batch);
		of.high = max(of.high, z.pcp_high);
	}
	mm_bounds(&of, bounds);
}

static void print_bound(struct bench *b, const struct mm_bound *bounds, enum mm_path path)
{
	enum mm_path hold = bounds[path].hold;
	u64 worst = bound_worst[path];
	char work[BENCH_NAME];

	if (!bounds[path].steps ||
	    !bench_wanted(b, work, sizeof(work), "bound %s", bounds[path].path))
		return;
	if (!b->exact) {
		bench_skip(b, work, BENCH_NOT_EXACT);
		return;
	}
	if (!worst) {
		bench_skip(b, work, MAX_ORDER > CUT_ORDER_MOST ?
			   "CONFIG_MAX_ORDER is too large to drive it" :
			   "memory, or CONFIG_MAX_ORDER, is too small to drive it");
		return;
	}
	bench_line(b, work);
	bench_value(b, "max", worst);
	bench_value(b, "bound", bounds[path].instructions);
	/* A path that is one hold keeps interrupts off from its first to its last instruction. */
	bench_value(b, "irqs_off", bound_worst[hold]);
	bench_value(b, "irqs_off_bound", bounds[hold].instructions);
	bench_value(b, "over", worst > bounds[path].instructions);
	bench_end(b);
}

/* True when at least one of the names is wanted; the adversaries always work for all of them. */
static bool any_wanted(struct bench *b, const struct mm_bound *bounds)
{
	char work[BENCH_NAME];

	for (int i = 0; i < NR_MM_PATHS; i++)
		if (bounds[i].steps &&
		    bench_wanted(b, work, sizeof(work), "bound %s", bounds[i].path))
			return true;
	return false;
}

static void drive(struct bench *b)
{
	read_cost = bench_read_cost();
	/* Threads that reclaim are woken, and are no part of any path; nor is a request's wait. */
	preempt_disable();
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		bound_drive_accounts(b);
	bound_drive_pages(b);
	bound_drive_slab();
	if (IS_ENABLED(CONFIG_VMALLOC))
		bound_drive_vmalloc();
	if (IS_ENABLED(CONFIG_CMA))
		bound_drive_contig();
	if (IS_ENABLED(CONFIG_COMPACTION))
		bound_drive_compaction();
	if (IS_ENABLED(CONFIG_THREADS))
		bound_drive_stacks();
	preempt_enable();
	if (IS_ENABLED(CONFIG_DMA))
		bound_drive_dma();
	if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		bound_drive_hotplug();
	if (IS_ENABLED(CONFIG_RECLAIM_THREAD))
		bound_drive_waiting();
}

static unsigned long longest_hold(const struct mm_bound *bounds)
{
	unsigned long most = 0;

	for (int i = 0; i < NR_MM_PATHS; i++)
		if (bounds[i].steps)
			most = max(most, bounds[bounds[i].hold].instructions);
	return most;
}

static void bench_bounds(struct bench *b)
{
	struct mm_bound bounds[NR_MM_PATHS];

	bounds_here(bounds);
	if (IS_ENABLED(CONFIG_THREADS))
		bound_threads(b, longest_hold(bounds));
	if (!any_wanted(b, bounds))
		return;
	/* These builds look at whole lists and zones, as mm/check/bounds.c says. */
	if (!IS_ENABLED(CONFIG_MM_ASSERT)) {
		bench_skip(b, "bound", "CONFIG_MM_CHECK and MM_VALIDATE have no bounds");
		return;
	}
	if (b->exact)
		drive(b);
	if (bound_lost)
		bench_skip(b, "bound", "objects of the adversary were lost");
	for (int i = 0; i < NR_MM_PATHS; i++)
		print_bound(b, bounds, (enum mm_path)i);
}

BENCH_GROUP(bounds, bench_bounds);
