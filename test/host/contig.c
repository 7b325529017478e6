/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous memory: areas are free, lent, and taken back, by an owner made up here whose pages
 * move. Each page holds a pattern of its own. After each case all memory is back as it was.
 */
#include <kernel/errno.h>
#include <mm/cma.h>
#include <mm/page_isolation.h>

#define PLACES		(1u << 15)
#include "audit_lines.h"
#include "mm/page/special.h"
#include "shelf.h"

/* ---- pages that move ---- */

static unsigned int nr_places;
static struct random_plan plan;		/* of the calls for a lent area */

static void put_page(struct page *page)
{
	assert_true(nr_places < PLACES);
	shelve(page, movable_kind_nr(shelf), nr_places, 0, nr_places);
	nr_places++;
}

/* Movable pages until so many are free. */
static void lend_until(unsigned long left)
{
	while (!left || nr_free_pages() > left) {
		struct page *page = alloc_pages(GFP_MOVABLE | __GFP_NOWARN | __GFP_MEMALLOC, 0);

		if (!page)
			break;
		put_page(page);
	}
}

/* Every page of the areas is lent, and others are free: what does not lie in one goes back. */
static void lend_area(void)
{
	unsigned int i, kept = 0;

	lend_until(0);
	for (i = 0; i < nr_places; i++) {
		struct place p = shelf[i];

		page_unmake_movable(p.page);
		if (page_to_pfn(p.page) - cma_areas[0].base_pfn >= cma_areas[0].pages) {
			__free_page(p.page);
			continue;
		}
		shelf[kept] = p;
		page_make_movable(p.page, movable_kind_nr(shelf), OWNER, kept++);
	}
	nr_places = kept;
	drain_all_cpus();
}

static void check_shelf(void)
{
	for (unsigned int i = 0; i < nr_places; i++)
		if (shelf[i].page)
			check_contents(&shelf[i]);
}

static void empty_shelf(void)
{
	while (nr_places) {
		if (shelf[--nr_places].page)
			take_from_shelf(nr_places);
	}
	drain_all_cpus();
}

/* ---- the machine ---- */

static unsigned long free_after_boot;

/* 64 MiB with an area of 16 MiB in the middle. */
static const struct cma_area *boot_with_area(void)
{
	static const struct map map = {
		.banks = { { GB(2), MB(64) } },
		.area = { GB(2) + MB(32), MB(16) },
	};

	if (CMA_AREA_ALIGN > MB(4))
		skip();
	nr_places = 0;
	clear_shelf();
	map_boot(&map);
	assert_int_equal(cma_init(), 0);
	drain_all_cpus();
	free_after_boot = nr_free_pages();
	return &cma_areas[0];
}

static struct cma_usage all_is_back(void)
{
	const struct zone *zone;
	struct cma_usage u;

	drain_all_cpus();
	u = cma_usage(0);
	map_audit();
	assert_null(pageblock_rules());
	for_each_populated_zone(zone)
		assert_int_equal(zone_nr_special(zone, MIGRATE_ISOLATE), 0);
	assert_int_equal(nr_free_pages(), free_after_boot);
	assert_int_equal(u.taken_pages, 0);
	assert_int_equal(u.free_pages, cma_areas[0].pages);
	return u;
}

static unsigned long take(unsigned long pages, unsigned int align_order)
{
	struct page_obstacle o;
	struct page *page = cma_alloc_from(0, pages, align_order, &o);

	if (!page)
		fail_msg("%lu pages: %s", pages, o.what);
	assert_int_equal(page_to_pfn(page) & ((1ul << align_order) - 1), 0);
	map_audit();
	assert_null(pageblock_rules());
	return page_to_pfn(page);
}

static void give(unsigned long pfn, unsigned long pages)
{
	assert_true(cma_release(pfn_to_page(pfn), pages));
	map_audit();
	assert_null(pageblock_rules());
}

static void not_to_be_had(unsigned long pages, const char *what)
{
	unsigned long free, used = cma_usage(0).taken_pages;
	struct page_obstacle o;

	drain_all_cpus();
	free = nr_free_pages();
	assert_null(cma_alloc_from(0, pages, 0, &o));
	assert_string_equal(o.what, what);
	drain_all_cpus();
	assert_int_equal(nr_free_pages(), free);
	assert_int_equal(cma_usage(0).taken_pages, used);
	map_audit();
	assert_null(pageblock_rules());
}

