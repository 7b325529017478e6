/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guarantees of programs against a model that counts what spaces may need page by page and span by
 * span, while a neighbour takes all memory that it can get with all rights: no fault that was
 * admitted fails, every refusal is due, and a hole in the promise is found.
 *
 * 	admission [seed [operations]]
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/account.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/vm/cleared_pages.h"
#include "mm/vm/spaces.h"

#define RAM_BYTES	(16ul << 20)
#define SPACES		3u
#define PAGES		96u
/* Less than all spaces can want, so that calls are refused, too. */
#define GUARANTEED	200ul
/* Windows in which tables are shared and are not. */
#define WINDOWS		4u
/* Objects of the kernel come from what is above the marks. */
#define KEPT_FREE	600u
#define CHECK_EACH	256u

struct model_page {
	bool mapped, committed;
	u32 rights;
};

static struct {
	struct address_space *space;
	struct model_page pages[PAGES];
} spaces[SPACES];

static struct random_plan plan;
static struct rng rng;
static u64 cleared;
static struct admission *program;
static struct mem_account *account;
static struct page *hogged;
static unsigned long failed_faults, refusals;

static uintptr_t va_of(unsigned int page)
{
	static const uintptr_t windows[WINDOWS] = { 0x100000, 0x3ff000, 0x3ffff000, 0x7fff8000 };

	return windows[page / (PAGES / WINDOWS)] + page % (PAGES / WINDOWS) * PAGE_SIZE;
}

/* ---- the neighbour ---- */

static void hog(void)
{
	struct page *page;

	while ((page = alloc_pages(GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN, 0))) {
		page->next_pfn = hogged ? (u32)page_to_pfn(hogged) : PFN_NONE;
		hogged = page;
	}
}

static void let_go(unsigned int pages)
{
	while (pages-- && hogged) {
		struct page *page = hogged;

		hogged = page->next_pfn == PFN_NONE ? NULL : pfn_to_page(page->next_pfn);
		__free_pages(page, 0);
	}
}

/* ---- the model ---- */

static unsigned long tables_of(unsigned int nr)
{
	unsigned long tables = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++) {
		uintptr_t last = ~0ul;

		for (unsigned int i = 0; i < PAGES; i++) {
			uintptr_t span = va_of(i) / LEVEL_SIZE(level);

			if (!spaces[nr].pages[i].mapped || span == last)
				continue;
			last = span;
			tables++;
		}
	}
	return tables;
}

static unsigned long needs_of(unsigned int nr)
{
	unsigned long pages = 1 + tables_of(nr);

	for (unsigned int i = 0; i < PAGES; i++)
		pages += spaces[nr].pages[i].committed;
	return pages;
}

static unsigned long left(void)
{
	struct admission_seen seen;

	admission_see(program, &seen);
	return seen.guaranteed - seen.committed;
}

/* A call was refused: so much at most may have been wanted. */
static void refusal_is_due(unsigned long pages)
{
	refusals++;
	if (left() >= pages + 4ul * ROOT_LEVEL)
		fail_msg("%lu pages are left, and %lu were refused, seed %llu", left(), pages,
			 (unsigned long long)plan.seed);
}

static void check_all(void)
{
	const char *broken = spaces_validate();
	unsigned long committed = 0;
	struct admission_seen seen;

	if (broken)
		fail_msg("%s, seed %llu", broken, (unsigned long long)plan.seed);
	admission_see(program, &seen);
	for (unsigned int nr = 0; nr < SPACES; nr++) {
		if (!spaces[nr].space)
			continue;
		assert_int_equal(spaces[nr].space->admitted.needs, needs_of(nr));
		assert_int_equal(spaces[nr].space->admitted.held, needs_of(nr));
		committed += needs_of(nr);
	}
	assert_int_equal(seen.committed, committed);
	assert_in_range(account->charged, 0, committed);
}

/* ---- operations ---- */

/* Within one window. */
static void choose_range(unsigned int *first, unsigned int *count)
{
	unsigned int window = rng_below(&rng, WINDOWS), room = PAGES / WINDOWS;
	unsigned int at = rng_below(&rng, room);

	*first = window * room + at;
	*count = 1 + rng_below(&rng, room - at);
}

