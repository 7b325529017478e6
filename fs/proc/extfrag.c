/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/snapshot.h>
#include <fs/view.h>

/* "0.500 ", of thousandths. */
static void put_index(struct seq_file *m, int index)
{
	unsigned int thousandths = (unsigned int)(index < 0 ? -index : index);

	seq_printf(m, "%s%u.%03u ", index < 0 ? "-" : "", thousandths / 1000, thousandths % 1000);
}

static void unusable_zone(struct seq_file *m, const struct zone_free_blocks *b)
{
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		put_index(m, (int)unusable_free_index(b, order));
}

static void extfrag_zone(struct seq_file *m, const struct zone_free_blocks *b)
{
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		put_index(m, fragmentation_index(b, order));
}

/* A line for each zone, as that of Linux's debugfs. */
static void show_zones(struct seq_file *m, const char *title,
		       void (*show)(struct seq_file *m, const struct zone_free_blocks *b))
{
	struct zone_snapshot z;
	struct zone_free_blocks b;

	seq_printf(m, "%s\n", title);
	for_each_populated_zone_snapshot(&z) {
		zone_free_blocks(z.nid, z.idx, &b);
		seq_printf(m, "Node %d, zone %8s ", z.nid, z.name);
		show(m, &b);
		seq_putc(m, '\n');
	}
}

/* What are two files on Linux is one here. */
static void extfrag_show(struct seq_file *m)
{
	show_zones(m, "unusable_index", unusable_zone);
	show_zones(m, "extfrag_index", extfrag_zone);
}

VIEW(extfrag, extfrag_show);
