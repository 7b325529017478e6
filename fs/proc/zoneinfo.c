/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cpu.h>
#include <mm/snapshot.h>
#include <fs/view.h>

/*
 * Counters in Linux's order. A row without a function is something that this kernel does not have,
 * such as page cache; readers expect the line all the same.
 */
struct counter {
	const char *name;
	unsigned long (*read)(const struct zone_snapshot *z);
};

static unsigned long read_slab_reclaimable(const struct zone_snapshot *z)
{
	return node_slab_pages(z->nid, true);
}

static unsigned long read_slab_unreclaimable(const struct zone_snapshot *z)
{
	return node_slab_pages(z->nid, false);
}

/* This row is in kB, while Linux's other rows are pages. */
static unsigned long read_stacks(const struct zone_snapshot *z)
{
	return pages_to_kb(node_stack_pages(z->nid));
}

static unsigned long read_tables(const struct zone_snapshot *z)
{
	return node_table_pages(z->nid);
}

static unsigned long read_free_pages(const struct zone_snapshot *z)
{
	return z->free_pages;
}

static unsigned long read_free_cma(const struct zone_snapshot *z)
{
	return z->free_cma_pages;
}

static const struct counter node_counters[] = {
	{ "nr_inactive_anon", NULL },
	{ "nr_active_anon", NULL },
	{ "nr_inactive_file", NULL },
	{ "nr_active_file", NULL },
	{ "nr_unevictable", NULL },
	{ "nr_slab_reclaimable", read_slab_reclaimable },
	{ "nr_slab_unreclaimable", read_slab_unreclaimable },
	{ "nr_isolated_anon", NULL },
	{ "nr_isolated_file", NULL },
	{ "workingset_nodes", NULL },
	{ "workingset_refault_anon", NULL },
	{ "workingset_refault_file", NULL },
	{ "workingset_activate_anon", NULL },
	{ "workingset_activate_file", NULL },
	{ "workingset_restore_anon", NULL },
	{ "workingset_restore_file", NULL },
	{ "workingset_nodereclaim", NULL },
	{ "nr_anon_pages", NULL },
	{ "nr_mapped", NULL },
	{ "nr_file_pages", NULL },
	{ "nr_dirty", NULL },
	{ "nr_writeback", NULL },
	{ "nr_writeback_temp", NULL },
	{ "nr_shmem", NULL },
	{ "nr_shmem_hugepages", NULL },
	{ "nr_shmem_pmdmapped", NULL },
	{ "nr_file_hugepages", NULL },
	{ "nr_file_pmdmapped", NULL },
	{ "nr_anon_transparent_hugepages", NULL },
	{ "nr_vmscan_write", NULL },
	{ "nr_vmscan_immediate_reclaim", NULL },
	{ "nr_dirtied", NULL },
	{ "nr_written", NULL },
	{ "nr_throttled_written", NULL },
	{ "nr_kernel_misc_reclaimable", NULL },
	{ "nr_foll_pin_acquired", NULL },
	{ "nr_foll_pin_released", NULL },
	{ "nr_kernel_stack", read_stacks },
	{ "nr_page_table_pages", read_tables },
	{ "nr_sec_page_table_pages", NULL },
};

static const struct counter zone_counters[] = {
	{ "nr_free_pages", read_free_pages },
	{ "nr_zone_inactive_anon", NULL },
	{ "nr_zone_active_anon", NULL },
	{ "nr_zone_inactive_file", NULL },
	{ "nr_zone_active_file", NULL },
	{ "nr_zone_unevictable", NULL },
	{ "nr_zone_write_pending", NULL },
	{ "nr_mlock", NULL },
	{ "nr_bounce", NULL },
	{ "nr_free_cma", read_free_cma },
};

/* Builds with nodes show events behind the counters. No policy interleaves. */
static const char *const numa_event_names[NR_NUMA_EVENTS] = {
	[NUMA_HIT] = "numa_hit",
	[NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign",
	[NUMA_INTERLEAVE] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",
	[NUMA_OTHER] = "numa_other",
};

static void show_numa_events(struct seq_file *m, const struct zone_snapshot *z)
{
	for (unsigned int i = 0; i < NR_NUMA_EVENTS; i++)
		seq_printf(m, "\n      %-12s %lu", numa_event_names[i],
			   zone_numa_events(z->nid, z->idx, (enum numa_event)i));
}

static void show_counters(struct seq_file *m, const struct zone_snapshot *z,
			  const struct counter *counters, size_t nr)
{
	for (const struct counter *c = counters; c < counters + nr; c++)
		seq_printf(m, "\n      %-12s %lu", c->name, c->read ? c->read(z) : 0);
}

static void show_marks(struct seq_file *m, const struct zone_snapshot *z)
{
	seq_printf(m, "\n  pages free     %lu\n        boost    0\n        min      %lu"
		   "\n        low      %lu\n        high     %lu",
		   z->free_pages, z->watermark[WMARK_MIN], z->watermark[WMARK_LOW],
		   z->watermark[WMARK_HIGH]);
	seq_printf(m, "\n        spanned  %lu\n        present  %lu\n        managed  %lu"
		   "\n        cma      %lu",
		   z->spanned_pages, z->present_pages, z->managed_pages, z->cma_pages);
	seq_printf(m, "\n        protection: (%lu", z->protection[0]);
	for (unsigned int i = 1; i < MAX_NR_ZONES; i++)
		seq_printf(m, ", %lu", z->protection[i]);
	seq_putc(m, ')');
}

static void show_pagesets(struct seq_file *m, const struct zone_snapshot *z)
{
	unsigned int cpu;

	seq_puts(m, "\n  pagesets");
	for_each_possible_cpu(cpu) {
		if (!cpu_online(cpu))
			continue;
		seq_printf(m, "\n    cpu: %u\n              count: %lu\n              high:  %u"
			   "\n              batch: %u", cpu, zone_pcp_pages(z->nid, z->idx, cpu),
			   z->pcp_high, z->pcp_batch);
		/* Counters are exact here: no CPU keeps a part back. */
		if (CONFIG_NR_CPUS > 1)
			seq_puts(m, "\n  vm stats threshold: 0");
	}
}

/* Each item begins with its newline, as in Linux's text, which ends in the middle for a zone
 * without pages. */
static void show_zone(struct seq_file *m, const struct zone_snapshot *z, bool first_populated)
{
	seq_printf(m, "Node %d, zone %8s", z->nid, z->name);
	if (first_populated) {
		seq_puts(m, "\n  per-node stats");
		show_counters(m, z, node_counters, ARRAY_SIZE(node_counters));
	}
	show_marks(m, z);
	if (z->present_pages) {
		show_counters(m, z, zone_counters, ARRAY_SIZE(zone_counters));
		if (IS_ENABLED(CONFIG_NUMA))
			show_numa_events(m, z);
		show_pagesets(m, z);
		seq_printf(m, "\n  node_unreclaimable:  0\n  start_pfn:           %lu",
			   z->start_pfn);
	}
	seq_putc(m, '\n');
}

static void zoneinfo_show(struct seq_file *m)
{
	struct zone_snapshot z;
	int stats_nid = -1;

	for_each_zone_snapshot(&z) {
		bool first = z.present_pages && z.nid != stats_nid;

		if (first)
			stats_nid = z.nid;
		show_zone(m, &z, first);
	}
}

VIEW(zoneinfo, zoneinfo_show);