/* ---- cases ---- */

/* proves H2, CM1 */
static void a_free_area(void **state)
{
	static const unsigned long sizes[] = { 1, 2, 3, 7, 64, 511, 512, 513, 1000, 1024, 1025,
					       4096 };
	const struct cma_area *area = boot_with_area();
	unsigned long pfns[ARRAY_SIZE(sizes)];

	(void)state;
	assert_int_equal(total_cma_pages(), area->pages);
	assert_int_equal(main_zone()->cma_pages, area->pages);
	assert_int_equal(cma_usage(0).free_pages, area->pages);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		pfns[0] = take(sizes[i], 0);
		assert_int_equal(pfns[0], area->base_pfn);
		assert_int_equal(cma_usage(0).taken_pages, sizes[i]);
		give(pfns[0], sizes[i]);
		all_is_back();
	}
	/* Takes several ranges, each at its alignment, and gives them back from the middle on. */
	for (size_t i = 0; i < 6; i++)
		pfns[i] = take(sizes[i], i);
	for (size_t i = 0; i < 6; i++)
		give(pfns[(i + 3) % 6], sizes[(i + 3) % 6]);
	all_is_back();
	/* In parts. */
	pfns[0] = take(1024, 10);
	give(pfns[0] + 3, 100);
	assert_false(cma_release(pfn_to_page(pfns[0] + 3), 1));
	give(pfns[0] + 103, 921);
	give(pfns[0], 3);
	all_is_back();
}

/* proves K7 */
static void nobody_else_gets_it(void **state)
{
	static const gfp_t others[] = { GFP_NOWAIT, GFP_ATOMIC, __GFP_RECLAIMABLE,
					GFP_ATOMIC | __GFP_MEMALLOC };
	const struct cma_area *area = boot_with_area();
	unsigned int lent = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		for (unsigned int order = 0; order <= CONFIG_MAX_ORDER; order++)
			take_all(others[i], order);
	for (unsigned int i = 0; i < nr_taken; i++)
		assert_true(page_to_pfn(taken[i]) - area->base_pfn >= area->pages);
	assert_int_equal(cma_usage(0).free_pages, area->pages);
	for (unsigned int i = 0; i < nr_taken; i++)
		__free_pages(taken[i], page_order(taken[i]));
	nr_taken = 0;
	all_is_back();
	/* Larger movable blocks do not come from the area either; single pages do, until it is
	 * empty. */
	for (unsigned int order = 1; order <= CONFIG_MAX_ORDER; order++)
		take_all(GFP_MOVABLE | __GFP_MEMALLOC, order);
	assert_int_equal(cma_usage(0).free_pages, area->pages);
	take_all(GFP_MOVABLE, 0);
	for (unsigned int i = 0; i < nr_taken; i++)
		lent += page_to_pfn(taken[i]) - area->base_pfn < area->pages;
	assert_int_equal(lent, area->pages);
	map_audit();
	assert_null(pageblock_rules());
	for (unsigned int i = 0; i < nr_taken; i++)
		__free_pages(taken[i], page_order(taken[i]));
	nr_taken = 0;
	all_is_back();
}

/* A movable page of the zone with the area; a zone for such pages alone is emptied first. */
static struct page *movable_page(void)
{
	struct page *page = alloc_pages(GFP_MOVABLE, 0);

	for (; page && page_zone(page) != main_zone(); page = alloc_pages(GFP_MOVABLE, 0))
		taken[nr_taken++] = page;
	assert_non_null(page);
	return page;
}

/* A movable page comes from CMA when more is free there than elsewhere, or when the zone has
 * nothing above the mark. */
