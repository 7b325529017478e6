/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spaces that have ended and wait for the next programs: which tables they keep, that they are
 * empty, and what fork copies of regions that lie close together.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/errno.h>
#include <mm/address_space.h>
#include <mm/slab.h>
#include <mm/spaces.h>

#include "mm/vm/spaces.h"

#define AT		0x40000000ul
#define TOP		(USER_TOP - 64 * PAGE_SIZE)
#define RW		(VM_READ | VM_WRITE)
#define TWO_WAYS	(1 + 2ul * ROOT_LEVEL)
#define KEPT		(KEPT_TABLES ? TWO_WAYS : 1)	/* of these */

static void begin(void)
{
	boot_ram(32ul << 20, 1);
	kmem_cache_init();
}

static void sound(void)
{
	const char *broken = spaces_validate();

	if (broken)
		fail_msg("%s", broken);
	assert_int_equal(audit_errors(NULL), 0);
}

static struct address_space *new_space(void)
{
	struct address_space *s = space_create();

	assert_non_null(s);
	return s;
}

static void map(struct address_space *s, uintptr_t start, unsigned int pages, u32 flags)
{
	assert_int_equal(space_map(s, &(struct map_request){ .start = start,
		.bytes = pages * PAGE_SIZE, .rights = RW, .flags = flags, .fixed = true }),
		(long)start);
}

static u64 word(struct address_space *s, uintptr_t va)
{
	u64 value = 0;

	assert_int_equal(space_read(s, va, &value, sizeof(value)), 0);
	return value;
}

static void put_word(struct address_space *s, uintptr_t va, u64 value)
{
	assert_int_equal(space_write(s, va, &value, sizeof(value)), 0);
}

/* A program with two ways down. */
static struct address_space *small_program(void)
{
	struct address_space *s = new_space();

	map(s, AT, 4, 0);
	map(s, TOP, 4, 0);
	put_word(s, AT + PAGE_SIZE, 1);
	put_word(s, TOP, 2);
	assert_int_equal(s->table_pages, TWO_WAYS);
	return s;
}

/* proves AS2 UT1 UT2 */
static void few_tables_stay(void **state)
{
	struct address_space *s, *next;

	(void)state;
	begin();
	s = small_program();
	space_put(s);
	assert_int_equal(s->table_pages, KEPT);
	sound();
	next = new_space();
	assert_ptr_equal(next, s);
	assert_int_equal(space_fault(next, AT, VM_READ), -EFAULT);
	map(next, AT, 4, 0);
	assert_int_equal(word(next, AT + PAGE_SIZE), 0);
	sound();
	/* A table that was never met again goes with what was mapped there. */
	map(next, TOP, 4, 0);
	assert_int_equal(space_unmap(next, TOP, 4 * PAGE_SIZE), 0);
	assert_true(next->table_pages < TWO_WAYS);
	sound();
	space_put(next);
	sound();
}

/* proves AS2 */
static void many_tables_go(void **state)
{
	struct address_space *s;

	(void)state;
	begin();
	s = small_program();
	for (unsigned int i = 1; i <= KEPT_TABLES; i++) {
		map(s, AT + i * LEAF_SPAN, 1, 0);
		put_word(s, AT + i * LEAF_SPAN, i);
	}
	space_put(s);
	assert_int_equal(s->table_pages, 1);
	sound();
}

/* Tables that one program left and the next one never met. */
static void tables_of_the_one_before_go(void **state)
{
	struct address_space *spaces[2], *s;

	(void)state;
	begin();
	space_put(small_program());
	s = new_space();
	assert_int_equal(s->table_pages, KEPT);
	map(s, AT + 8 * LEAF_SPAN, 1, 0);
	put_word(s, AT + 8 * LEAF_SPAN, 1);
	for (unsigned int i = 0; i < 2; i++)
		spaces[i] = small_program();
	for (unsigned int i = 0; i < 2; i++)
		space_put(spaces[i]);
	space_put(s);
	sound();
}

