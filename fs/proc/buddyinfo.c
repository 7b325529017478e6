/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/snapshot.h>
#include <fs/view.h>

/* Shows the free blocks of each order, of all types together, as they were at one moment. */
static void buddyinfo_zone(struct seq_file *m, const struct zone_snapshot *z)
{
	struct zone_free_blocks b;

	zone_free_blocks(z->nid, z->idx, &b);
	seq_printf(m, "Node %d, zone %8s ", z->nid, z->name);
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		seq_printf(m, "%6lu ", free_blocks_of_order(&b, order));
	seq_putc(m, '\n');
}

static void buddyinfo_show(struct seq_file *m)
{
	struct zone_snapshot z;

	for_each_populated_zone_snapshot(&z)
		buddyinfo_zone(m, &z);
}

VIEW(buddyinfo, buddyinfo_show);