static void lent_first(void **state)
{
	const struct cma_area *area = boot_with_area();
	struct page *page = movable_page();

	(void)state;
	assert_true(page_to_pfn(page) - area->base_pfn >= area->pages);
	__free_page(page);
	while (main_zone()->nr_free_pages + 64 >= area->pages)
		taken[nr_taken++] = alloc_pages(GFP_NOWAIT, 0);
	drain_all_cpus();
	page = movable_page();
	assert_true(page_to_pfn(page) - area->base_pfn < area->pages);
	__free_page(page);
	take_all(GFP_NOWAIT, 0);
	assert_int_equal(cma_usage(0).free_pages, area->pages - pcp_pages(main_zone()));
	page = movable_page();
	assert_true(page_to_pfn(page) - area->base_pfn < area->pages);
	__free_page(page);
	give_all(0);
	all_is_back();
}

static void a_lent_area(void **state)
{
	static const unsigned long sizes[] = { 1, 7, 512, 700, 1024, 3000 };

	(void)state;
	boot_with_area();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned long pfn;

		lend_area();
		assert_int_equal(cma_usage(0).free_pages, 0);
		pfn = take(sizes[i], 0);
		check_shelf();
		memset(page_address(pfn_to_page(pfn)), 0x55, sizes[i] * PAGE_SIZE);
		check_shelf();
		give(pfn, sizes[i]);
		empty_shelf();
		all_is_back();
	}
}

/* The whole area twice, contents intact. */
static void taken_back_twice(void **state)
{
	const struct cma_area *area = boot_with_area();

	(void)state;
	lend_area();
	for (int i = 0; i < 2; i++) {
		unsigned long pfn = take(area->pages, 0);

		check_shelf();
		not_to_be_had(1, "no range is left");
		give(pfn, area->pages);
	}
	empty_shelf();
	assert_int_equal(all_is_back().failures, 2);
}

/* A page of the shelf that is not the area's goes back; the last one gets its place. */
static void give_one_outside(const struct cma_area *area, struct rng *rng)
{
	unsigned int nr, last = nr_places - 1;
	struct place p = shelf[last];

	do {
		nr = (unsigned int)rng_below(rng, nr_places);
	} while (page_to_pfn(shelf[nr].page) - area->base_pfn < area->pages);
	take_from_shelf(nr);
	nr_places--;
	if (nr == last)
		return;
	page_unmake_movable(p.page);
	shelf[last].page = NULL;
	shelf[nr] = p;
	page_make_movable(p.page, movable_kind_nr(shelf), OWNER, nr);
}

/* All pages of the area go to the shelf, and from there as many others back that the contents of so
 * many pages have room elsewhere. */
static void lend_again(const struct cma_area *area, struct rng *rng, unsigned long pages)
{
	const struct zone *zone = main_zone();
	unsigned long free;

	while ((free = cma_usage(0).free_pages)) {
		while (free-- > 0)
			put_page(alloc_pages(GFP_MOVABLE, 0));
		drain_all_cpus();
	}
	while (zone->nr_free_pages < zone->watermark[WMARK_LOW] + pages + 64) {
		for (unsigned int i = 0; i < 32; i++)
			give_one_outside(area, rng);
		drain_all_cpus();
	}
}

/* The area is lent to its last page each time, at random places; each call gets its pages, and the
 * contents are elsewhere. */
static void a_thousand_times(void **state)
{
	const struct cma_area *area = boot_with_area();
	const unsigned long pages = MB(4) / FRAME;
	struct rng rng = { plan.seed };
	struct page_obstacle o;

	(void)state;
	lend_until(0);
	lend_again(area, &rng, pages);
	for (unsigned int i = 0; i < plan.operations; i++) {
		struct page *page;

		assert_int_equal(cma_usage(0).free_pages, 0);
		page = cma_alloc_from(0, pages, i % 11, &o);
		if (!page)
			fail_msg("call %u: %s", i, o.what);
		memset(page_address(page), 0x55, pages * PAGE_SIZE);
		assert_true(cma_release(page, pages));
		lend_again(area, &rng, pages);
	}
	assert_int_equal(cma_usage(0).failures, 0);
	check_shelf();
	empty_shelf();
	all_is_back();
}