static bool is_covered(unsigned int nr, unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		if (!spaces[nr].pages[i].mapped)
			return false;
	return true;
}

static void map(unsigned int nr, unsigned int first, unsigned int count, u32 rights)
{
	long at = space_map(spaces[nr].space, &(struct map_request){
		.start = va_of(first), .bytes = count * PAGE_SIZE, .rights = rights,
		.fixed = true });

	if (at == -ENOMEM) {
		refusal_is_due(count);
		return;
	}
	assert_int_equal(at, va_of(first));
	for (unsigned int i = first; i < first + count; i++)
		spaces[nr].pages[i] = (struct model_page){ true, rights & VM_WRITE, rights };
}

static void unmap(unsigned int nr, unsigned int first, unsigned int count)
{
	assert_int_equal(space_unmap(spaces[nr].space, va_of(first), count * PAGE_SIZE), 0);
	for (unsigned int i = first; i < first + count; i++)
		spaces[nr].pages[i] = (struct model_page){ .mapped = false };
}

static void protect(unsigned int nr, unsigned int first, unsigned int count, u32 rights)
{
	int err = space_protect(spaces[nr].space, va_of(first), count * PAGE_SIZE, rights);

	if (err) {
		assert_int_equal(err, -ENOMEM);
		if (is_covered(nr, first, count))
			refusal_is_due(count);
		return;
	}
	assert_true(is_covered(nr, first, count));
	for (unsigned int i = first; i < first + count; i++) {
		spaces[nr].pages[i].rights = rights;
		spaces[nr].pages[i].committed |= (rights & VM_WRITE) != 0;
	}
}

static void touch(unsigned int nr, unsigned int page, bool write)
{
	struct model_page *m = &spaces[nr].pages[page];
	int err = space_fault(spaces[nr].space, va_of(page), write ? VM_WRITE : VM_READ);

	if (!m->mapped)
		assert_int_equal(err, -EFAULT);
	else if (!(m->rights & (write ? VM_WRITE : VM_READ)))
		assert_int_equal(err, -EACCES);
	else
		failed_faults += err == -ENOMEM;
}

static struct address_space *begin(void)
{
	struct address_space *s = space_create();

	if (!s)
		return NULL;
	s->mmap_top = USER_TOP - PAGE_SIZE;
	if (space_admit(s, program, 0, "test")) {
		space_admit_end(s);
		return s;
	}
	space_put(s);
	return NULL;
}

/* A space ends, and is begun anew or is a copy of another one. */
static void replace(unsigned int nr)
{
	unsigned int from = rng_below(&rng, SPACES);

	if (spaces[nr].space)
		space_put(spaces[nr].space);
	spaces[nr].space = NULL;
	memset(&spaces[nr], 0, sizeof(spaces[nr]));
	/* Roots, regions and spaces are nobody's promise. */
	let_go(KEPT_FREE);
	if (!spaces[from].space) {
		spaces[nr].space = begin();
		return;
	}
	spaces[nr].space = space_fork(spaces[from].space);
	if (spaces[nr].space)
		memcpy(spaces[nr].pages, spaces[from].pages, sizeof(spaces[nr].pages));
	else
		refusal_is_due(needs_of(from));
}

/* As idle CPUs would; some become pages of programs, in the place of promised ones. */
static void clear_some(void)
{
	if (rng_below(&rng, 8))
		return;
	let_go(CLEARED_RESERVE + KEPT_FREE);
	for (unsigned int i = 0; i < CLEARED_PAGES / 2; i++)
		cleared += user_pages_clear_one();
}

