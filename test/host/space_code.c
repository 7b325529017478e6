/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs remember instructions by the frame that held them: where a program finds code in a frame
 * for the first time, all CPUs have been told before an entry leads there.
 */
#include "common/boot.h"
#include "common/space.h"

#include <kernel/errno.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/vm/spaces.h"

#define RAM_BYTES	(32ul << 20)
#define AT		0x40000000ul
#define ELSEWHERE	0x50000000ul
#define RX		(VM_READ | VM_EXEC)
#define RWX		(RX | VM_WRITE)

static struct address_space *s;

/* ---- what CPUs are told ---- */

static struct {
	const struct address_space *space;
	uintptr_t va;
	unsigned long pfn_before;	/* 0: nothing was there */
	unsigned int told;
} watched;

static unsigned long pfn_at(struct address_space *of, uintptr_t va)
{
	u64 *slot = user_slot(of, va, false);

	return slot && *slot ? leaf_pfn(*slot) : 0;
}

static void note_told(const struct arch_space *arch)
{
	struct address_space *of = container_of(arch, struct address_space, arch);
	unsigned long pfn;

	if (of != watched.space)
		return;
	pfn = pfn_at(of, watched.va);
	if (pfn && pfn != watched.pfn_before)
		fail_msg("an entry led to frame %lu before CPUs were told", pfn);
	watched.told++;
}

static void watch(struct address_space *of, uintptr_t va)
{
	watched.space = of;
	watched.va = va;
	watched.pfn_before = pfn_at(of, va);
	watched.told = 0;
	host_space_wrote_code = note_told;
}

/* There is another frame, of which they were told. */
static void must_have_been_told(void)
{
	unsigned long pfn = pfn_at(s, watched.va);

	host_space_wrote_code = NULL;
	assert_true(pfn && pfn != watched.pfn_before);
	assert_true(watched.told > 0);
}

/* ---- cases ---- */

static void begin(void)
{
	s = begin_space(RAM_BYTES);
	open_one_page();
}

static void end(void)
{
	host_space_wrote_code = NULL;
	close_one_page();
	end_space(s);
}

/* proves UT3 */
static void faults_in_a_file(void **state)
{
	static const struct {
		u32 rights, flags;
		unsigned int access;
	} cases[] = {
		{ RX, 0, VM_EXEC }, { RX, 0, VM_READ }, { RWX, 0, VM_WRITE },
		{ RX, REGION_SHARED, VM_EXEC }, { RWX, REGION_SHARED, VM_WRITE },
	};

	(void)state;
	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		uintptr_t va = AT + i * PAGE_SIZE;

		map_page_at(s, va, cases[i].rights, cases[i].flags, true);
		watch(s, va);
		assert_int_equal(space_fault(s, va, cases[i].access), 0);
		must_have_been_told();
	}
	end();
}

/* Nothing is fetched where nothing may be executed. */
static void faults_without_code(void **state)
{
	(void)state;
	begin();
	map_page_at(s, AT, VM_READ | VM_WRITE, 0, true);
	watch(s, AT);
	assert_int_equal(space_fault(s, AT, VM_READ), 0);
	assert_int_equal(space_fault(s, AT, VM_WRITE), 0);
	assert_int_equal(watched.told, 0);
	end();
}

/* Code at AT, which was written there. */
static void write_code(void)
{
	map_page_at(s, AT, RWX, 0, false);
	assert_int_equal(space_fault(s, AT, VM_WRITE), 0);
}

/* Who sees the same. */
static struct address_space *child_of(void)
{
	struct address_space *child = space_fork(s);

	assert_non_null(child);
	return child;
}

static void a_copy_on_write(void **state)
{
	struct address_space *child;

	(void)state;
	begin();
	write_code();
	child = child_of();
	watch(s, AT);
	assert_int_equal(space_fault(s, AT, VM_WRITE), 0);
	must_have_been_told();
	space_put(child);
	end();
}

/* A page that two see is copied where one of them has it elsewhere. */
static void a_copy_of_what_is_shared(void **state)
{
	struct address_space *child;

	(void)state;
	begin();
	write_code();
	child = child_of();
	watch(s, ELSEWHERE);
	watched.pfn_before = pfn_at(s, AT);
	assert_int_equal(space_remap(s, AT, PAGE_SIZE, PAGE_SIZE, true, true, ELSEWHERE),
			 ELSEWHERE);
	must_have_been_told();
	space_put(child);
	end();
}

/* One space sees the page, then two do. */
static void a_page_that_moves(void **state)
{
	struct address_space *child = NULL;

	(void)state;
	if (!IS_ENABLED(CONFIG_MIGRATION))
		skip();
	begin();
	write_code();
	for (unsigned int i = 0; i < 2; i++) {
		watch(s, AT);
		assert_int_equal(migrate_page(watched.pfn_before, GFP_NOWAIT), 0);
		must_have_been_told();
		if (!child)
			child = child_of();
	}
	space_put(child);
	end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_in_a_file),
		cmocka_unit_test(faults_without_code),
		cmocka_unit_test(a_copy_on_write),
		cmocka_unit_test(a_copy_of_what_is_shared),
		cmocka_unit_test(a_page_that_moves),
	};

	return cmocka_run_group_tests_name("space_code", tests, NULL, NULL);
}