/* proves CR1, CR2, CM2 */
static void a_pin_is_named(void **state)
{
	const struct cma_area *area = boot_with_area();
	unsigned long pfn;

	(void)state;
	lend_area();
	for (unsigned int i = 0; i < nr_places; i++)
		if (page_to_pfn(shelf[i].page) == area->base_pfn + 3000) {
			shelf[i].pinned = true;
			char wanted[40];

			snprintf(wanted, sizeof(wanted), "shelf: place %u", i);
			/* The second chunk of 4 MiB is taken already, and goes back. */
			not_to_be_had(area->pages, wanted);
			/* What fits beside the pin is had. */
			pfn = take(900, 0);
			assert_int_equal(pfn, area->base_pfn);
			give(pfn, 900);
			pfn = take(1050, 0);
			assert_int_equal(pfn, area->base_pfn);
			give(pfn, 1050);
			shelf[i].pinned = false;
			break;
		}
	check_shelf();
	empty_shelf();
	all_is_back();
	/* A page whose owner does not say that it moves. */
	while ((pfn = page_to_pfn(taken[nr_taken++] = alloc_pages(GFP_MOVABLE, 0))) -
	       area->base_pfn >= area->pages)
		;
	not_to_be_had(area->pages, "allocated");
	give_all(0);
	all_is_back();
}

/* The frames behind a pin are tried from the next one on, to the area's last. */
static void right_behind_a_pin(void **state)
{
	const struct cma_area *area = boot_with_area();
	unsigned int pinned = 0;
	unsigned long pfn;

	(void)state;
	lend_area();
	while (page_to_pfn(shelf[pinned].page) != area->base_pfn + 1000)
		pinned++;
	shelf[pinned].pinned = true;
	pfn = take(area->pages - 1001, 0);
	assert_int_equal(pfn, area->base_pfn + 1001);
	give(pfn, area->pages - 1001);
	shelf[pinned].pinned = false;
	check_shelf();
	empty_shelf();
	all_is_back();
}

static void no_room(void **state)
{
	const struct cma_area *area = boot_with_area();
	unsigned long pfn;

	(void)state;
	lend_until(0);
	not_to_be_had(1, CMA_NO_ROOM);
	/* A page that can be dropped needs none. */
	let_drop = true;
	pfn = take(64, 0);
	assert_int_equal(pfn, area->base_pfn);
	check_shelf();
	give(pfn, 64);
	let_drop = false;
	empty_shelf();
	lend_area();
	refuse_copy = -ENOMEM;
	not_to_be_had(2000, CMA_NO_ROOM);
	refuse_copy = 0;
	empty_shelf();
	all_is_back();
}

/* Frames of no area, wherever they can be had. */
static void pages_of_any_place(void **state)
{
	const struct cma_area *area = boot_with_area();
	struct page_obstacle o;
	struct page *page;
	unsigned long pfn;
	int err;

	(void)state;
	page = alloc_contig_pages(1500, GFP_KERNEL);
	assert_non_null(page);
	map_audit();
	assert_null(pageblock_rules());
	pfn = page_to_pfn(page);
	assert_true(pfn - area->base_pfn >= area->pages);
	assert_int_equal(alloc_contig_range(pfn, pfn + 1, GFP_KERNEL, &o), -EBUSY);
	assert_string_equal(o.what, "allocated");
	free_contig_range(pfn, 1500);
	all_is_back();
	assert_null(alloc_contig_pages(MB(64) / FRAME, GFP_KERNEL));
	assert_int_equal(alloc_contig_range(map_end_pfn(), map_end_pfn() + 8, GFP_KERNEL, &o),
			 -EINVAL);
	assert_string_equal(o.what, "no RAM");
	/* The last frames are RAM: boot has taken them, or they are free. */
	err = alloc_contig_range(map_end_pfn() - 3, map_end_pfn(), GFP_KERNEL, &o);
	assert_true(err == -EBUSY || !err);
	if (!err)
		free_contig_range(map_end_pfn() - 3, 3);
	all_is_back();
	/* Pageblocks in use are passed by; a free area is no place for others. */
	page = alloc_contig_pages(pageblock_nr_pages, GFP_KERNEL);
	page = alloc_contig_pages(pageblock_nr_pages, GFP_KERNEL);
	assert_non_null(page);
	nr_taken = 0;
	take_all(GFP_NOWAIT | __GFP_MEMALLOC, 0);	/* the marks may keep a small one */
	assert_null(alloc_contig_pages(pageblock_nr_pages, GFP_KERNEL));
	assert_int_equal(cma_usage(0).free_pages, area->pages);
}

