/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/mmzone.h>
#include <fs/view.h>

/* Lists carry their length, so one zone's counts are of one moment and never cut short. */
struct free_counts {
	u32 nr[MIGRATE_TYPES][NR_PAGE_ORDERS];
};

static void free_counts_read(struct zone *zone, struct free_counts *counts)
{
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			counts->nr[mt][order] = zone->free_area[order].nr_free[mt];
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

static void show_free(struct seq_file *m, int nid)
{
	struct free_counts counts;
	struct zone *zone;

	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6u ", order);
	seq_putc(m, '\n');
	for_each_populated_zone(zone) {
		if (zone->nid != nid)
			continue;
		free_counts_read(zone, &counts);
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
			seq_printf(m, "Node %4d, zone %8s, type %12s ", zone->nid, zone->name,
				   migratetype_names[mt]);
			for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
				seq_printf(m, "%6u ", counts.nr[mt][order]);
			seq_putc(m, '\n');
		}
	}
}

static void show_pageblocks(struct seq_file *m, int nid)
{
	struct zone *zone;

	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		seq_printf(m, "%12s ", migratetype_names[mt]);
	seq_putc(m, '\n');
	for_each_populated_zone(zone) {
		unsigned long blocks[MIGRATE_TYPES], flags;

		if (zone->nid != nid)
			continue;
		flags = spin_lock_irqsave(&zone->lock);
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			blocks[mt] = zone->nr_pageblocks[mt];
		spin_unlock_irqrestore(&zone->lock, flags);
		seq_printf(m, "Node %d, zone %8s ", zone->nid, zone->name);
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			seq_printf(m, "%12lu ", blocks[mt]);
		seq_putc(m, '\n');
	}
}

static void pagetypeinfo_show(struct seq_file *m)
{
	int nid;

	for_each_online_node(nid) {
		if (!NODE_DATA(nid)->node_present_pages)
			continue;
		seq_printf(m, "Page block order: %d\nPages per block:  %lu\n\n", pageblock_order,
			   pageblock_nr_pages);
		show_free(m, nid);
		show_pageblocks(m, nid);
	}
}

VIEW(pagetypeinfo, pagetypeinfo_show);