static void operate(void)
{
	static const u32 rights[] = { 0, VM_READ, VM_READ | VM_WRITE, VM_READ | VM_WRITE };
	unsigned int nr = rng_below(&rng, SPACES), first, count;
	u32 wanted = rights[rng_below(&rng, ARRAY_SIZE(rights))];

	choose_range(&first, &count);
	if (!spaces[nr].space || rng_below(&rng, 200) == 0) {
		replace(nr);
		return;
	}
	switch (rng_below(&rng, 16)) {
	case 0 ... 2:
		let_go(KEPT_FREE);
		map(nr, first, count, wanted);
		break;
	case 3:
		unmap(nr, first, count);
		break;
	case 4 ... 5:
		let_go(KEPT_FREE);
		protect(nr, first, count, wanted);
		break;
	case 6:
		(void)!space_discard(spaces[nr].space, va_of(first), count * PAGE_SIZE);
		break;
	case 7:
		clear_some();
		break;
	default:
		touch(nr, first, rng_below(&rng, 4));
		break;
	}
	if (rng_below(&rng, 4) == 0)
		hog();
}

static void start(unsigned long guaranteed)
{
	unsigned long missing;

	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	hogged = NULL;
	failed_faults = 0;
	memset(spaces, 0, sizeof(spaces));
	program = admission_create("tested", guaranteed, &missing);
	assert_non_null(program);
	for (unsigned int i = 0; i < MEM_ACCOUNTS_ALL; i++)
		if (accounts[i] && !strcmp(accounts[i]->name, "tested"))
			account = accounts[i];
}

static void end(void)
{
	for (unsigned int nr = 0; nr < SPACES; nr++)
		if (spaces[nr].space)
			space_put(spaces[nr].space);
	assert_int_equal(account->charged, 0);
	admission_put(program);
	let_go(~0u);
}

/* proves AD1, AD2, AD3 */
static void no_admitted_fault_fails(void **state)
{
	struct admission_seen seen;

	(void)state;
	rng.state = plan.seed;
	start(GUARANTEED);
	refusals = 0;
	for (u64 i = 0; i < plan.operations; i++) {
		operate();
		if (i % CHECK_EACH == 0)
			check_all();
		if (failed_faults)
			fail_msg("an admitted fault failed after %llu operations, seed %llu",
				 (unsigned long long)i, (unsigned long long)plan.seed);
	}
	check_all();
	assert_true(refusals > 0);
	admission_see(program, &seen);
	assert_int_equal(seen.refused, refusals);
	assert_in_range(seen.peak, seen.committed, GUARANTEED);
	assert_non_null(strstr(host_log(), "program tested: mmap refused: it may need "));
	assert_int_equal(audit_errors(NULL), 0);
	assert_true(cleared > 0);
	end();
}

/* The account is promised less than the spaces were. */
static void a_hole_in_the_guarantee_is_found(void **state)
{
	(void)state;
	rng.state = 1;
	start(GUARANTEED);
	account_unreserve(account, GUARANTEED - 50);
	for (unsigned int i = 0; i < 20000 && !failed_faults; i++)
		operate();
	assert_true(failed_faults > 0);
	end();
}

static void more_than_there_is_cannot_be_guaranteed(void **state)
{
	unsigned long missing = 0;

	(void)state;
	start(1);
	assert_null(admission_create("large", RAM_BYTES / PAGE_SIZE, &missing));
	assert_in_range(missing, 1, RAM_BYTES / PAGE_SIZE);
	end();
	/* Not even the kernel's part, and then all the same. */
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	hog();
	assert_null(admission_create("small", 1, &missing));
	assert_int_equal(missing, CONFIG_ADMISSION_KERNEL_KB / 4);
	assert_null(admission_create("small", 1, &missing));
	let_go(~0u);
	program = admission_create("small", 1, &missing);
	assert_non_null(program);
	admission_put(program);
}

static struct address_space *begin_first(void)
{
	start(GUARANTEED);
	spaces[0].space = begin();
	assert_non_null(spaces[0].space);
	return spaces[0].space;
}

static void map_at(struct address_space *s, uintptr_t start, unsigned long pages, u32 rights)
{
	assert_int_equal(space_map(s, &(struct map_request){
		.start = start, .bytes = pages * PAGE_SIZE, .rights = rights, .fixed = true }),
		start);
}

/* A space whose stack of one page, below top, may grow to 64. */
static struct address_space *begin_with_stack(uintptr_t top)
{
	struct address_space *s;

