/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forces every place from which boot refuses to go on, and compares the sentence that the user
 * reads. A row names the place. The rule boot_stops of the style stage wants a row for each place,
 * here or in another test. An asterisk in a sentence stands for a number that differs between
 * machines.
 */
#include "common/scan.h"

#include <kernel/cmdline.h>
#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/percpu.h>
#include <mm/boot_tables.h>
#include <mm/conflict.h>
#include <mm/dt_memory.h>
#include <mm/firmware_map.h>
#include <mm/iomem.h>
#include <mm/kernel_tables.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <arch/mmu.h>

#include "mm/boot/memblock_internal.h"
#include "mm/slab/internal.h"

#define KB		1024ull
#define GB		(1024 * MB)
#define RESERVE_LESS	"or reserve less of it (/memreserve/ and /reserved-memory of the device tree)"
#define GIVE_MORE	"give the machine more memory, " RESERVE_LESS

struct stop {
	const char *at;			/* file:function */
	void (*force)(void);
	const char *sentence;
};

/* ---- no room ---- */

static void ram(u64 bytes)
{
	const struct bank bank = { RAM, bytes };

	boot_banks(NULL, &bank, 1);
}

/* Reserves the whole bank that ram() made, but for this piece. */
static void leave(u64 bytes, u64 start, u64 size)
{
	memblock_reserve(RAM, start);
	memblock_reserve(RAM + start + size, bytes - start - size);
}

static void only(u64 size)
{
	ram(64 * MB);
	leave(64 * MB, 60 * MB, size);
}

static void everything_is_reserved(void)
{
	only(0);
	boot_table_alloc(&boot_pgtable);
}

static void limited_and_reserved(void)
{
	cmdline_init("mem=64M");
	boot_table_alloc(&boot_pgtable);
}

static void no_room_for_page_tables(void)
{
	only(2 * KB);
	boot_table_alloc(&boot_pgtable);
}

static void no_room_for_section_table(void)
{
	const struct bank banks[] = { { RAM, 64 * MB }, { RAM + 98 * GB, 4 * KB } };

	boot_banks(NULL, banks, 2);
	leave(64 * MB, 60 * MB, 4 * KB);
	memblock_reserve(RAM + 98 * GB, 4 * KB);
	boot_run(arch_paging_init, sparse_init);
}

/* The memmap needs 256 KiB: there is less, then there is enough but in pieces. */
static void no_room_for_memmap(void)
{
	only(100 * KB);
	boot_run(arch_paging_init, sparse_init);
}

static void pieces_too_small_for_memmap(void)
{
	ram(64 * MB);
	for (u64 at = 0; at < 64 * MB; at += MB)
		memblock_reserve(RAM + at, at < 60 * MB ? MB : MB - 100 * KB);
	boot_run(arch_paging_init, sparse_init);
}

/* The section table goes into the upper hole, and the memmap fills the lower one. */
static void no_room_for_pageblocks(void)
{
	ram(4 * GB);
	memblock_reserve(RAM, 64 * MB);
	memblock_reserve(RAM + 80 * MB, 20 * MB);
	memblock_reserve(RAM + 100 * MB + 2 * KB, 4 * GB - 100 * MB - 2 * KB);
	boot_run(arch_paging_init, sparse_init);
}

static void no_room_for_percpu(void)
{
	only(2 * KB);
	host_set_cpus(2);
	boot_run(setup_per_cpu_areas, setup_per_cpu_areas);
}

static void no_room_for_conflicts(void)
{
	only(64);
	conflict_add(&(struct conflict){
		.kind = CONFLICT_WRAP,
		.a = { "one@1234", 0x1234, 0x5678, SIDE_RANGE },
		.b = { .name = "the end of addresses" },
		.resolution = "cut there",
	});
	conflicts_keep();
}

static void no_room_for_resources(void)
{
	only(512);
	iomem_prepare();
}

static void no_room_for_memblock_copy(void)
{
	only(64);
	memblock_keep_copy();
}

/* ---- the tree ---- */

static void tree_is_none(void)
{
	static char blob[64] = "no tree";
	struct host_machine m = host_default_machine;

	m.fdt = blob;
	m.fdt_pa = TREE;
	m.fdt_bytes = sizeof(blob);
	host_reset(&m);
	boot_memory();
}