/* A pageblock in a free block that is as large, outside of the area. */
static unsigned long free_pageblock(const struct cma_area *area)
{
	unsigned long pfn = ALIGN_UP(main_zone()->zone_start_pfn, pageblock_nr_pages);

	while (page_state(pfn_to_page(block_head_pfn(pfn))) != PG_BUDDY ||
	       page_order(pfn_to_page(block_head_pfn(pfn))) < pageblock_order ||
	       pfn - area->base_pfn < area->pages)
		pfn += pageblock_nr_pages;
	return pfn;
}

/* Frames by number: out of the middle of a block, and what nobody can have. */
static void frames_by_number(void **state)
{
	const unsigned long pfn = free_pageblock(boot_with_area());
	static const gfp_t patience[] = { GFP_NOWAIT, GFP_KERNEL };
	struct page_obstacle o;
	struct page *page;

	(void)state;
	for (unsigned long at = 0; at < 8; at++) {
		assert_int_equal(alloc_contig_range(pfn + at, pfn + 9, GFP_NOWAIT, &o), 0);
		assert_int_equal(page_state(pfn_to_page(pfn + at)), PG_ALLOCATED);
		map_audit();
		assert_null(pageblock_rules());
		free_contig_range(pfn + at, 9 - at);
	}
	all_is_back();
	assert_null(alloc_contig_pages(0, GFP_KERNEL));
	/* Nobody has made a movable page of it yet, or ever. */
	page = alloc_pages(GFP_MOVABLE, 0);
	assert_non_null(page);
	for (size_t i = 0; i < ARRAY_SIZE(patience); i++) {
		unsigned long taken_pfn = page_to_pfn(page);

		assert_int_equal(alloc_contig_range(taken_pfn, taken_pfn + 1, patience[i], &o),
				 -EBUSY);
		assert_int_equal(o.pfn, taken_pfn);
		assert_string_equal(o.what, "allocated");
	}
	__free_pages(page, 0);
	all_is_back();
	/* Somebody else has set it aside. */
	assert_int_equal(start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o), 0);
	assert_int_equal(alloc_contig_range(pfn, pfn + 1, GFP_KERNEL, &o), -EBUSY);
	undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
	all_is_back();
}

/* The last pageblock before a hole is as good as any. */
static void up_to_a_hole(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(128) }, { GB(2) + MB(256), MB(64) } },
	};
	const unsigned long last_pfn = (GB(2) + MB(128)) / FRAME - 1;

	(void)state;
	map_boot(&map);
	while (alloc_contig_pages(pageblock_nr_pages, GFP_KERNEL))
		;
	assert_int_equal(page_state(pfn_to_page(block_head_pfn(last_pfn))), PG_ALLOCATED);
	map_audit();
	assert_null(pageblock_rules());
}

/* Every page may move by what is known of it, and none does when it is tried. */
static void pinned_everywhere(void **state)
{
	(void)state;
	boot_with_area();
	lend_until(0);
	for (unsigned int i = 0; i < nr_places; i++)
		shelf[i].pinned = true;
	assert_null(alloc_contig_pages(pageblock_nr_pages, GFP_KERNEL));
	for (unsigned int i = 0; i < nr_places; i++)
		shelf[i].pinned = false;
	check_shelf();
	empty_shelf();
	all_is_back();
}

/* The area stays reserved for movable pages, and serves nobody else. */
static void no_memory_for_the_books(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(64) } },
		.area = { GB(2) + MB(32), MB(16) },
	};
	struct page_obstacle o;

	(void)state;
	if (CMA_AREA_ALIGN > MB(4))
		skip();
	map_boot(&map);
	take_all(GFP_NOWAIT | __GFP_MEMALLOC, 0);
	assert_int_equal(cma_init(), 0);
	assert_non_null(strstr(host_log(), "cannot be used: no memory for its books"));
	assert_null(cma_alloc_from(0, 1, 0, &o));
	assert_false(cma_release(pfn_to_page(cma_areas[0].base_pfn), 1));
	assert_int_equal(cma_usage(0).free_pages, cma_areas[0].pages);
	give_all(0);
	map_audit();
}

