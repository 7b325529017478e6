/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shows memory in use, in the columns of Linux's free, for the habits of people and scripts. The
 * last line is not Linux's: it says how large a block can be had at once.
 */
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <shell/shell.h>

#include "internal.h"

#define CELL_BYTES	24

/* The letters that may follow the '-', in the order of units; a number for people has a unit of its
 * own. */
static const char letters[] = "bkmgh";
enum { UNIT_BYTES, UNIT_KIB, UNIT_HUMAN = sizeof(letters) - 2 };

/* A value of less than 10 units has a tenth, as in 1.5Gi. */
static void human_size(char *cell, u64 bytes)
{
	static const char prefixes[] = "KMGT";
	u64 tenths = bytes * 10 >> 10;
	size_t i = 0;

	while (tenths >= 10240 && i < sizeof(prefixes) - 2) {
		tenths >>= 10;
		i++;
	}
	if (tenths < 100 && tenths)
		scnprintf(cell, CELL_BYTES, "%llu.%llu%ci", (unsigned long long)tenths / 10,
			  (unsigned long long)tenths % 10, prefixes[i]);
	else
		scnprintf(cell, CELL_BYTES, "%llu%ci", (unsigned long long)tenths / 10,
			  prefixes[i]);
}

static void put_cell(struct seq_file *out, size_t unit, unsigned long pages)
{
	u64 bytes = (u64)pages << PAGE_SHIFT;
	char cell[CELL_BYTES];

	if (unit == UNIT_HUMAN)
		human_size(cell, bytes);
	else
		scnprintf(cell, sizeof(cell), "%llu", (unsigned long long)(bytes >> 10 * unit));
	seq_printf(out, "%12s", cell);
}

/* -1 when all lists are empty, those aside that nobody may take from. */
static int largest_order(const struct zone_free_blocks *b)
{
	const unsigned int types = MIGRATE_TYPES - IS_ENABLED(CONFIG_MEMORY_ISOLATION);

	for (int order = MAX_ORDER; order >= 0; order--) {
		for (unsigned int mt = 0; mt < types; mt++) {
			if (b->nr[order][mt])
				return order;
		}
	}
	return -1;
}

/* Stands in the column of free memory. */
static void put_largest(struct seq_file *out, size_t unit)
{
	const char *zone = "";
	struct zone_free_blocks b;
	struct zone_snapshot z;
	int largest = -1;

	for_each_populated_zone_snapshot(&z) {
		zone_free_blocks(z.nid, z.idx, &b);
		if (largest_order(&b) > largest) {
			largest = largest_order(&b);
			zone = z.name;
		}
	}
	seq_printf(out, "%-32s", "Largest free block:");
	put_cell(out, unit, largest < 0 ? 0 : 1ul << largest);
	if (largest < 0)
		seq_putc(out, '\n');
	else
		seq_printf(out, "  (order %d, zone %s)\n", largest, zone);
}

static void put_table(struct seq_file *out, size_t unit)
{
	unsigned long total = totalram_pages(), free = nr_free_pages(), cache = slab_pages(true);

	seq_printf(out, "%20s%12s%12s%12s%12s%12s\nMem:    ", "total", "used", "free", "shared",
		   "buff/cache", "available");
	put_cell(out, unit, total);
	put_cell(out, unit, total - free - cache);
	put_cell(out, unit, free);
	put_cell(out, unit, 0);
	put_cell(out, unit, cache);
	put_cell(out, unit, si_mem_available());
	seq_putc(out, '\n');
}

static int free_run(struct seq_file *out, int argc, char **argv)
{
	const char *letter = letters + UNIT_KIB;

	if (argc == 2 && argv[1][0] == '-' && argv[1][1] && !argv[1][2])
		letter = strchr(letters, argv[1][1]);
	else if (argc > 1)
		letter = NULL;
	if (!letter) {
		seq_puts(out, "free shows memory; release gives a block of alloc back\n");
		return shell_usage(out, argv[0]);
	}
	put_table(out, (size_t)(letter - letters));
	put_largest(out, (size_t)(letter - letters));
	return 0;
}

SHELL_COMMAND(free, "[-b | -k | -m | -g | -h]",
	      "memory in use, and the largest free block", "free -h",
	      free_run);