static void scan_tree(const struct host_machine *m, const char *args)
{
	const void *fdt = tree_end();

	host_reset(m);
	cmdline_init(args);
	dt_scan_memory(fdt);
}

static void no_room_for_firmware_map(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 64 * MB);
	scan_tree(NULL, "");
	leave(64 * MB, 60 * MB, 16);
	firmware_map_keep();
}

static void cells_are_too_wide(void)
{
	tree_begin(3, 2, NULL);
	scan_tree(NULL, "");
}

static void cells_are_no_number(void)
{
	tree_begin(2, 0, NULL);
	tree_bytes("#size-cells", "\0\0", 2);
	scan_tree(NULL, "");
}

static void no_memory_node(void)
{
	tree_begin(2, 2, NULL);
	scan_tree(NULL, "");
}

/* ---- the image: no RAM holds it ---- */

static void bank(u64 base, u64 size, const struct host_machine *m)
{
	tree_begin(2, 2, NULL);
	tree_memory(base, size);
	scan_tree(m, "");
}

static void ram_lies_elsewhere(void)
{
	bank(0x90000000, 128 * MB, NULL);
}

static void ram_ends_in_the_image(void)
{
	bank(RAM, 3 * MB + 512, NULL);
}

static void ram_ends_in_the_log(void)
{
	bank(RAM, 4 * MB - 16 * KB, NULL);
}

static void kernel_at(u64 pa)
{
	struct host_machine m = host_default_machine;

	m.kernel_pa = pa + 2 * MB;
	m.first_ram = pa;
	bank(pa, 128 * MB, &m);
}

static void kernel_beyond_what_is_configured(void)
{
	kernel_at(1ull << CONFIG_MAX_PHYSMEM_BITS);
}

static void kernel_beyond_what_can_be(void)
{
	kernel_at(1ull << 44);
}

static void kernel_beyond_the_linear_map(void)
{
	struct host_machine m = host_default_machine;

	m.kernel_pa = RAM + 2 * GB;
	m.linear_bytes = GB;
	bank(RAM, 4 * GB, &m);
}

static void banks_meet_inside_a_page(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 3 * MB + 512);
	tree_node("memory@80300200");
	tree_text("device_type", "memory");
	tree_reg(RAM + 3 * MB + 512, 125 * MB - 512);
	tree_flag("hotpluggable");
	tree_node_end();
	scan_tree(NULL, "");
}

static void usable_range_leaves_the_image_out(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_node("chosen");
	tree_list("linux,usable-memory-range", RAM + 64 * MB, 64 * MB);
	tree_node_end();
	scan_tree(NULL, "");
}

static void mem_leaves_the_image_out(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	scan_tree(NULL, "mem=1M");
}

/* ---- caches ---- */

static void static_caches_have_no_row(void)
{
	static struct kmem_cache taken;

	ram(64 * MB);
	boot_run(arch_paging_init, kernel_tables_init);
	for (unsigned int nr = NR_KMALLOC_CLASSES; nr < CONFIG_SLAB_CACHES; nr++)
		kmem_caches[nr] = &taken;
	boot_run(kmem_cache_init, kmem_cache_init);
}

static void static_cache_is_too_large(void)
{
	extern struct kmem_cache __kmem_caches_start[];

	ram(64 * MB);
	boot_run(arch_paging_init, kernel_tables_init);
	__kmem_caches_start[0].object_size = 40000;
	boot_run(kmem_cache_init, kmem_cache_init);
}

/* ---- the table ---- */

#define NO_ROOM		"No room for the "
#define FREE(l, t)	" KiB in one piece are asked for, the largest free one has " #l \
			" KiB (of " #t " KiB free), so "
#define MISSING		" KiB are missing: "
#define NOT_IN_RAM(at)	"The kernel at 0x" at " does not lie in RAM: "
#define USUAL		NOT_IN_RAM("80200000 - 0x80400000")

