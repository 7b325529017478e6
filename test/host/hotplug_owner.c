/* SPDX-License-Identifier: BSD-2-Clause */
/* A section that comes online brings the records of who asks for its pages along, cleared, and they
 * go with it. */
#include "pages_map.h"

#include <kernel/errno.h>
#include <mm/memblock.h>
#include <mm/memory_hotplug.h>
#include <mm/page_owner.h>
#include <mm/slab.h>

#define SECTION_PFN	((GB(2) + MB(16)) / FRAME)
#define BLOCKS_MOST	(MB(64) / FRAME)

static const struct map with_a_section = {
	.banks = { { GB(2), MB(64) } }, .cmdline = "memhp=16M@0x81000000",
};

static unsigned long record_frames(void)
{
	map_audit();
	for (u32 nr = 0; nr < mem_owner_count(); nr++)
		if (!strcmp(mem_owner_name(nr), PAGE_OWNER_NAME))
			return audit_owner_pages(nr);
	return 0;
}

/* proves PO1 */
static void records_come_and_go(void **state)
{
	static struct page *pages[BLOCKS_MOST];
	const struct page_owner *o;
	unsigned long before, pfn;
	struct page_obstacle obstacle;
	unsigned int nr = 0;

	(void)state;
	map_boot(&with_a_section);
	kmem_cache_init();
	before = record_frames();
	assert_int_not_equal(before, 0);
	for (int round = 0; round < 2; round++) {
		assert_null(page_owner_of(SECTION_PFN));
		assert_int_equal(online_pages(SECTION_PFN), 0);
		assert_int_equal(record_frames(),
				 before + DIV_ROUND_UP(PAGES_PER_SECTION * PAGE_OWNER_BYTES,
						       PAGE_SIZE));
		do {
			pages[nr] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
			assert_non_null(pages[nr]);
			pfn = page_to_pfn(pages[nr++]);
		} while (pfn - SECTION_PFN >= PAGES_PER_SECTION);
		o = page_owner_of(pfn);
		assert_non_null(o);
		assert_true(o->stack[0] - (u32)(unsigned long)records_come_and_go < 4096);
		assert_int_equal(page_owner_of(SECTION_PFN)->time_us, 0);
		assert_int_equal(offline_pages(SECTION_PFN, 1, &obstacle), -EBUSY);
		while (nr)
			__free_pages(pages[--nr], 0);
		assert_int_equal(offline_pages(SECTION_PFN, 1, &obstacle), 0);
		assert_int_equal(record_frames(), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
