/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/vm_event.h>
#include <fs/view.h>

#include "counters.h"

/* An event of no number is something that this kernel does not have. */
#define NONE	NR_VM_EVENTS

struct event_row {
	const char *name;
	unsigned int item;
};

/* Linux always has rows for the last two; this kernel may have no zone Movable. */
static const struct {
	const char *name;
	unsigned int idx;
	bool present;
} zones[] = {
	IF_ENABLED(CONFIG_ZONE_DMA, { "dma", ZONE_DMA, true },)
	IF_ENABLED(CONFIG_ZONE_DMA32, { "dma32", ZONE_DMA32, true },)
	{ "normal", ZONE_NORMAL, true },
	{ "movable", ZONE_MOVABLE, IS_ENABLED(CONFIG_ZONE_MOVABLE) },
};

/* In Linux's order. */
static const struct event_row before_zones[] = {
	{ "pgpgin", NONE }, { "pgpgout", NONE }, { "pswpin", NONE }, { "pswpout", NONE },
};

static const struct event_row of_zones[] = {
	{ "pgalloc", PGALLOC }, { "allocstall", ALLOCSTALL }, { "pgskip", NONE },
};

static const struct event_row behind_zones[] = {
	{ "pgfree", PGFREE },
	{ "pgactivate", NONE },
	{ "pgdeactivate", NONE },
	{ "pglazyfree", NONE },
	{ "pgfault", NONE },
	{ "pgmajfault", NONE },
	{ "pglazyfreed", NONE },
	{ "pgrefill", NONE },
	{ "pgreuse", NONE },
	{ "pgsteal_kswapd", PGSTEAL_KSWAPD },
	{ "pgsteal_direct", PGSTEAL_DIRECT },
	{ "pgdemote_kswapd", NONE },
	{ "pgdemote_direct", NONE },
	{ "pgscan_kswapd", PGSCAN_KSWAPD },
	{ "pgscan_direct", PGSCAN_DIRECT },
	{ "pgscan_direct_throttle", PGSCAN_DIRECT_THROTTLE },
	{ "pgscan_anon", NONE },
	{ "pgscan_file", NONE },
	{ "pgsteal_anon", NONE },
	{ "pgsteal_file", NONE },
	IF_ENABLED(CONFIG_NUMA, { "zone_reclaim_failed", NONE },)
	{ "pginodesteal", NONE },
	{ "slabs_scanned", SLABS_SCANNED },
	{ "kswapd_inodesteal", NONE },
	{ "kswapd_low_wmark_hit_quickly", NONE },
	{ "kswapd_high_wmark_hit_quickly", NONE },
	{ "pageoutrun", PAGEOUTRUN },
	{ "pgrotated", NONE },
	{ "drop_pagecache", NONE },
	{ "drop_slab", DROP_SLAB },
	{ "oom_kill", NONE },
	IF_ENABLED(CONFIG_MIGRATION,
		   { "pgmigrate_success", PGMIGRATE_SUCCESS },
		   { "pgmigrate_fail", PGMIGRATE_FAIL },)
	IF_ENABLED(CONFIG_COMPACTION,
		   { "compact_migrate_scanned", COMPACTMIGRATE_SCANNED },
		   { "compact_free_scanned", NONE },
		   { "compact_isolated", COMPACTISOLATED },
		   { "compact_stall", COMPACTSTALL },
		   { "compact_fail", COMPACTFAIL },
		   { "compact_success", COMPACTSUCCESS },
		   { "compact_daemon_wake", KCOMPACTD_WAKE },
		   { "compact_daemon_migrate_scanned",
		     KCOMPACTD_MIGRATE_SCANNED },
		   { "compact_daemon_free_scanned", NONE },)
	IF_ENABLED(CONFIG_CMA,
		   { "cma_alloc_success", CMA_ALLOC_SUCCESS },
		   { "cma_alloc_fail", CMA_ALLOC_FAIL },)
	{ "unevictable_pgs_culled", NONE },
	{ "unevictable_pgs_scanned", NONE },
	{ "unevictable_pgs_rescued", NONE },
	{ "unevictable_pgs_mlocked", NONE },
	{ "unevictable_pgs_munlocked", NONE },
	{ "unevictable_pgs_cleared", NONE },
	{ "unevictable_pgs_stranded", NONE },
};

static void show_zone_counters(struct seq_file *m)
{
	for (const struct counter *c = zone_counters; c->name; c++) {
		unsigned long nr = 0;
		struct zone_snapshot z;

		for_each_populated_zone_snapshot(&z)
			nr += c->read ? c->read(&z) : 0;
		seq_printf(m, "%s %lu\n", c->name, nr);
	}
}

static void show_numa_events(struct seq_file *m)
{
	for (unsigned int i = 0; i < NR_NUMA_EVENTS; i++) {
		unsigned long nr = 0;
		struct zone_snapshot z;

		for_each_populated_zone_snapshot(&z)
			nr += zone_numa_events(z.nid, z.idx, (enum numa_event)i);
		seq_printf(m, "%s %lu\n", numa_event_names[i], nr);
	}
}

/* Each node's are read of its first zone. */
static void show_node_counters(struct seq_file *m)
{
	for (const struct counter *c = node_counters; c->name; c++) {
		struct zone_snapshot z;
		unsigned long nr = 0;
		int nid;

		for_each_online_node(nid)
			if (c->read && zone_snapshot(nid, 0, &z))
				nr += c->read(&z);
		seq_printf(m, "%s %lu\n", c->name, nr);
	}
}

static unsigned long event(unsigned int item)
{
	return item == NONE ? 0 : vm_event_sum(item);
}

static void show_events(struct seq_file *m, const struct event_row *row, size_t nr)
{
	for (; nr-- > 0; row++)
		seq_printf(m, "%s %lu\n", row->name, event(row->item));
}

static void show_zone_events(struct seq_file *m, const struct event_row *row)
{
	for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
		seq_printf(m, "%s_%s %lu\n", row->name, zones[i].name,
			   event(row->item == NONE || !zones[i].present
					 ? NONE : row->item + zones[i].idx));
}

static void vmstat_show(struct seq_file *m)
{
	show_zone_counters(m);
	if (IS_ENABLED(CONFIG_NUMA))
		show_numa_events(m);
	show_node_counters(m);
	seq_puts(m, "nr_dirty_threshold 0\nnr_dirty_background_threshold 0\n");
	if (!VM_EVENTS)
		return;
	show_events(m, before_zones, ARRAY_SIZE(before_zones));
	for (size_t i = 0; i < ARRAY_SIZE(of_zones); i++)
		show_zone_events(m, &of_zones[i]);
	show_events(m, behind_zones, ARRAY_SIZE(behind_zones));
}

VIEW(vmstat, vmstat_show);
