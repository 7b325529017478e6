/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which ranges of a tree become areas of contiguous memory, and which do not, with the words for
 * it. RAM is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174 MiB.
 */
#include "common/scan.h"

#include <mm/cma_areas.h>
#include <mm/conflict.h>

#define BANK		(128 * MB)

static void begin(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, BANK);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

static void scan_areas(const char *arguments)
{
	cma_area_count = 0;
	tree_node_end();
	scan_well(NULL, tree_end(), arguments);
}

static void pool(const char *name, u64 base, u64 bytes, const char *flag)
{
	tree_node(name);
	tree_reg(base, bytes);
	tree_text("compatible", "shared-dma-pool");
	tree_flag("reusable");
	if (flag)
		tree_flag(flag);
	tree_node_end();
}

static void assert_area(unsigned int nr, const char *name, u64 base, u64 bytes, bool is_default)
{
	assert_true(nr < cma_area_count);
	assert_string_equal(cma_areas[nr].name, name);
	assert_int_equal(PFN_PHYS(cma_areas[nr].base_pfn), base);
	assert_int_equal(PFN_PHYS(cma_areas[nr].pages), bytes);
	assert_int_equal(cma_areas[nr].is_default, is_default);
	assert_true(memblock_is_region_reserved(base, bytes));
}

/* proves CA1 */
static void pools_of_the_tree(void **state)
{
	(void)state;
	begin();
	pool("camera@84000000", RAM + 64 * MB, 16 * MB, NULL);
	pool("linux,cma@86000000", RAM + 96 * MB, 8 * MB, "linux,cma-default");
	/* None of these nodes becomes an area: one is not whole pageblocks, one no RAM, one not
	 * mapped, and one is for its driver alone. */
	pool("odd@83001000", RAM + 48 * MB + 0x1000, 2 * MB, NULL);
	pool("far@90000000", RAM + 256 * MB, 16 * MB, NULL);
	pool("away@83800000", RAM + 56 * MB, 4 * MB, "no-map");
	tree_reserved("other@85800000", RAM + 88 * MB, 4 * MB, "reusable");
	scan_areas(NULL);
	assert_int_equal(cma_area_count, 2);
	assert_area(0, "camera@84000000", RAM + 64 * MB, 16 * MB, false);
	assert_area(1, "linux,cma@86000000", RAM + 96 * MB, 8 * MB, true);
	assert_log("Reserved memory: created CMA memory pool at 0x0000000084000000, size 16 MiB");
	assert_log("cma: odd@83001000 is not lent: it is not whole pageblocks");
	assert_log("cma: far@90000000 is not lent: it is not RAM");
}

/* Another claim to a part of the area may be a device's that knows nothing of lending. */
static void claimed_by_others(void **state)
{
	(void)state;
	begin();
	pool("first@84000000", RAM + 64 * MB, 16 * MB, NULL);
	tree_reserved("inner@84400000", RAM + 68 * MB, MB, NULL);
	tree_reserved("outer@85000000", RAM + 80 * MB, 8 * MB, NULL);
	pool("second@85400000", RAM + 84 * MB, 8 * MB, NULL);
	pool("third@86000000", RAM + 96 * MB, 8 * MB, NULL);
	scan_areas(NULL);
	assert_int_equal(cma_area_count, 1);
	assert_area(0, "third@86000000", RAM + 96 * MB, 8 * MB, false);
	assert_log("cma: first@84000000 is not lent: inner@84400000 claims a part of it");
	assert_log("cma: second@85400000 is not lent: it is in use");
}

static void placed_by_boot(void **state)
{
	const u64 ranges[] = { RAM + 64 * MB, 32 * MB };

	(void)state;
	begin();
	tree_node("linux,cma");
	tree_text("compatible", "shared-dma-pool");
	tree_flag("reusable");
	tree_flag("linux,cma-default");
	tree_u64("size", 15 * MB + 1);
	tree_u64("alignment", 0x1000);
	tree_numbers("alloc-ranges", ranges, 2);
	tree_node_end();
	scan_areas(NULL);
	assert_int_equal(cma_area_count, 1);
	assert_area(0, "linux,cma", RAM + 80 * MB, 16 * MB, true);
}

static void the_argument(void **state)
{
	(void)state;
	begin();
	scan_areas("cma=9M");
	assert_int_equal(cma_area_count, 1);
	assert_area(0, CMA_DEFAULT_NAME, PFN_PHYS(cma_areas[0].base_pfn), 10 * MB, true);
	assert_log("cma: Reserved 10 MiB at 0x");
	begin();
	scan_areas("cma=8M@0x84000000");
	assert_area(0, CMA_DEFAULT_NAME, RAM + 64 * MB, 8 * MB, true);
	begin();
	scan_areas("cma=0");
	assert_int_equal(cma_area_count, 0);
	begin();
	scan_areas("cma=1G");
	assert_int_equal(cma_area_count, 0);
	assert_log("cma: Failed to reserve 1024 MiB");
	begin();
	scan_areas("cma=lots");
	assert_int_equal(cma_area_count, 0);
	assert_log("cma=lots is ignored: a size such as 64M or 64M@0x90000000 is expected");
	begin();
	scan_areas("cma=2M@0x80200000");
	assert_int_equal(cma_area_count, 0);
	assert_log("cma: Failed to reserve 2 MiB");
	begin();
	scan_areas("cma=4Mx");
	assert_int_equal(cma_area_count, 0);
	assert_log("cma=4Mx is ignored");
	/* The argument cma= chooses the default area, whatever the tree says; other pools stay. */
	begin();
	pool("linux,cma@86000000", RAM + 96 * MB, 8 * MB, "linux,cma-default");
	pool("camera@84000000", RAM + 64 * MB, 16 * MB, NULL);
	scan_areas("cma=4M");
	assert_int_equal(cma_area_count, 2);
	assert_area(0, "camera@84000000", RAM + 64 * MB, 16 * MB, false);
	assert_area(1, CMA_DEFAULT_NAME, PFN_PHYS(cma_areas[1].base_pfn), 4 * MB, true);
}

static void too_many(void **state)
{
	char name[32];

	(void)state;
	begin();
	for (unsigned int i = 0; i <= CMA_AREAS_MAX; i++) {
		snprintf(name, sizeof(name), "pool@%llx", RAM + (64 + 4 * i) * MB);
		pool(name, RAM + (64 + 4 * i) * MB, 4 * MB, NULL);
	}
	scan_areas("cma=4M");
	assert_int_equal(cma_area_count, CMA_AREAS_MAX);
	assert_log("is not lent: it is one area too many");
	assert_log("cma: there is no default area: it is one area too many");
	assert_null(strstr(host_log(), "cma: Reserved"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pools_of_the_tree),
		cmocka_unit_test(claimed_by_others),
		cmocka_unit_test(placed_by_boot),
		cmocka_unit_test(the_argument),
		cmocka_unit_test(too_many),
	};

	if (CMA_AREA_ALIGN != 2 * MB)
		return 0;
	return cmocka_run_group_tests_name("cma_areas", tests, NULL, NULL);
}
