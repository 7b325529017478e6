/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees that nobody would write, by the thousand.
 *
 * random_trees makes well-formed trees that claim anything, and fills three rows of cells from the
 * same claims by their definitions: one row for RAM, one for what is kept, one for what is not
 * mapped. Boot's tables must agree with the rows.
 *
 * damaged_trees makes blobs with flipped bytes that libfdt still accepts. Each must end in a boot
 * that keeps its promises or in a sentence, never in a fault, an assertion or a hang.
 *
 * dt_hostile [seed [trees]]
 */
#include "common/scan.h"

#include <libfdt.h>

#include <kernel/fdt.h>
#include <mm/dt_memory.h>

#define CELL		(64u << 10)
#define CELLS		1024u			/* 64 MiB from RAM on */
#define MAX_CLAIMS	12u

static struct random_plan plan;
static struct rng rng;
static u64 tree_nr;

static bool ram[CELLS], kept[CELLS], nomap[CELLS], needed[CELLS];

static u64 below(u64 n)
{
	return rng_below(&rng, n);
}

static void diverged(const char *what)
{
	fail_msg("%s in tree %llu; again: dt_hostile %llu", what, (unsigned long long)tree_nr,
		 (unsigned long long)plan.seed);
}

/* ---- well-formed trees ---- */

static u64 address(unsigned int cell)
{
	return RAM + (u64)cell * CELL;
}

static unsigned int cell_of(u64 pa)
{
	return pa <= RAM ? 0 : (unsigned int)min((pa - RAM) / CELL, (u64)CELLS);
}

static void set_cells(bool *row, u64 base, u64 size)
{
	u64 end = base + min(size, PHYS_ADDR_MAX - base);

	for (unsigned int c = cell_of(base); c < cell_of(end); c++)
		row[c] = true;
}

/* Most ranges lie inside the row; others lie across its ends or far off, are empty, or reach the
 * end of the address space. */
static void any_range(u64 *base, u64 *size)
{
	*base = address((unsigned int)below(CELLS));
	*size = (1 + below(below(2) ? 8 : 300)) * CELL;
	switch (below(24)) {
	case 0:
		*size = 0;
		break;
	case 1:
		*size = PHYS_ADDR_MAX - below(2) * *base;
		break;
	case 2:
		*base = below(RAM / CELL) * CELL;
		break;
	case 3:
		*base = address(CELLS) + below(1u << 20) * CELL;
		break;
	}
}

static void memory_nodes(void)
{
	unsigned int nodes = 1 + (unsigned int)below(4);
	char name[32];

	/* The first pair gives the image its RAM, whatever else is claimed. */
	for (unsigned int i = 0; i <= nodes; i++) {
		u64 numbers[2 * MAX_CLAIMS], base, size;
		unsigned int pairs = !i + (unsigned int)below(4);
		bool on = !i || below(8);

		for (unsigned int p = 0; p < pairs; p++) {
			any_range(&base, &size);
			/* RAM below this would move the linear map, which is the subject of another
			 * test. */
			base = max(base, RAM);
			if (!i && !p) {
				base = RAM;
				size = 128 * CELL;
			}
			numbers[2 * p] = base;
			numbers[2 * p + 1] = size;
			if (on)
				set_cells(ram, base, size);
		}
		snprintf(name, sizeof(name), "memory@%u", i);
		tree_node(name);
		tree_text("device_type", "memory");
		if (!on)
			tree_text("status", "disabled");
		if (!below(6))
			tree_flag("hotpluggable");
		tree_numbers("reg", numbers, 2 * pairs);
		tree_node_end();
	}
}

static void need(u64 base, u64 size)
{
	set_cells(kept, base, size);
	set_cells(needed, base, size);
}

/* Sets *firmware to whether a node says where the firmware lies. */
static void reserved_nodes(bool *firmware)
{
	unsigned int nodes = (unsigned int)below(MAX_CLAIMS);
	char name[32];

	tree_reserved_memory();
	for (unsigned int i = 0; i < nodes; i++) {
		bool resv = !below(6), no_map = !below(3), on = below(8);
		u64 base, size;

		any_range(&base, &size);
		snprintf(name, sizeof(name), "%s%u", resv ? "mmode_resv" : "r", i);
		tree_node(name);
		if (no_map)
			tree_flag("no-map");
		if (!below(4))
			tree_flag("reusable");
		if (!on)
			tree_text("status", "no");
		tree_reg(base, size);
		tree_node_end();
		if (!on || !size)
			continue;
		set_cells(kept, base, size);
		if (!resv && !no_map)
			continue;
		set_cells(nomap, base, size);
		*firmware = *firmware || resv ||
			    (base < IMAGE && base + min(size, PHYS_ADDR_MAX - base) > RAM);
	}
	tree_node_end();
}

