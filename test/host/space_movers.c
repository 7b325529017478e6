/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who moves pages of programs meets those who have their address spaces: on CPUs whose steps are
 * chosen, and one step at a time.
 */
#include "common/audit.h"
#include "common/play.h"

#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/page_holder.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/page/internal.h"
#include "mm/vm/spaces.h"

#define AT		0x40000000ul
#define PAGES		64u
#define SAME		CONFIG_SHELL_PRIORITY
/* So many spaces stay when they end. */
#define SPARES		2u
#define SHORT_US	100u
/* Nobody waits so long for a space. */
#define LONG_US		60000u

static struct address_space *s;
static struct address_space *kept;	/* whose lock another thread has for a while */
static struct completion locked;

static uintptr_t va_of(unsigned int i)
{
	return AT + i * PAGE_SIZE;
}

static u64 word(unsigned int i)
{
	u64 value = 0;

	assert_int_equal(space_read(s, va_of(i), &value, sizeof(value)), 0);
	return value;
}

static unsigned long pfn_at(unsigned int i)
{
	return leaf_pfn(*user_slot(s, va_of(i), false));
}

/* Each page has its number as its first word. */
static void make_space(void)
{
	s = space_create();
	assert_non_null(s);
	s->mmap_top = USER_TOP - PAGE_SIZE;
	assert_int_equal(space_map(s, &(struct map_request){
		.start = AT, .bytes = PAGES * PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.fixed = true }), AT);
	for (u64 i = 0; i < PAGES; i++)
		assert_int_equal(space_write(s, va_of((unsigned int)i), &i, sizeof(i)), 0);
}

static void begin(void)
{
	boot_ram(64ul << 20, 1);
	kmem_cache_init();
	make_space();
}

static void all_is_well(void)
{
	assert_null(spaces_validate());
	assert_int_equal(audit_errors(NULL), 0);
	for (unsigned int i = 0; i < PAGES; i++)
		assert_int_equal(word(i), i);
}

static void end(void)
{
	all_is_well();
	space_put(s);
	assert_int_equal(audit_errors(NULL), 0);
}

/* ---- one step at a time ---- */

/* Another thread has the space's lock, or nobody. */
static void hold(bool held)
{
	static struct thread other;

	s->lock.owner = held ? (unsigned long)&other : 0;
}

/* proves UM1: an entry that is gone is an error, unless somebody is in the middle of a change; and
 * so is the number of a space that there cannot be. */
static void the_audit_waits_for_changes(void **state)
{
	struct page *page;
	u64 *slot, entry;
	u32 owner;

	(void)state;
	begin();
	slot = user_slot(s, va_of(3), false);
	entry = *slot;
	page = pfn_to_page(leaf_pfn(entry));
	hold(true);
	*slot = 0;
	assert_int_equal(audit_errors(NULL), 0);
	hold(false);
	assert_true(audit_errors(NULL) > 0);
	*slot = entry;
	owner = page->movable_owner;
	page->movable_owner = user_place(CONFIG_MAX_PROCESSES + 5, va_of(3)).owner;
	/* The page is found all the same, wherever its descriptor says that it is likely. */
	assert_int_equal(audit_errors(NULL), 0);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), 0);
	page = pfn_to_page(pfn_at(3));
	page->movable_owner = owner;
	end();
}

/* Two pages of the space that lie one behind the other; their frame numbers become *pfn on. */
static unsigned int two_in_a_row(unsigned long *pfn)
{
	for (unsigned int i = 0; i < PAGES; i++)
		for (unsigned int j = 0; j < PAGES; j++)
			if (pfn_at(j) == pfn_at(i) + 1) {
				*pfn = pfn_at(i);
				return i;
			}
	fail();
	return 0;
}

/* Pages that go together stay where their space is held, or is none. */
static void a_run_that_stays(void **state)
{
	unsigned long pfn;
	struct zone *zone;
	u32 owners[2];

	(void)state;
	begin();
	(void)two_in_a_row(&pfn);
	zone = page_zone(pfn_to_page(pfn));
	hold(true);
	assert_int_equal(take_run_from_owners(zone, pfn, pfn + 2, GFP_NOWAIT), 0);
	hold(false);
	for (unsigned int i = 0; i < 2; i++) {
		owners[i] = pfn_to_page(pfn + i)->movable_owner;
		pfn_to_page(pfn + i)->movable_owner = user_place(s->slot + 1, AT).owner;
	}
	assert_int_equal(take_run_from_owners(zone, pfn, pfn + 2, GFP_NOWAIT), 0);
	for (unsigned int i = 0; i < 2; i++)
		pfn_to_page(pfn + i)->movable_owner = owners[i];
	assert_int_equal(audit_errors(NULL), 0);
	assert_int_equal(take_run_from_owners(zone, pfn, pfn + 2, GFP_NOWAIT), 3);
	for (unsigned int i = 0; i < 2; i++)
		__free_pages(pfn_to_page(pfn + i), 0);
	end();
}

