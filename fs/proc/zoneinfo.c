/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cpu.h>
#include <mm/snapshot.h>
#include <fs/view.h>

#include "counters.h"

static void show_numa_events(struct seq_file *m, const struct zone_snapshot *z)
{
	for (unsigned int i = 0; i < NR_NUMA_EVENTS; i++)
		seq_printf(m, "\n      %-12s %lu", numa_event_names[i],
			   zone_numa_events(z->nid, z->idx, (enum numa_event)i));
}

static void show_counters(struct seq_file *m, const struct zone_snapshot *z,
			  const struct counter *c)
{
	for (; c->name; c++)
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
		show_counters(m, z, node_counters);
	}
	show_marks(m, z);
	if (z->present_pages) {
		show_counters(m, z, zone_counters);
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