static bool range_is_ram(u64 base, u64 end)
{
	for (unsigned int c = cell_of(base); c < cell_of(end); c++)
		if (!ram[c])
			return false;
	return base >= RAM && end <= address(CELLS);
}

static void an_initrd(void)
{
	u64 base, size;

	any_range(&base, &size);
	/* A range across the end of the row could lie in RAM of which the row knows nothing. */
	size = min(size, base < address(CELLS) ? address(CELLS) - base : (u64)CELL);
	tree_node("chosen");
	tree_u64("linux,initrd-start", base);
	tree_u64("linux,initrd-end", base + size);
	tree_node_end();
	if (size && range_is_ram(base, base + size) &&
	    (base + size <= IMAGE || base >= IMAGE + 2 * MB))
		need(base, size);
}

/* Compares the tables with the rows, cell by cell. */
static void compare(void)
{
	for (unsigned int c = 0; c < CELLS; c++) {
		u64 pa = address(c) + below(CELL);

		if (memblock_is_memory(pa) != ram[c])
			diverged("RAM is not what the nodes say");
		if (memblock_is_reserved(pa) != kept[c])
			diverged("what is kept is not what the tree says");
		if (memblock_is_map_memory(pa) != (ram[c] && !(nomap[c] && !needed[c])))
			diverged("what is mapped is not what the tree says");
	}
}

/* The tree ends inside its last cell, which is kept and mapped; that cell is not compared. */
static void check_the_tree(phys_addr_t pa, size_t bytes, unsigned int cell)
{
	if (bytes > CELL)
		diverged("the tree is too large for this test");
	if (!memblock_is_reserved(pa) || !memblock_is_reserved(pa + bytes - 1) ||
	    (ram[cell] && !memblock_is_map_memory(pa)))
		diverged("the tree is not kept");
	memblock_phys_free(pa, CELL);
	memblock_clear_nomap(pa, CELL);
	kept[cell] = nomap[cell] = false;
}

static void one_random_tree(void)
{
	struct host_machine m = host_default_machine;
	struct tree_reserve reserve[3] = {};
	const void *fdt;
	bool firmware = false;
	unsigned int tree_cell = 64 + (unsigned int)below(CELLS - 64);

	memset(ram, 0, sizeof(ram));
	memset(kept, 0, sizeof(kept));
	memset(nomap, 0, sizeof(nomap));
	memset(needed, 0, sizeof(needed));
	for (unsigned int i = 0; i < below(3); i++) {
		any_range(&reserve[i].base, &reserve[i].size);
		if (!reserve[i].size)
			break;
		set_cells(kept, reserve[i].base, reserve[i].size);
	}
	need(IMAGE, 2 * MB);
	tree_begin(2, 2, reserve);
	memory_nodes();
	if (below(2))
		an_initrd();
	reserved_nodes(&firmware);
	fdt = tree_end();
	m.fdt_pa = address(tree_cell);
	if (!firmware) {
		set_cells(kept, RAM, IMAGE - RAM);
		set_cells(nomap, RAM, IMAGE - RAM);
	}

	switch (scan(&m, fdt, NULL)) {
	case HOST_RAN_ON:
		break;
	case HOST_BOOT_FAILED:
		/* The tables may be too short for so many claims; no other refusal is right
		 * here. */
		if (!strstr(host_stop_text(), "CONFIG_MEMBLOCK_REGIONS"))
			diverged(host_stop_text());
		return;
	default:
		diverged(host_stop_text());
	}
	check_scan();
	check_the_tree(m.fdt_pa, fdt_totalsize(fdt), tree_cell);
	compare();
}

/* proves CL2, DT3, DT4 */
static void random_trees(void **state)
{
	(void)state;
	rng.state = plan.seed;
	for (tree_nr = 1; tree_nr <= plan.operations; tree_nr++)
		one_random_tree();
}

