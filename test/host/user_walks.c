/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Other CPUs walk a program's tables without a lock: a thread that follows an entry as soon as it
 * is there finds the page whole. Built a second time under the thread sanitizer, for which a page
 * that is filled before its entry, but not in that order for all to see, is a race.
 */
#include "common/boot.h"
#include "common/space.h"

#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include <pthread.h>

#include "mm/vm/spaces.h"

#define RAM_BYTES	(32ul << 20)
#define AT		0x40000000ul
#define PAGES		64u
#define RW		(VM_READ | VM_WRITE)
#define NOBODY		~0u
#define WORD		0x5eedul

static struct address_space *s;

/* ---- the one who walks ---- */

static u64 *slots;			/* entries of PAGES pages, in one table */
static u32 watched = NOBODY;		/* whose entry is waited for */
static u64 found;			/* the first word of the page that it leads to */
static bool done;

static void *walk(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		u32 i = __atomic_load_n(&watched, __ATOMIC_ACQUIRE);
		u64 entry = i == NOBODY ? 0 : __atomic_load_n(&slots[i], __ATOMIC_ACQUIRE);

		if (!entry)
			continue;
		found = *(const u64 *)__va(PFN_PHYS(leaf_pfn(entry)));
		__atomic_store_n(&watched, NOBODY, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void watch(u32 i)
{
	__atomic_store_n(&watched, i, __ATOMIC_RELEASE);
}

static u64 what_was_found(void)
{
	while (__atomic_load_n(&watched, __ATOMIC_ACQUIRE) != NOBODY)
		;
	return found;
}

/* ---- cases ---- */

static uintptr_t va_of(u32 i)
{
	return AT + i * PAGE_SIZE;
}

static void faults(void)
{
	for (u32 i = 1; i < PAGES; i++) {
		bool of_file = i % 2;

		map_page_at(s, va_of(i), RW, 0, of_file);
		watch(i);
		assert_int_equal(space_fault(s, va_of(i), VM_WRITE), 0);
		assert_int_equal(what_was_found(), of_file ? WORD : 0);
	}
}

static u32 moved;

/* All CPUs forget the page: its entry is gone. */
static void entry_is_gone(const struct arch_space *arch, unsigned long start, unsigned long end)
{
	if (arch != &s->arch || va_of(moved) < start || va_of(moved) >= end)
		return;
	assert_int_equal(slots[moved], 0);
	watch(moved);
}

static void moves(void)
{
	if (!IS_ENABLED(CONFIG_MIGRATION))
		return;
	host_space_forgets = entry_is_gone;
	for (moved = 1; moved < PAGES; moved++) {
		unsigned long pfn = leaf_pfn(slots[moved]);

		assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
		assert_int_not_equal(leaf_pfn(slots[moved]), pfn);
		assert_int_equal(what_was_found(), moved % 2 ? WORD : 0);
	}
	host_space_forgets = NULL;
}

/* proves UT4 */
static void pages_are_whole(void **state)
{
	pthread_t walker;

	(void)state;
	s = begin_space(RAM_BYTES);
	open_one_page();
	*(u64 *)page_address(one_page) = WORD;
	map_page_at(s, va_of(0), RW, 0, false);
	assert_int_equal(space_fault(s, va_of(0), VM_WRITE), 0);
	slots = user_slot(s, va_of(0), false);
	assert_int_equal(pthread_create(&walker, NULL, walk, NULL), 0);
	faults();
	moves();
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	pthread_join(walker, NULL);
	close_one_page();
	end_space(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(pages_are_whole) };

	return cmocka_run_group_tests_name("user_walks", tests, NULL, NULL);
}