static void misuse(void **state)
{
	const struct cma_area *area = boot_with_area();
	struct page_obstacle o;
	unsigned long pfn;

	(void)state;
	assert_null(cma_alloc_from(1, 1, 0, &o));
	assert_null(cma_alloc_from(0, 0, 0, &o));
	not_to_be_had(area->pages + 1, "no range is left");
	assert_false(cma_release(pfn_to_page(area->base_pfn), 1));
	assert_false(cma_release(pfn_to_page(area->base_pfn - 1), 1));
	pfn = take(4, 0);
	assert_false(cma_release(pfn_to_page(pfn), 5));
	give(pfn, 4);
	all_is_back();
	assert_int_equal(HOST_TRY(free_contig_range(area->base_pfn, 1)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "CR1: frame"));
}

/* proves CM1 */
static void the_default_area(void **state)
{
	const struct cma_area *area = boot_with_area();
	struct page *page = cma_alloc(3, 0);

	(void)state;
	assert_int_equal(page_to_pfn(page), area->base_pfn);
	assert_true(cma_release(page, 3));
	all_is_back();
	assert_null(cma_alloc(area->pages + 1, 0));
	assert_non_null(strstr(host_log(), "cma: cma_alloc: camera: alloc failed, req-size: 4097 "
					   "pages: no range is left"));
	cma_areas[0].is_default = false;
	assert_null(cma_alloc(2, 0));
	assert_non_null(strstr(host_log(), "alloc failed, req-size: 2 pages: there is no such area"));
	/* The second area is the default one, and serves nobody, because it has no books. */
	cma_areas[1] = (struct cma_area){ .name = "second", .base_pfn = area->base_pfn,
					  .pages = area->pages, .is_default = true };
	cma_area_count = 2;
	assert_null(cma_alloc(5, 0));
	assert_non_null(strstr(host_log(), "cma: cma_alloc: second: alloc failed, req-size: 5 "));
	cma_area_count = 0;
	assert_null(cma_alloc(1, 0));
	assert_non_null(strstr(host_log(), "alloc failed, req-size: 1 pages: there is no such area"));
}

/* One reservation holds both. */
static void two_areas(void **state)
{
	static const struct map map = {
		.banks = { { GB(2), MB(64) } },
		.area = { GB(2) + MB(32), MB(8) },
	};

	(void)state;
	if (CMA_AREA_ALIGN > MB(4) || IS_ENABLED(CONFIG_ZONE_MOVABLE))
		skip();
	map_prepare(&map);
	assert_int_equal(memblock_reserve_owner(GB(2) + MB(40), MB(8), "camera"), 0);
	cma_areas[1] = (struct cma_area){ .name = "second", .pages = MB(8) / FRAME,
					  .base_pfn = (GB(2) + MB(40)) / FRAME };
	cma_area_count = 2;
	boot_page_allocator(1);
	/* The books are made of memory that somebody else has written to. */
	take_all(GFP_NOWAIT, 0);
	for (unsigned int i = 0; i < nr_taken; i++)
		memset(page_address(taken[i]), 0xff, PAGE_SIZE);
	give_all(0);
	assert_int_equal(cma_init(), 0);
	for (unsigned int nr = 0; nr < 2; nr++) {
		struct page_obstacle o;

		assert_int_equal(cma_usage(nr).free_pages, MB(8) / FRAME);
		assert_ptr_equal(cma_alloc_from(nr, 7, 0, &o), pfn_to_page(cma_areas[nr].base_pfn));
	}
	assert_int_equal(cma_usage(0).taken_pages, 7);
	assert_int_equal(cma_usage(1).taken_pages, 7);
	map_audit();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_free_area),
		TEST(nobody_else_gets_it),
		TEST(lent_first),
		TEST(a_lent_area),
		TEST(taken_back_twice),
		TEST(a_thousand_times),
		TEST(a_pin_is_named),
		TEST(right_behind_a_pin),
		TEST(no_room),
		TEST(pages_of_any_place),
		TEST(frames_by_number),
		TEST(up_to_a_hole),
		TEST(pinned_everywhere),
		TEST(no_memory_for_the_books),
		TEST(misuse),
		TEST(the_default_area),
		TEST(two_areas),
	};

	plan = random_plan(argc, argv, 1000, 10000);
	return cmocka_run_group_tests_name("contig", tests, NULL, NULL);
}
