/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks that are taken from owners who can have their contents elsewhere, one by one and where
 * they lie in a range that is to be emptied; the audit asks the owner for each block.
 */
#include "shelf_machine.h"

#include <mm/page_isolation.h>

#define ORDER_MOST	min(2u, (unsigned int)MAX_ORDER)

/* An owner that cannot move anything, and can only do without it. */
MOVABLE_KIND(rack, .owns = shelf_owns, .isolate = shelf_isolate, .drop = shelf_drop,
	     .put_back = shelf_put_back, .describe = shelf_describe);

/* An owner that is not told before there is a block for the contents. */
static int tray_move(const struct movable *at, struct page *dst)
{
	int err = shelf_isolate(at);

	if (err)
		return err;
	err = shelf_migrate(at, dst);
	if (err)
		place_of(at)->isolated = false;
	else
		movable_take_over(dst, pfn_to_page(at->pfn));
	return err;
}

MOVABLE_KIND(tray, .owns = shelf_owns, .move = tray_move, .describe = shelf_describe);

/* proves MV2 */
static void moved_at_once(void **state)
{
	unsigned long pfn, before;
	struct page *first = NULL, *page;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(tray), 2, 0, 21));
	pfn = page_to_pfn(shelf[2].page);
	before = unused();
	shelf[2].pinned = true;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EBUSY);
	shelf[2].pinned = false;
	refuse_copy = -EIO;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EIO);
	refuse_copy = 0;
	pfn_to_page(pfn)->movable_part = 4;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	pfn_to_page(pfn)->movable_part = 2;
	assert_int_equal(unused(), before);
	while ((page = alloc_pages(GFP_MOVABLE | __GFP_NOWARN, 0))) {
		*(struct page **)page_address(page) = first;
		first = page;
	}
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -ENOMEM);
	for (; first; first = page) {
		page = *(struct page **)page_address(first);
		__free_pages(first, 0);
	}
	check_contents(&shelf[2]);
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
	assert_int_not_equal(page_to_pfn(shelf[2].page), pfn);
	assert_int_equal(put_back, 0);
	take_from_shelf(2);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
}

/* proves MV2, MV3 */
static void contents_move(void **state)
{
	struct audit a;

	(void)state;
	boot();
	for (unsigned int order = 0; order <= ORDER_MOST; order++) {
		enum page_state now;
		unsigned long pfn;

		assert_true(put_on_shelf(movable_kind_nr(shelf), order, order, order + 1));
		pfn = page_to_pfn(shelf[order].page);
		drain_local_pages();
		assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
		assert_int_not_equal(page_to_pfn(shelf[order].page), pfn);
		check_contents(&shelf[order]);
		/* MV3: it is as free as one that somebody frees. */
		a = checked();
		now = page_state(pfn_to_page(block_head_pfn(pfn)));
		assert_true(now == PG_BUDDY || (now == PG_PCP && pcp_order(order)));
		assert_int_equal(audit_movable_pages(movable_kind_nr(shelf)),
				 (2u << order) - 1);
		assert_int_equal(a.pages[PG_MOVABLE], (2u << order) - 1);
		/* Nobody owns it there any more. */
		assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	}
	for (unsigned int order = 0; order <= ORDER_MOST; order++)
		take_from_shelf(order);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
	assert_int_equal(audit_movable_pages(MOVABLE_KINDS_MAX), 0);
}

/* Every way in which a block stays: proves MV2. */
static void refused(void **state)
{
	unsigned long pfn, before;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(shelf), 3, 0, 33));
	pfn = page_to_pfn(shelf[3].page);
	before = unused();

	shelf[3].pinned = true;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EBUSY);
	shelf[3].pinned = false;
	refuse_copy = -EBUSY;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EBUSY);
	assert_int_equal(put_back, 1);
	refuse_copy = -EIO;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EIO);
	assert_int_equal(put_back, 2);
	assert_int_equal(page_to_pfn(shelf[3].page), pfn);
	check_contents(&shelf[3]);
	assert_int_equal(unused(), before);

	/* The descriptor says more than is true. */
	pfn_to_page(pfn)->movable_part = 4;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	pfn_to_page(pfn)->movable_part = 3;
	pfn_to_page(pfn)->movable_kind = (u32)(__movable_kinds_end - __movable_kinds_start);
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	pfn_to_page(pfn)->movable_kind = movable_kind_nr(shelf);
	take_from_shelf(3);
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
}