/* ---- damaged blobs ---- */

static const void *a_full_tree(void)
{
	static const struct tree_reserve reserve[] = { { RAM + 32 * MB, MB }, {} };

	tree_begin(2, 2, reserve);
	tree_memory(RAM, 128 * MB);
	tree_memory(RAM + 256 * MB, 64 * MB);
	tree_node("chosen");
	tree_u64("linux,initrd-start", RAM + 40 * MB);
	tree_u64("linux,initrd-end", RAM + 48 * MB);
	tree_list("linux,usable-memory-range", RAM, 100 * MB, RAM + 256 * MB, 64 * MB);
	tree_node_end();
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 0x80000, "no-map");
	tree_reserved("shared@84000000", RAM + 64 * MB, MB, "reusable");
	tree_node("dynamic");
	tree_u64("size", 4 * MB);
	tree_u64("alignment", 4 * MB);
	tree_list("alloc-ranges", RAM, 96 * MB);
	tree_node_end();
	tree_node_end();
	return tree_end();
}

static unsigned long scanned, refused;

/* True for what libfdt accepts, and for a tree with a NOP before its end, which libfdt refuses. */
static bool is_tree(const unsigned char *blob, size_t size)
{
	int at, next = 0, depth = 0;
	u32 tag = 0, before;
	const char *name;
	int len;

	if (fdt_off_dt_struct(blob) % 4 || fdt_off_mem_rsvmap(blob) % 8)
		return false;
	if (!fdt_check_full(blob, size))
		return fdt_next_tag(blob, 0, &next) == FDT_BEGIN_NODE;
	if (fdt_check_header(blob) || fdt_totalsize(blob) > size)
		return false;
	do {
		at = next;
		before = tag;
		tag = fdt_next_tag(blob, at, &next);
		if ((!depth && at && tag != FDT_NOP && tag != FDT_END) ||
		    (tag == FDT_PROP && !fdt_getprop_by_offset(blob, at, &name, &len)))
			return false;
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
	} while (tag != FDT_END && next >= 0);
	return before == FDT_NOP && !depth && next >= 0;
}

static void one_damaged_tree(const void *good, size_t size, unsigned char *blob)
{
	const char *wrong;

	memcpy(blob, good, size);
	for (u64 hits = 1 + below(6); hits; hits--) {
		size_t at = below(size);

		/* Words matter more than text, so that some changes write a whole word of a telling
		 * value. */
		if (below(2))
			blob[at] = (unsigned char)below(256);
		else
			fdt32_st(blob + (at & ~3ul), (u32)(below(2) ? below(16) : -below(16)));
	}
	wrong = fdt_adopt(blob, TREE, size);
	if (!wrong != is_tree(blob, size))
		diverged(wrong ? wrong : "what libfdt refuses was taken");
	if (wrong)
		return;
	scanned++;
	switch (scan(NULL, blob, "mem=120M")) {
	case HOST_RAN_ON:
		check_scan();
		break;
	case HOST_BOOT_FAILED:
		refused++;
		if (strlen(host_stop_text()) < 40)
			diverged("a stop without a sentence");
		break;
	default:
		diverged(host_stop_text());
	}
}

/* proves DT1, DT3, DT4 */
static void damaged_trees(void **state)
{
	const void *good = a_full_tree();
	size_t size = fdt_totalsize(good) & ~3u;
	/* The buffer is exactly as long as the blob, so that the sanitizer sees a read past its
	 * end. */
	unsigned char *blob = malloc(size);

	(void)state;
	assert_non_null(blob);
	rng.state = plan.seed ^ 1;
	rng.state += !rng.state;
	for (tree_nr = 1; tree_nr <= 4 * plan.operations; tree_nr++)
		one_damaged_tree(good, size, blob);
	free(blob);
	printf("# %llu blobs: %lu whole, of these %lu refused by a sentence\n",
	       (unsigned long long)(tree_nr - 1), scanned, refused);
	/* With fewer trees past the check the damage would be too great to test the code behind
	 * it. */
	assert_true(scanned > tree_nr / 20 && refused < scanned);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_trees),
		cmocka_unit_test(damaged_trees),
	};

	plan = random_plan(argc, argv, 10000, 1000000);
	return cmocka_run_group_tests_name("dt_hostile", tests, NULL, NULL);
}