	s = begin_first();
	s->stack_limit = 64 * PAGE_SIZE;
	assert_int_equal(space_map(s, &(struct map_request){
		.start = top - PAGE_SIZE, .bytes = PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.flags = REGION_GROWS_DOWN, .fixed = true }), top - PAGE_SIZE);
	return s;
}

/* A stack holds what it may grow to, and grows to that and no further. */
static void a_stack_is_admitted_to_its_limit(void **state)
{
	struct address_space *s;
	uintptr_t top = 1ul << 30;

	(void)state;
	s = begin_with_stack(top);
	assert_int_equal(s->admitted.needs, 1 + 64 + ROOT_LEVEL);
	hog();
	for (unsigned int i = 1; i <= 64; i++)
		assert_int_equal(space_fault(s, top - i * PAGE_SIZE, VM_WRITE), 0);
	assert_int_equal(space_fault(s, top - 65 * PAGE_SIZE, VM_WRITE), -EFAULT);
	/* A piece in the middle has other rights: nothing is counted twice. */
	let_go(8);
	assert_int_equal(space_protect(s, top - 8 * PAGE_SIZE, PAGE_SIZE, VM_READ), 0);
	assert_int_equal(s->admitted.needs, 1 + 64 + ROOT_LEVEL);
	/* A limit that is raised later was not admitted. */
	s->stack_limit = 128 * PAGE_SIZE;
	assert_int_equal(space_fault(s, top - 65 * PAGE_SIZE, VM_WRITE), -EFAULT);
	end();
}

/* Below the stack lies less than its limit: it may grow down to the second page of the space. */
static void a_stack_may_grow_to_the_second_page(void **state)
{
	struct address_space *s;

	(void)state;
	s = begin_with_stack(32 * PAGE_SIZE);
	assert_int_equal(s->admitted.needs, 1 + 31 + ROOT_LEVEL);
	end();
}

/* Where the place is the kernel's choice the worst one is admitted first, and settled then. */
static void a_mapping_at_any_place(void **state)
{
	struct map_request any = { .bytes = 3 * PAGE_SIZE, .rights = VM_READ | VM_WRITE };
	struct address_space *s;
	struct admission_seen seen;
	unsigned long needs;

	(void)state;
	s = begin_first();
	assert_true(space_map(s, &any) > 0);
	needs = s->admitted.needs;
	assert_int_equal(needs, 1 + 3 + ROOT_LEVEL);
	any.rights = VM_READ;
	assert_true(space_map(s, &any) > 0);
	/* Its pages are nobody's need, and it lies beside the other one. */
	assert_int_equal(s->admitted.needs, needs);
	assert_int_equal(s->admitted.held, needs);
	any = (struct map_request){ .bytes = GUARANTEED * PAGE_SIZE, .rights = VM_WRITE };
	assert_int_equal(space_map(s, &any), -ENOMEM);
	assert_int_equal(s->admitted.held, needs);
	admission_see(program, &seen);
	assert_int_equal(seen.committed, needs);
	assert_int_equal(seen.refused, 1);
	assert_ptr_equal(space_admission(s), program);
	end();
}

