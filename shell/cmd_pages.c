/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <shell/shell.h>

#include "internal.h"

#define MAX_BLOCKS	64

/*
 * The blocks that the alloc command handed out. release looks here first, because an address that
 * was typed wrongly must not stop the kernel, as it would inside __free_pages().
 */
static struct shell_block {
	struct page *page;		/* [s] NULL: the row is free */
	unsigned int order;		/* [s] */
} blocks[MAX_BLOCKS];			/* [s] */

/* The flags that a word adds to GFP_KERNEL, and those that it takes away. */
static const struct {
	const char *name;
	gfp_t set, clear;
} gfp_names[] = {
	{ "kernel", GFP_KERNEL, 0 },
	{ "nowait", GFP_NOWAIT, GFP_KERNEL },
	{ "atomic", GFP_ATOMIC, GFP_KERNEL },
	{ "dma", __GFP_DMA, 0 },
	{ "dma32", __GFP_DMA32, 0 },
	{ "movable", __GFP_MOVABLE, 0 },
	{ "reclaimable", __GFP_RECLAIMABLE, 0 },
	{ "zero", __GFP_ZERO, 0 },
};

static bool parse_gfp_word(struct seq_file *out, const char *text, size_t len, gfp_t *gfp)
{
	for (size_t i = 0; i < ARRAY_SIZE(gfp_names); i++) {
		if (strlen(gfp_names[i].name) == len && !memcmp(gfp_names[i].name, text, len)) {
			*gfp = (*gfp | gfp_names[i].set) & ~gfp_names[i].clear;
			return true;
		}
	}
	seq_printf(out, "%.*s is not one of", (int)len, text);
	for (size_t i = 0; i < ARRAY_SIZE(gfp_names); i++)
		seq_printf(out, " %s", gfp_names[i].name);
	seq_putc(out, '\n');
	return false;
}

/* Parses a list of words such as "dma32,zero". */
static bool parse_gfp(struct seq_file *out, const char *text, gfp_t *gfp)
{
	*gfp = GFP_KERNEL;
	for (;;) {
		size_t len = strcspn(text, ",");

		if (!parse_gfp_word(out, text, len, gfp))
			return false;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

static bool parse_order(struct seq_file *out, const char *text, unsigned int *order)
{
	u64 value;

	if (!parse_number(out, text, &value))
		return false;
	if (value > MAX_ORDER) {
		seq_printf(out, "an order is at most %d here (CONFIG_MAX_ORDER)\n", MAX_ORDER);
		return false;
	}
	*order = (unsigned int)value;
	return true;
}

static struct shell_block *free_row(void)
{
	for (struct shell_block *b = blocks; b < blocks + MAX_BLOCKS; b++) {
		if (!b->page)
			return b;
	}
	return NULL;
}

static void print_block(struct seq_file *out, const struct shell_block *b)
{
	seq_printf(out, "0x%llx order %u: frame 0x%lx, zone %s, at %p\n",
		   (unsigned long long)page_to_phys(b->page), b->order, page_to_pfn(b->page),
		   zone_name(page_zone_idx(b->page)),
		   page_address(b->page));
}

static void list_blocks(struct seq_file *out)
{
	seq_puts(out, "usage: alloc <order> [gfp], with gfp of");
	for (size_t i = 0; i < ARRAY_SIZE(gfp_names); i++)
		seq_printf(out, " %s", gfp_names[i].name);
	seq_putc(out, '\n');
	for (struct shell_block *b = blocks; b < blocks + MAX_BLOCKS; b++) {
		if (b->page)
			print_block(out, b);
	}
}

static int alloc_run(struct seq_file *out, int argc, char **argv)
{
	struct shell_block *b = free_row();
	unsigned int order;
	gfp_t gfp = GFP_KERNEL;

	if (argc == 1) {
		list_blocks(out);
		return 0;
	}
	if (argc > 3)
		return shell_usage(out, argv[0]);
	if (!parse_order(out, argv[1], &order) ||
	    (argc == 3 && !parse_gfp(out, argv[2], &gfp)))
		return -EINVAL;
	if (!b) {
		seq_printf(out, "the shell keeps at most %d blocks: release one first\n", MAX_BLOCKS);
		return -EBUSY;
	}
	b->page = alloc_pages(gfp | __GFP_NOWARN, order);
	if (!b->page) {
		seq_printf(out, "no memory: there is no free block of order %u for this request "
			   "(free shows the largest)\n", order);
		return -ENOMEM;
	}
	b->order = order;
	print_block(out, b);
	return 0;
}

SHELL_COMMAND(alloc, "[<order> [gfp]]", "take 2^order pages, or list what was taken",
	      "alloc 3 dma32,zero", alloc_run);

static struct shell_block *find_block(u64 address)
{
	for (struct shell_block *b = blocks; b < blocks + MAX_BLOCKS; b++) {
		if (b->page && (page_to_phys(b->page) == address ||
				(unsigned long)page_address(b->page) == address))
			return b;
	}
	return NULL;
}

static void give_back(struct shell_block *b)
{
	__free_pages(b->page, b->order);
	b->page = NULL;
}

static int release_all(struct seq_file *out)
{
	unsigned int nr = 0;

	for (struct shell_block *b = blocks; b < blocks + MAX_BLOCKS; b++) {
		if (b->page) {
			give_back(b);
			nr++;
		}
	}
	seq_printf(out, "blocks given back: %u\n", nr);
	return 0;
}

/* The user may leave the order out, because the shell knows it; an order that is given is
 * checked. */
static int release_one(struct seq_file *out, const char *where, const char *how_large)
{
	struct shell_block *b;
	unsigned int order = 0;
	u64 address;

	if (!parse_number(out, where, &address) ||
	    (how_large && !parse_order(out, how_large, &order)))
		return -EINVAL;
	b = find_block(address);
	if (!b) {
		seq_printf(out, "the shell has no block at %s: alloc lists them\n", where);
		return -EINVAL;
	}
	if (how_large && b->order != order) {
		seq_printf(out, "the block at %s has order %u\n", where, b->order);
		return -EINVAL;
	}
	give_back(b);
	return 0;
}

static int release_run(struct seq_file *out, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "all"))
		return release_all(out);
	if (argc == 2 || argc == 3)
		return release_one(out, argv[1], argv[2]);
	seq_puts(out, "which block? alloc lists them\n");
	return shell_usage(out, argv[0]);
}

SHELL_COMMAND(release, "<address> [order] | all", "give a block of alloc back, or all of them",
	      "release all", release_run);