static const struct stop stops[] = {
	{ "mm/boot/memblock_alloc.c:no_room", everything_is_reserved,
	  NO_ROOM "page tables: all 65536 KiB of RAM are reserved: " GIVE_MORE },
	{ "mm/boot/memblock_alloc.c:no_room", no_room_for_page_tables,
	  NO_ROOM "page tables: 4" FREE(2, 2) "2" MISSING GIVE_MORE },
	{ "mm/boot/boot_tables.c:boot_table_alloc", no_room_for_page_tables,
	  NO_ROOM "page tables: 4" FREE(2, 2) "2" MISSING GIVE_MORE },
	{ "mm/page/sparse.c:build_table", no_room_for_section_table,
	  NO_ROOM "section table: 25" FREE(4, 4) "21" MISSING
	  "raise CONFIG_SECTION_SIZE_BITS from 27, " GIVE_MORE },
	{ "mm/page/sparse.c:memmap_alloc", no_room_for_memmap,
	  NO_ROOM "memmap: 256" FREE(99, 99) "157" MISSING GIVE_MORE },
	{ "mm/page/sparse.c:memmap_alloc", pieces_too_small_for_memmap,
	  NO_ROOM "memmap: 256" FREE(100, 399) "156" MISSING
	  "lower CONFIG_SECTION_SIZE_BITS from 27, " GIVE_MORE },
	{ "mm/page/sparse.c:pageblocks_init", no_room_for_pageblocks,
	  NO_ROOM "pageblocks: 16" FREE(1, 1) "15" MISSING
	  "raise CONFIG_PAGEBLOCK_ORDER from 9, " GIVE_MORE },
	{ "mm/boot/percpu.c:alloc_area", no_room_for_percpu,
	  NO_ROOM "per-CPU areas: *" FREE(2, 2) "*" MISSING
	  "lower CONFIG_SLAB_MAGAZINE, CONFIG_PCP_HIGH or CONFIG_NR_CPUS, " GIVE_MORE },
	{ "mm/boot/conflict.c:conflicts_keep", no_room_for_conflicts,
	  NO_ROOM "conflicts: 1" FREE(0, 0) "1" MISSING
	  "mend the conflicts named above, " GIVE_MORE },
	{ "mm/boot/firmware_map.c:firmware_map_keep", no_room_for_firmware_map,
	  NO_ROOM "firmware map: 1" FREE(0, 0) "1" MISSING GIVE_MORE },
	{ "mm/boot/iomem.c:iomem_prepare", no_room_for_resources,
	  NO_ROOM "resources: *" FREE(0, 0) "*" MISSING GIVE_MORE },
	{ "mm/boot/memblock_dump.c:memblock_keep_copy", no_room_for_memblock_copy,
	  NO_ROOM "memblock copy: 1" FREE(0, 0) "1" MISSING GIVE_MORE },
	{ "kernel/init.c:adopt_device_tree", tree_is_none,
	  "device tree at 0x87e00000: no device tree: the first word is 0x6e6f2074, and that of a "
	  "compiled tree is 0xd00dfeed; compile the source with dtc, and see that the boot loader "
	  "passes the address of the result" },
	{ "mm/boot/dt_read.c:read_width", cells_are_too_wide,
	  "Device tree node /: #address-cells is 3, and memory is described in 1 or 2 cells: mend "
	  "the tree" },
	{ "mm/boot/dt_read.c:read_width", cells_are_no_number,
	  "Device tree node /: #size-cells has 2 bytes, and a number of cells has 4: mend the tree" },
	{ "mm/boot/dt_memory.c:find_reach", no_memory_node,
	  "The device tree names no memory: a node with device_type = \"memory\" and a reg that is "
	  "not empty is needed" },
	{ "mm/boot/dt_memory.c:check_image", ram_lies_elsewhere,
	  USUAL "131072 KiB of RAM from 0x90000000 on are left, and 2048 KiB are missing from "
	  "0x80200000 on: no memory node of the device tree names RAM there; mend them, or load the "
	  "kernel where they do" },
	{ "mm/boot/dt_memory.c:check_image", ram_ends_in_the_image,
	  USUAL "3072 KiB of RAM from 0x80000000 on are left, and 1024 KiB are missing from "
	  "0x80300200 on: give the machine more memory, or mend the memory nodes of the device "
	  "tree" },
	{ "mm/boot/dt_memory.c:check_image", ram_ends_in_the_log,
	  USUAL "4080 KiB of RAM from 0x80000000 on are left, and 16 KiB are missing from "
	  "0x803fc000 on: give the machine more memory, or mend the memory nodes of the device "
	  "tree, or lower CONFIG_LOG_BUF_SHIFT" },
	{ "mm/boot/dt_memory.c:check_image", kernel_beyond_what_is_configured,
	  NOT_IN_RAM("10000200000 - 0x10000400000") "0 KiB of RAM from 0x0 on are left, and 2048 "
	  "KiB are missing from 0x10000200000 on: raise CONFIG_MAX_PHYSMEM_BITS from 40" },
	{ "mm/boot/dt_memory.c:check_image", kernel_beyond_what_can_be,
	  NOT_IN_RAM("100000200000 - 0x100000400000") "0 KiB of RAM from 0x0 on are left, and 2048 "
	  "KiB are missing from 0x100000200000 on: no CONFIG_MAX_PHYSMEM_BITS reaches that far; "
	  "load the kernel below 16 TiB" },
	{ "mm/boot/dt_memory.c:check_image", kernel_beyond_the_linear_map,
	  NOT_IN_RAM("100000000 - 0x100200000") "1048576 KiB of RAM from 0x80000000 on are left, "
	  "and 2048 KiB are missing from 0x100000000 on: the kernel's linear map is that large and "
	  "no larger; load the kernel nearer to where its RAM begins" },
	{ "mm/boot/dt_memory.c:check_image", banks_meet_inside_a_page,
	  USUAL "131068 KiB of RAM from 0x80000000 on are left, and 1024 KiB are missing from "
	  "0x80300000 on: let the memory nodes of the device tree begin and end on whole pages" },
	{ "mm/boot/dt_memory.c:check_image", usable_range_leaves_the_image_out,
	  USUAL "65536 KiB of RAM from 0x84000000 on are left, and 2048 KiB are missing from "
	  "0x80200000 on: widen linux,usable-memory-range in /chosen of the device tree" },
	{ "mm/boot/dt_memory.c:check_image", mem_leaves_the_image_out,
	  USUAL "1024 KiB of RAM from 0x80000000 on are left, and 2048 KiB are missing from "
	  "0x80200000 on: raise mem=" },
	{ "mm/slab/slab_cache.c:no_static_cache", static_caches_have_no_row,
	  "Static cache kmem_cache has no row: all 64 are taken; raise CONFIG_SLAB_CACHES" },
	{ "mm/slab/slab_cache.c:no_static_cache", static_cache_is_too_large,
	  "Static cache kmem_cache cannot be made: its objects have 40000 bytes, aligned to 64, and "
	  "a slab has 32768; raise CONFIG_SLAB_MAX_ORDER from 3" },
};

