/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has what of the page allocator's memory: free blocks by size, the CPUs' lists, one frame. */
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <mm/compaction.h>
#include <mm/page.h>
#include <mm/page_owner.h>
#include <mm/snapshot.h>
#include <shell/shell.h>

#include "internal.h"

static void frag_zone(struct seq_file *out, const struct zone_snapshot *z)
{
	struct zone_free_blocks b;

	zone_free_blocks(z->nid, z->idx, &b);
	seq_printf(out, "zone %s of node %d: %lu kB free\n", z->name, z->nid,
		   pages_to_kb(z->free_pages));
	seq_printf(out, "%8s %10s %12s %10s  %s\n", "order", "block kB", "free blocks", "usable",
		   "a request");
	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
		unsigned int usable = 1000 - unusable_free_index(&b, order);
		int index = fragmentation_index(&b, order);

		seq_printf(out, "%8u %10lu %12lu %8u.%u%%  ", order, pages_to_kb(1ul << order),
			   free_blocks_of_order(&b, order), usable / 10, usable % 10);
		if (index < 0)
			seq_puts(out, "finds a block\n");
		else
			seq_printf(out, "fails: %s\n", index < 500 ? "memory is short"
								   : "memory lies in pieces");
	}
}

static void frag_compaction(struct seq_file *out)
{
	const struct compact_counts counts = compact_counts();

	seq_printf(out, "compaction: %lu pageblocks were emptied, %lu times none could be\n",
		   counts.success, counts.fail);
}

static int frag_run(struct seq_file *out, int argc, char **argv)
{
	struct zone_snapshot z;

	(void)argc;
	(void)argv;
	for_each_populated_zone_snapshot(&z)
		frag_zone(out, &z);
	if (IS_ENABLED(CONFIG_COMPACTION))
		frag_compaction(out);
	return 0;
}

SHELL_COMMAND(frag, "", "what free memory is good for, by order", "frag", frag_run);

static void pcp_zone(struct seq_file *out, const struct zone_snapshot *z, unsigned int cpu)
{
	unsigned int order, mt, count, limit;

	seq_printf(out, "CPU %u, zone %s of node %d: %lu pages\n", cpu, z->name, z->nid,
		   zone_pcp_pages(z->nid, z->idx, cpu));
	for (order = 0; order < NR_PAGE_ORDERS; order++) {
		for (mt = 0; zone_pcp_list(z->nid, z->idx, cpu, order, mt, &count, &limit); mt++) {
			if (!mt)
				seq_printf(out, "  order %2u", order);
			seq_printf(out, "  %s %u of %u", migratetype_names[mt], count, limit);
		}
		if (mt)
			seq_putc(out, '\n');
	}
}

static int pcp_run(struct seq_file *out, int argc, char **argv)
{
	struct zone_snapshot z;
	unsigned int cpu;

	(void)argc;
	(void)argv;
	for_each_online_cpu(cpu)
		for_each_populated_zone_snapshot(&z)
			pcp_zone(out, &z, cpu);
	return 0;
}

SHELL_COMMAND(pcp, "", "blocks that each CPU keeps, and may keep", "pcp", pcp_run);

static void owner_line(void *out, const char *line)
{
	seq_printf(out, "%s\n", line);
}

static int owner_run(struct seq_file *out, int argc, char **argv)
{
	struct frame_snapshot f;
	u64 pfn;

	if (argc != 2)
		return shell_usage(out, argv[0]);
	if (!parse_number(out, argv[1], &pfn))
		return -EINVAL;
	if (pfn > MAX_PHYSMEM_PFN || !frame_snapshot((unsigned long)pfn, &f)) {
		seq_printf(out, "frame 0x%llx is no RAM (zones shows where frames begin; a frame is "
			   "an address without its last three hexadecimal digits)\n",
			   (unsigned long long)pfn);
		return -ENOENT;
	}
	seq_printf(out, "frame 0x%llx: %s; block of order %u from frame 0x%lx, %s, zone %s of node "
		   "%d\n", (unsigned long long)pfn, f.owner, f.order, f.head_pfn, f.migratetype,
		   f.zone, f.nid);
	page_owner_describe(f.head_pfn, owner_line, out);
	return 0;
}

SHELL_COMMAND(owner, "<pfn>", "whose a frame is, and the block it lies in", "owner 0x80200",
	      owner_run);