static void **no_slot(struct page_holder *h, u64 index)
{
	(void)h, (void)index;
	return NULL;
}

/* A file's page behind a program's does not go along. */
static void two_kinds_in_a_row(void **state)
{
	struct page *pages[PAGES] = { NULL };
	struct page_holder *h;
	unsigned long pfn = 0;

	(void)state;
	begin();
	h = kmalloc(sizeof(*h), GFP_KERNEL);
	assert_non_null(h);
	page_holder_init(h, no_slot);
	assert_int_equal(space_unmap(s, AT, PAGES * PAGE_SIZE), 0);
	assert_int_equal(space_map(s, &(struct map_request){
		.start = AT, .bytes = PAGES * PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.fixed = true }), AT);
	for (u64 i = 0; i < PAGES; i++) {
		pages[i] = page_holder_alloc(h, i);
		assert_non_null(pages[i]);
		assert_int_equal(space_write(s, va_of((unsigned int)i), &i, sizeof(i)), 0);
	}
	for (unsigned int i = 0; i < PAGES; i++)
		for (unsigned int j = 0; j < PAGES; j++)
			if (page_to_pfn(pages[j]) == pfn_at(i) + 1)
				pfn = pfn_at(i);
	assert_int_not_equal(pfn, 0);
	assert_int_equal(take_run_from_owners(page_zone(pfn_to_page(pfn)), pfn, pfn + 2,
					      GFP_NOWAIT), 0);
	for (unsigned int i = 0; i < PAGES; i++)
		page_holder_drop(pages[i]);
	kfree(h);
	end();
}

/* ---- chosen schedules ---- */

static void hold_for(void *us)
{
	mutex_lock(&kept->lock);
	complete(&locked);
	usleep((unsigned long)us);
	mutex_unlock(&kept->lock);
}

static struct thread *holder(struct address_space *of, unsigned long us)
{
	struct thread *t;

	kept = of;
	init_completion(&locked);
	t = play_thread(hold_for, (void *)us, SAME, 0);
	wait_for_completion(&locked);
	return t;
}

/* Whoever may wait does, but not for ever. */
static void the_lock_is_waited_for(void)
{
	struct thread *t;
	unsigned long pfn;
	u64 began_us;

	make_space();
	pfn = pfn_at(3);
	/* A thread does not wait for itself. */
	mutex_lock(&s->lock);
	began_us = time_us();
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -EBUSY);
	assert_in_range(time_us() - began_us, 0, SHORT_US);
	mutex_unlock(&s->lock);
	t = holder(s, SHORT_US);
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), 0);
	thread_join(t);
	assert_int_not_equal(pfn_at(3), pfn);
	pfn = pfn_at(3);
	t = holder(s, LONG_US);
	began_us = time_us();
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -EAGAIN);
	assert_in_range(time_us() - began_us, 1000, LONG_US / 2);
	thread_join(t);
	assert_int_equal(pfn_at(3), pfn);
	for (unsigned int i = 0; i < PAGES; i++)
		assert_int_equal(word(i), i);
	space_put(s);
}

/* Two spaces see page 3: whichever of them somebody has is free at the second try. */
static void is_had_at_the_second_try(void)
{
	struct address_space *const spaces[] = { s, space_fork(s) };

	assert_non_null(spaces[1]);
	for (unsigned int i = 0; i < ARRAY_SIZE(spaces); i++) {
		struct thread *t = holder(spaces[i], SHORT_US);
		unsigned long pfn = pfn_at(3);
		int err = migrate_page(pfn, GFP_KERNEL);

		if (err) {
			assert_int_equal(err, -EAGAIN);
			assert_int_equal(migrate_page(pfn, GFP_KERNEL), 0);
		}
		thread_join(t);
		assert_int_not_equal(pfn_at(3), pfn);
	}
	space_put(spaces[1]);
}