/* Compares text with a sentence in which an asterisk stands for any number. */
static bool says(const char *text, const char *sentence)
{
	for (; *sentence; sentence++) {
		if (*sentence != '*') {
			if (*text++ != *sentence)
				return false;
			continue;
		}
		if (*text < '0' || *text > '9')
			return false;
		text += strspn(text, "0123456789");
	}
	return !*text;
}

static void stops_with_its_sentence(void **state)
{
	const struct stop *s = *state;

	assert_int_equal(HOST_TRY(s->force()), HOST_BOOT_FAILED);
	if (!says(host_stop_text(), s->sentence))
		fail_msg("%s says\n%s\nnot\n%s", s->at, host_stop_text(), s->sentence);
}

/* Where mem= has cut the RAM off, the advice is to raise mem=, not to add RAM. */
static void mem_is_to_be_raised(void **state)
{
	(void)state;
	only(0);
	assert_int_equal(HOST_TRY(limited_and_reserved()), HOST_BOOT_FAILED);
	assert_string_equal(host_stop_text(), NO_ROOM "page tables: all 65536 KiB of RAM are "
			    "reserved: raise mem=, " RESERVE_LESS);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(stops) + 1];

	for (unsigned int i = 0; i < ARRAY_SIZE(stops); i++)
		tests[i] = (struct CMUnitTest){ .name = stops[i].at,
						.test_func = stops_with_its_sentence,
						.initial_state = (void *)&stops[i] };
	tests[ARRAY_SIZE(stops)] =
		(struct CMUnitTest)cmocka_unit_test(mem_is_to_be_raised);
	return cmocka_run_group_tests_name("boot_stops", tests, NULL, NULL);
}