/* No block for the copy: the page stays, or its owner does without. */
static void no_memory(void **state)
{
	struct page *first = NULL, *page;
	unsigned long pfn;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(shelf), 0, 0, 5));
	assert_true(put_on_shelf(movable_kind_nr(rack), 1, 0, 6));
	while ((page = alloc_pages(GFP_MOVABLE | __GFP_NOWARN, 0))) {
		*(struct page **)page_address(page) = first;
		first = page;
	}
	pfn = page_to_pfn(shelf[0].page);
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -ENOMEM);
	assert_int_equal(put_back, 1);
	check_contents(&shelf[0]);
	assert_int_equal(migrate_page(page_to_pfn(shelf[1].page), GFP_NOWAIT), -ENOMEM);
	let_drop = true;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
	assert_null(shelf[0].page);
	assert_int_equal(migrate_page(page_to_pfn(shelf[1].page), GFP_NOWAIT), 0);
	assert_null(shelf[1].page);
	for (; first; first = page) {
		page = *(struct page **)page_address(first);
		__free_pages(first, 0);
	}
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
}

/* A block whose owner knows nothing of it is found, and its frame is named: proves MV1. */
static void audit_asks_the_owner(void **state)
{
	unsigned long pfn;
	struct audit a;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(shelf), 9, 0, 1));
	pfn = page_to_pfn(shelf[9].page);
	pfn_to_page(pfn)->movable_owner++;
	assert_int_equal(machine_audit(&a, say, NULL), 1);
	assert_int_equal(first_fault_pfn, pfn);
	assert_string_equal(movable_fault(pfn),
			    "MV1: the owner of a movable block does not know it");
	pfn_to_page(pfn)->movable_owner--;
	pfn_to_page(pfn)->movable_kind = ~0u;
	assert_int_equal(machine_audit(&a, say, NULL), 1);
	assert_string_equal(movable_fault(pfn), "MV1: a movable block names no kind of owners");
	pfn_to_page(pfn)->movable_kind = movable_kind_nr(shelf);
	/* Freed as it is, it stops the machine. */
	assert_int_not_equal(HOST_TRY(__free_pages(shelf[9].page, 0)), HOST_RAN_ON);
	assert_non_null(strstr(host_stop_text(), "A2: "));
	arch_local_irq_enable();
	take_from_shelf(9);
	checked();
}

static void words(void **state)
{
	char text[64];
	unsigned long pfn;

	(void)state;
	boot();
	assert_true(put_on_shelf(movable_kind_nr(shelf), 9, 0, 1));
	pfn = page_to_pfn(shelf[9].page);
	movable_describe(pfn, text, sizeof(text));
	assert_string_equal(text, "shelf: place 9");
	movable_describe(pfn, text, 4);
	assert_string_equal(text, "she");
	take_from_shelf(9);
	drain_local_pages();
	movable_describe(block_head_pfn(pfn), text, sizeof(text));
	assert_string_equal(text, "free in the buddy");
	assert_string_equal(page_state_name(PG_MOVABLE), "movable");
}

/* ---- ranges ---- */

#define PB_PAGES	pageblock_nr_pages

/* The pageblocks from start_pfn on that shelf pages lie in. */
static unsigned long shelf_start(void)
{
	unsigned long first = ~0ul;

	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page)
			first = min(first, page_to_pfn(shelf[part].page));
	return ALIGN_DOWN(first, PB_PAGES);
}

static unsigned long shelf_end(void)
{
	unsigned long last = 0;

	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page)
			last = max(last, page_to_pfn(shelf[part].page));
	return ALIGN_DOWN(last, PB_PAGES) + PB_PAGES;
}

/* Takes pages until the next one lies in a pageblock that can be isolated: boot keeps some of the
 * others. */
static void use_up_odd_pageblocks(void)
{
	struct page_obstacle o;
	struct page *page;
	unsigned long pfn;

	for (;;) {
		page = alloc_pages(GFP_MOVABLE, 0);
		assert_non_null(page);
		pfn = ALIGN_DOWN(page_to_pfn(page), PB_PAGES);
		if (start_isolate_page_range(pfn, pfn + PB_PAGES, &o) == 0)
			break;
	}
	undo_isolate_page_range(pfn, pfn + PB_PAGES);
	__free_pages(page, 0);
}

/* Fills the shelf and isolates where it lies; every second page is given back at once. A block as
 * large as a pageblock is no piece of one, and could not be isolated. */
static void fill_and_isolate(unsigned long *start, unsigned long *end)
{
	unsigned int most = ORDER_MOST, orders = min(most + 1, (unsigned int)pageblock_order);

	struct page_obstacle o;

	boot();
	use_up_odd_pageblocks();
	for (unsigned int part = 0; part < PLACES; part++)
		assert_true(put_on_shelf(movable_kind_nr(shelf), part, part % orders,
					 part + 1));
	*start = shelf_start();
	*end = shelf_end();
	assert_int_equal(start_isolate_page_range(*start, *end, &o), 0);
	for (unsigned int part = 1; part < PLACES; part += 2)
		take_from_shelf(part);
}