/* brk() and mremap() ask for the worst case, and keep what it has become. */
static void heaps_and_moves(void **state)
{
	const uintptr_t heap = 1ul << 20, place = 1ul << 24;
	struct address_space *s;
	unsigned long needs;
	long at;

	(void)state;
	s = begin_first();
	s->heap_start = s->heap_end = heap;
	s->heap_limit = 1ul << 30;
	assert_int_equal(space_brk(s, heap + 5 * PAGE_SIZE), heap + 5 * PAGE_SIZE);
	needs = 1 + 5 + ROOT_LEVEL;
	assert_int_equal(s->admitted.needs, needs);
	assert_int_equal(space_brk(s, heap + GUARANTEED * PAGE_SIZE), heap + 5 * PAGE_SIZE);
	assert_non_null(strstr(host_log(), "brk refused: it may need 780K more, and 768K of "));
	assert_int_equal(s->admitted.held, needs);
	assert_int_equal(space_brk(s, heap), heap);
	assert_int_equal(s->admitted.needs, 1);
	map_at(s, place, 4, VM_READ | VM_WRITE);
	assert_int_equal(space_remap(s, place, 4 * PAGE_SIZE, 8 * PAGE_SIZE, false, false, 0),
			 place);
	needs = 1 + 8 + ROOT_LEVEL;
	assert_int_equal(s->admitted.needs, needs);
	at = space_remap(s, place, 8 * PAGE_SIZE, GUARANTEED * PAGE_SIZE, true, false, 0);
	assert_int_equal(at, -ENOMEM);
	assert_non_null(strstr(host_log(), "program tested: mremap refused: it may need "));
	assert_int_equal(s->admitted.held, needs);
	/* Something lies behind: without leave to move nothing changes. */
	map_at(s, place + 8 * PAGE_SIZE, 1, VM_READ);
	assert_int_equal(space_remap(s, place, 8 * PAGE_SIZE, 9 * PAGE_SIZE, false, false, 0),
			 -ENOMEM);
	assert_int_equal(s->admitted.held, needs);
	at = space_remap(s, place, 8 * PAGE_SIZE, 9 * PAGE_SIZE, true, false, 0);
	assert_true(at > 0 && at != (long)place);
	assert_int_equal(s->admitted.held, s->admitted.needs);
	/* Pages that are only read are no need of a program, wherever they go. */
	needs = s->admitted.needs;
	at = space_remap(s, place + 8 * PAGE_SIZE, PAGE_SIZE, 2 * PAGE_SIZE, true, false, 0);
	assert_int_equal(at, place + 8 * PAGE_SIZE);
	assert_int_equal(s->admitted.needs, needs);
	assert_null(spaces_validate());
	end();
}

/* A region that moves may need as many tables as the worst place has, of which nobody knows. */
static void a_move_is_admitted_at_its_worst(void **state)
{
	const uintptr_t place = 1ul << 24;
	struct address_space *s;
	unsigned long left;

	(void)state;
	s = begin_first();
	map_at(s, place, 4, VM_READ | VM_WRITE);
	left = GUARANTEED - s->admitted.held;
	assert_int_equal(space_remap(s, place, 4 * PAGE_SIZE, (left - ROOT_LEVEL - 1) * PAGE_SIZE,
				     true, false, 0), -ENOMEM);
	end();
}

/* The promise has no room for a second space that may need as much. */
static void a_copy_is_admitted_whole(void **state)
{
	struct admission_seen seen;
	struct address_space *s;

	(void)state;
	s = begin_first();
	map_at(s, 1ul << 24, GUARANTEED / 2, VM_READ | VM_WRITE);
	assert_null(space_fork(s));
	assert_non_null(strstr(host_log(), "program tested: fork refused: it may need "));
	admission_see(program, &seen);
	assert_int_equal(seen.committed, s->admitted.needs);
	assert_int_equal(space_unmap(s, 1ul << 24, PAGE_SIZE * GUARANTEED / 4), 0);
	spaces[1].space = space_fork(s);
	assert_non_null(spaces[1].space);
	end();
}

/* A fault that needs a table fails, and can be had again. */
static void no_table_where_the_promise_is_broken(void **state)
{
	const uintptr_t place = 1ul << 24, far = 1ul << 32;
	struct address_space *s = begin_first();

	(void)state;
	map_at(s, place, 4, VM_READ | VM_WRITE);
	map_at(s, far, 1, VM_READ | VM_WRITE);
	assert_int_equal(space_fault(s, place, VM_WRITE), 0);
	account_unreserve(account, GUARANTEED - account->charged);
	hog();
	assert_int_equal(space_fault(s, far, VM_WRITE), -ENOMEM);
	assert_int_equal(s->resident_pages, 1);
	let_go(~0u);
	assert_int_equal(space_fault(s, far, VM_WRITE), 0);
	end();
}

/* A table that has another number of entries than it says. */
static void damaged_tables_are_seen(void **state)
{
	struct address_space *s;

	(void)state;
	s = begin_first();
	map_at(s, 1ul << 20, 1, VM_READ | VM_WRITE);
	assert_int_equal(space_fault(s, 1ul << 20, VM_WRITE), 0);
	assert_null(spaces_validate());
	s->leaf_page->table.used++;
	assert_non_null(spaces_validate());
	s->leaf_page->table.used--;
	assert_null(spaces_validate());
	end();
}

