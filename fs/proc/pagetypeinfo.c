/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/snapshot.h>
#include <fs/view.h>

static void show_free_zone(struct seq_file *m, const struct zone_snapshot *z)
{
	struct zone_free_blocks b;

	zone_free_blocks(z->nid, z->idx, &b);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
		seq_printf(m, "Node %4d, zone %8s, type %12s ", z->nid, z->name,
			   migratetype_names[mt]);
		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
			seq_printf(m, "%6u ", b.nr[order][mt]);
		seq_putc(m, '\n');
	}
}

static void show_free(struct seq_file *m, int nid)
{
	struct zone_snapshot z;

	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6u ", order);
	seq_putc(m, '\n');
	for_each_populated_zone_snapshot(&z)
		if (z.nid == nid)
			show_free_zone(m, &z);
}

static void show_pageblocks_zone(struct seq_file *m, const struct zone_snapshot *z)
{
	unsigned long blocks[MIGRATE_TYPES];

	zone_pageblocks(z->nid, z->idx, blocks);
	seq_printf(m, "Node %d, zone %8s ", z->nid, z->name);
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		seq_printf(m, "%12lu ", blocks[mt]);
	seq_putc(m, '\n');
}

static void show_pageblocks(struct seq_file *m, int nid)
{
	struct zone_snapshot z;

	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		seq_printf(m, "%12s ", migratetype_names[mt]);
	seq_putc(m, '\n');
	for_each_populated_zone_snapshot(&z)
		if (z.nid == nid)
			show_pageblocks_zone(m, &z);
}

static void pagetypeinfo_show(struct seq_file *m)
{
	struct node_snapshot n;

	for (int nid = 0; nid < MAX_NUMNODES; nid++) {
		if (!node_snapshot(nid, &n) || !n.present_pages)
			continue;
		seq_printf(m, "Page block order: %d\nPages per block:  %lu\n\n", pageblock_order,
			   pageblock_nr_pages);
		show_free(m, nid);
		show_pageblocks(m, nid);
	}
}

VIEW(pagetypeinfo, pagetypeinfo_show);