/* Each frame is free and isolated: proves EV1. */
static void check_evacuated(unsigned long pfn, unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++) {
		const struct page *head = pfn_to_page(block_head_pfn(pfn));

		assert_int_equal(page_state(head), PG_BUDDY);
		assert_true(pageblock_is_isolated(pfn));
	}
}

/* proves EV1 */
static void a_range_is_emptied(void **state)
{
	unsigned long start, end, before;
	struct page_obstacle o;

	(void)state;
	fill_and_isolate(&start, &end);
	before = unused();
	assert_int_equal(evacuate_range(start, end, GFP_NOWAIT, &o), 0);
	check_evacuated(start, end);
	assert_int_equal(unused(), before);
	for (unsigned int part = 0; part < PLACES; part += 2) {
		unsigned long pfn = page_to_pfn(shelf[part].page);

		check_contents(&shelf[part]);
		assert_false(pfn >= start && pfn < end);
		take_from_shelf(part);
	}
	undo_isolate_page_range(start, end);
	checked();
}

static void expect_obstacle(unsigned long start, unsigned long end, int err, unsigned long pfn,
			    const char *what)
{
	struct page_obstacle o;

	assert_int_equal(evacuate_range(start, end, GFP_NOWAIT, &o), err);
	assert_int_equal(o.pfn, pfn);
	assert_string_equal(o.what, what);
}

/* The page that stays is named; every other page is where it was, or has moved. */
static void a_range_with_obstacles(void **state)
{
	unsigned long start, end;
	struct place p;

	(void)state;
	fill_and_isolate(&start, &end);
	shelf[8].pinned = true;
	expect_obstacle(start, end, -EBUSY, page_to_pfn(shelf[8].page), "shelf: place 8");
	shelf[8].pinned = false;
	/* Its owner is not known yet, or never will be. */
	p = shelf[8];
	page_unmake_movable(p.page);
	expect_obstacle(start, end, -EBUSY, page_to_pfn(p.page), "allocated");
	page_become(p.page, PG_STACK);
	expect_obstacle(start, end, -EBUSY, page_to_pfn(p.page), "CPU stack");
	page_become(p.page, PG_ALLOCATED);
	/* The descriptor promises a page that its owner does not give: the range is looked at so
	 * many times, and no more. */
	page_make_movable(p.page, movable_kind_nr(shelf), OWNER, PLACES - 1);
	expect_obstacle(start, end, -EBUSY, page_to_pfn(p.page), "shelf: place 63, once");
	p.page->movable_part = 8;
	checked();
	refuse_copy = -ENOMEM;
	expect_obstacle(start, end, -ENOMEM, page_to_pfn(p.page), "shelf: place 8");
	refuse_copy = 0;
	for (unsigned int part = 0; part < PLACES; part += 2)
		check_contents(&shelf[part]);
	a_range_is_emptied(NULL);
}

static struct random_plan plan;

static void random_step(struct rng *rng)
{
	unsigned int part = (unsigned int)rng_below(rng, PLACES);
	struct place *p = &shelf[part];
	struct page *was = p->page;

	if (!was) {
		put_on_shelf(rng_below(rng, 4) ? movable_kind_nr(shelf) : movable_kind_nr(rack),
			     part, (unsigned int)rng_below(rng, ORDER_MOST + 1), rng_next(rng));
		return;
	}
	if (!rng_below(rng, 4)) {
		take_from_shelf(part);
		return;
	}
	p->pinned = !rng_below(rng, 8);
	refuse_copy = rng_below(rng, 8) ? 0 : -EBUSY;
	let_drop = !rng_below(rng, 16);
	if (migrate_page(page_to_pfn(was), GFP_NOWAIT)) {
		assert_ptr_equal(p->page, was);
		assert_false(p->isolated);
	}
	if (p->page)
		check_contents(p);
}

static void random_moves(void **state)
{
	struct rng rng = { plan.seed };

	(void)state;
	boot();
	for (u64 i = 0; i < plan.operations; i++) {
		random_step(&rng);
		if (i % 512 == 0)
			checked();
	}
	for (unsigned int part = 0; part < PLACES; part++)
		if (shelf[part].page)
			take_from_shelf(part);
	assert_int_equal(checked().pages[PG_MOVABLE], 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_move),
		cmocka_unit_test(moved_at_once),
		cmocka_unit_test(refused),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(audit_asks_the_owner),
		cmocka_unit_test(words),
		cmocka_unit_test(a_range_is_emptied),
		cmocka_unit_test(a_range_with_obstacles),
		cmocka_unit_test(random_moves),
	};

	plan = random_plan(argc, argv, 10000, 1000000);
	return cmocka_run_group_tests_name("movable", tests, NULL, NULL);
}