static void who_is_in_the_way_is_waited_for(void)
{
	make_space();
	is_had_at_the_second_try();
	space_put(s);
}

/* A file of one page. */
struct one_page {
	struct page_holder holder;
	void *page;
};

static void **slot_of_one(struct page_holder *h, u64 index)
{
	return index ? NULL : &container_of(h, struct one_page, holder)->page;
}

static struct page *one_frame(void *file, u64 index, bool make)
{
	struct one_page *one = file;

	(void)make;
	if (index)
		return NULL;
	user_page_get(one->page);
	return one->page;
}

static struct page_holder *holder_of_one(void *file)
{
	return &((struct one_page *)file)->holder;
}

static void count_none(void *file)
{
	(void)file;
}

static const struct backing_ops one_page_ops = {
	.frame = one_frame, .holder = holder_of_one, .get = count_none, .put = count_none,
};

static void who_has_a_files_page_is_waited_for(void)
{
	struct one_page *one = kmalloc(sizeof(*one), GFP_KERNEL);

	assert_non_null(one);
	page_holder_init(&one->holder, slot_of_one);
	one->page = page_holder_alloc(&one->holder, 0);
	assert_non_null(one->page);
	make_space();
	assert_int_equal(space_map(s, &(struct map_request){
		.start = va_of(3), .bytes = PAGE_SIZE, .rights = VM_READ, .fixed = true,
		.file = one, .ops = &one_page_ops }), va_of(3));
	assert_int_equal(word(3), 0);
	is_had_at_the_second_try();
	space_put(s);
	page_holder_drop(one->page);
	kfree(one);
}

static u32 movers_left;

/* Nobody may count in what is freed. */
static void end_space(void *unused)
{
	(void)unused;
	space_put(s);
	movers_left = s->movers;
}

/* The space is not one that stays as a spare one. */
static void make_last_space(void)
{
	struct address_space *spares[SPARES];

	for (unsigned int i = 0; i < SPARES; i++)
		spares[i] = space_create();
	make_space();
	for (unsigned int i = 0; i < SPARES; i++)
		space_put(spares[i]);
}

/* A space ends while one of its pages is about to go elsewhere: the page goes, or is free. */
static void the_space_ends_meanwhile(void)
{
	unsigned long pfn;
	struct thread *t;
	u32 slot;

	make_last_space();
	pfn = pfn_at(3);
	slot = s->slot;
	t = play_thread(end_space, NULL, SAME, 0);
	(void)!migrate_page(pfn, GFP_NOWAIT);
	thread_join(t);
	assert_false(space_is_there(slot));
	assert_int_equal(movers_left, 0);
	assert_int_not_equal(page_state(pfn_to_page(pfn)), PG_USER);
}

/* A space ends while all are asked for pages of a file. */
static void the_space_ends_before_it_is_asked(void)
{
	struct page_holder *h = kmalloc(sizeof(*h), GFP_KERNEL);
	struct thread *t;
	u32 slot;

	assert_non_null(h);
	page_holder_init(h, no_slot);
	make_last_space();
	slot = s->slot;
	t = play_thread(end_space, NULL, SAME, 0);
	page_holder_unmap(h, 0);
	thread_join(t);
	assert_false(space_is_there(slot));
	assert_int_equal(movers_left, 0);
	kfree(h);
}

static const struct scenario scenarios[] = {
	{ 1, the_lock_is_waited_for }, { 2, the_lock_is_waited_for },
	{ 2, who_is_in_the_way_is_waited_for }, { 2, who_has_a_files_page_is_waited_for },
	{ 2, the_space_ends_meanwhile }, { 2, the_space_ends_before_it_is_asked },
};

static void chosen_schedules(void **state)
{
	unsigned long all = 0;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(scenarios); i++) {
		play_boot(scenarios[i].cpus);
		all += play_all(&scenarios[i], 0);
		assert_null(spaces_validate());
		assert_int_equal(audit_errors(NULL), 0);
	}
	printf("# %lu schedules\n", all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_audit_waits_for_changes),
		cmocka_unit_test(a_run_that_stays),
		cmocka_unit_test(two_kinds_in_a_row),
		cmocka_unit_test(chosen_schedules),
	};

	return cmocka_run_group_tests_name("space_movers", tests, NULL, NULL);
}