static void who_is_no_program(void **state)
{
	struct admission_seen seen = { .guaranteed = 77 };
	struct address_space *s;

	(void)state;
	start(GUARANTEED);
	assert_null(admission_get(NULL));
	admission_put(NULL);
	admission_see(NULL, &seen);
	assert_int_equal(seen.guaranteed, 77);
	assert_null(space_admission(NULL));
	s = space_create();
	assert_non_null(s);
	assert_true(space_admit(s, NULL, 5, "nobody"));
	assert_null(space_admission(s));
	space_put(s);
	assert_string_equal(admission_kernel_part()->name, "programs");
	end();
}

/* What is taken before it is needed stays until all is begun; then the rest goes back. */
static void a_start_is_admitted_whole(void **state)
{
	struct admission_seen seen;
	struct address_space *s;

	(void)state;
	start(GUARANTEED);
	s = spaces[0].space = space_create();
	assert_non_null(s);
	s->mmap_top = USER_TOP - PAGE_SIZE;
	assert_true(space_admit(s, program, 50, "test"));
	map_at(s, 1ul << 20, 4, VM_READ | VM_WRITE);
	admission_see(program, &seen);
	assert_int_equal(seen.committed, 50);
	space_admit_end(s);
	admission_see(program, &seen);
	assert_int_equal(seen.committed, s->admitted.needs);
	assert_in_range(s->admitted.needs, 4 + ROOT_LEVEL, 49);
	end();
}

/* Each of these is missing once: memory for the kernel's part, an account. Then all is there. */
static void guarantees_that_cannot_be_begun(void **state)
{
	struct admission *all[MEM_ACCOUNTS_ALL];
	unsigned long missing = 0;
	unsigned int nr = 0;

	(void)state;
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	hogged = NULL;
	hog();
	assert_null(admission_create("early", 1, &missing));
	assert_int_equal(missing, CONFIG_ADMISSION_KERNEL_KB / 4);
	assert_int_equal(admission_kernel_part()->guaranteed, 0);
	/* Now there is memory for the books, and still not for the kernel's part. */
	let_go(8);
	missing = 0;
	assert_null(admission_create("early", 1, &missing));
	assert_int_equal(missing, CONFIG_ADMISSION_KERNEL_KB / 4);
	assert_int_equal(admission_kernel_part()->guaranteed, 0);
	let_go(~0u);
	while ((all[nr] = admission_create("one of many", 1, &missing)))
		assert_true(++nr < MEM_ACCOUNTS_ALL);
	assert_int_equal(missing, 0);
	assert_int_equal(admission_kernel_part()->guaranteed, CONFIG_ADMISSION_KERNEL_KB / 4);
	admission_put(all[--nr]);
	all[nr] = admission_create("in its place", 1, &missing);
	assert_non_null(all[nr++]);
	while (nr)
		admission_put(all[--nr]);
	assert_int_equal(audit_errors(NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_admitted_fault_fails),
		cmocka_unit_test(a_hole_in_the_guarantee_is_found),
		cmocka_unit_test(more_than_there_is_cannot_be_guaranteed),
		cmocka_unit_test(a_stack_is_admitted_to_its_limit),
		cmocka_unit_test(a_stack_may_grow_to_the_second_page),
		cmocka_unit_test(a_mapping_at_any_place),
		cmocka_unit_test(heaps_and_moves),
		cmocka_unit_test(a_move_is_admitted_at_its_worst),
		cmocka_unit_test(a_copy_is_admitted_whole),
		cmocka_unit_test(no_table_where_the_promise_is_broken),
		cmocka_unit_test(damaged_tables_are_seen),
		cmocka_unit_test(who_is_no_program),
		cmocka_unit_test(a_start_is_admitted_whole),
		cmocka_unit_test(guarantees_that_cannot_be_begun),
	};

	plan = random_plan(argc, argv, 20000, 1000000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
