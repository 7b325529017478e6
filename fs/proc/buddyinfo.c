/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/mmzone.h>
#include <fs/view.h>

/* Free blocks of each order, all types together, as they were at one moment. */
static void buddyinfo_zone(struct seq_file *m, struct zone *zone)
{
	unsigned long blocks[NR_PAGE_ORDERS] = { 0 };
	unsigned long flags = spin_lock_irqsave(&zone->lock);

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			blocks[order] += zone->free_area[order].nr_free[mt];
	}
	spin_unlock_irqrestore(&zone->lock, flags);

	seq_printf(m, "Node %d, zone %8s ", zone->nid, zone->name);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", blocks[order]);
	seq_putc(m, '\n');
}

static void buddyinfo_show(struct seq_file *m)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		buddyinfo_zone(m, zone);
}

VIEW(buddyinfo, buddyinfo_show);