/* Another space was faster to wait: what was kept goes after all. */
static void kept_tables_go(void **state)
{
	struct address_space *s;

	(void)state;
	begin();
	s = small_program();
	mutex_lock(&s->lock);
	user_tables_unmap_dead(s, true);
	assert_int_equal(s->resident_pages, 0);
	assert_int_equal(s->table_pages, KEPT);
	user_tables_drop_kept(s);
	assert_int_equal(s->table_pages, 1);
	mutex_unlock(&s->lock);
	sound();
	space_put(s);
	sound();
}

/* Two wait: the third one's tables go with it. */
static void a_third_one_leaves_nothing(void **state)
{
	struct address_space *spaces[3];

	(void)state;
	begin();
	for (unsigned int i = 0; i < 3; i++)
		spaces[i] = small_program();
	for (unsigned int i = 0; i < 3; i++) {
		space_put(spaces[i]);
		sound();
	}
	assert_int_equal(spaces[1]->table_pages, KEPT);
	spaces[1]->nr_regions++;
	assert_string_equal(spaces_validate(), "AS2: a space that waits is not empty");
	spaces[1]->nr_regions--;
	spaces[0]->table_pages += 1 + KEPT_TABLES;
	assert_string_equal(spaces_validate(), "AS2: a space that waits is not empty");
	spaces[0]->table_pages -= 1 + KEPT_TABLES;
	sound();
}

/* Regions with small holes between are one run of entries, whose pages are each what they are. */
static void runs_of_regions(void **state)
{
	struct address_space *s, *child;
	const uintptr_t far = AT + LEAF_SPAN - 8 * PAGE_SIZE;

	(void)state;
	begin();
	s = new_space();
	/* Alone, behind a hole, over the end of a table, and behind more than a small hole. */
	for (unsigned int i = 0; i < 24; i += 3)
		map(s, far + i * PAGE_SIZE, 2, 0);
	map(s, far + 60 * PAGE_SIZE, 5, 0);
	for (unsigned int i = 0; i < 24; i += 3)
		put_word(s, far + i * PAGE_SIZE, 100 + i);
	put_word(s, far + 64 * PAGE_SIZE, 164);
	child = space_fork(s);
	assert_non_null(child);
	assert_int_equal(child->resident_pages, s->resident_pages);
	sound();
	for (unsigned int i = 0; i < 24; i += 3) {
		put_word(s, far + i * PAGE_SIZE, 200 + i);
		assert_int_equal(word(child, far + i * PAGE_SIZE), 100 + i);
	}
	assert_int_equal(word(child, far + 64 * PAGE_SIZE), 164);
	sound();
	space_put(child);
	sound();
	for (unsigned int i = 0; i < 24; i += 3)
		assert_int_equal(word(s, far + i * PAGE_SIZE), 200 + i);
	space_put(s);
	sound();
}

/* Shared and private ones that touch are no run: what a side writes the other one sees, or not. */
static void shared_beside_private(void **state)
{
	const uintptr_t pages[] = { AT, AT + PAGE_SIZE, AT + 2 * PAGE_SIZE };
	struct address_space *s, *child;

	(void)state;
	begin();
	for (unsigned int odd = 0; odd < 2; odd++) {
		s = new_space();
		for (unsigned int i = 0; i < 3; i++) {
			map(s, pages[i], 1, i % 2 == odd ? REGION_SHARED : 0);
			put_word(s, pages[i], 10 + i);
		}
		child = space_fork(s);
		assert_non_null(child);
		for (unsigned int i = 0; i < 3; i++) {
			put_word(child, pages[i], 20 + i);
			assert_int_equal(word(s, pages[i]), (i % 2 == odd ? 20 : 10) + i);
		}
		sound();
		space_put(child);
		space_put(s);
		sound();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_tables_stay),
		cmocka_unit_test(many_tables_go),
		cmocka_unit_test(tables_of_the_one_before_go),
		cmocka_unit_test(kept_tables_go),
		cmocka_unit_test(a_third_one_leaves_nothing),
		cmocka_unit_test(runs_of_regions),
		cmocka_unit_test(shared_beside_private),
	};

	return cmocka_run_group_tests_name("spare_spaces", tests, NULL, NULL);
}
