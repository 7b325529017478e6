/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on address spaces against a model that shares nothing with them: for each page
 * of a window of each space, what may be done there and which word is in it. And against CPUs that
 * remember each entry that they have met, until they are told to forget it.
 *
 * 	spaces [seed [operations]]
 *
 * Page tables are of software; faults are calls. Pages are moved in between, whoever sees them.
 * After the last space nothing is left.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/address_space.h>
#include <mm/contig.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/spaces.h>
#include <mm/user_page.h>
#include <arch/user_table.h>

#include "mm/page/internal.h"
#include "mm/vm/spaces.h"

#define RAM_BYTES	(64ul << 20)
#define SPACES		4u
#define PAGES		192u
/* Across the ends of tables. */
#define BASE		((1ul << 30) - 64 * PAGE_SIZE)
#define OPERATIONS	30000u
#define CHECK_EACH	512u
/* More than lie in a pageblock. */
#define MANY		1200u

struct model_page {
	bool mapped;
	u32 rights;
	u64 word;
};

static struct {
	struct address_space *space;
	struct model_page pages[PAGES];
	u64 remembered[PAGES];		/* entries of page tables; 0: none */
} spaces[SPACES];

static struct random_plan plan;
static struct rng rng;
static u64 words, moves, run_moves;

static uintptr_t va_of(unsigned int page)
{
	return BASE + page * PAGE_SIZE;
}

static u64 *word_at(struct address_space *s, unsigned int page)
{
	u64 *slot = user_slot(s, va_of(page), false);

	assert_non_null(slot);
	assert_true(*slot != 0);
	return __va(pte_pa(*slot));
}

/* ---- what CPUs remember ---- */

static void forget(const struct arch_space *arch, unsigned long start, unsigned long end)
{
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; &spaces[nr].space->arch == arch && i < PAGES; i++)
			if (va_of(i) >= start && va_of(i) < end)
				spaces[nr].remembered[i] = 0;
}

/* What is remembered may allow less than the page tables do, and leads where they lead. */
static void nothing_old_is_remembered(unsigned int first, unsigned int count)
{
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = first; i < first + count; i++) {
			u64 old = spaces[nr].remembered[i], *slot;

			if (!old)
				continue;
			slot = user_slot(spaces[nr].space, va_of(i), false);
			if (!slot || leaf_pfn(*slot) != leaf_pfn(old) ||
			    old & ~*slot & (VM_READ | VM_WRITE | VM_EXEC))
				fail_msg("a CPU remembers page %u of space %u as 0x%llx", i, nr,
					 (unsigned long long)old);
		}
}

static u32 random_rights(void)
{
	static const u32 rights[] = { 0, VM_READ, VM_READ | VM_WRITE, VM_READ | VM_WRITE,
				      VM_READ | VM_EXEC };

	return rights[rng_below(&rng, ARRAY_SIZE(rights))];
}

static void touch(unsigned int nr, unsigned int page, bool write)
{
	struct model_page *m = &spaces[nr].pages[page];
	struct address_space *s = spaces[nr].space;
	int err = space_fault(s, va_of(page) + 8, write ? VM_WRITE : VM_READ);

	nothing_old_is_remembered(page, 1);
	if (!m->mapped) {
		assert_int_equal(err, -EFAULT);
	} else if (!(m->rights & (write ? VM_WRITE : VM_READ))) {
		assert_int_equal(err, -EACCES);
	} else {
		assert_int_equal(err, 0);
		assert_int_equal(*word_at(s, page), m->word);
		if (write)
			*word_at(s, page) = m->word = ++words;
		spaces[nr].remembered[page] = *user_slot(s, va_of(page), false);
	}
}

static void map(unsigned int nr, unsigned int first, unsigned int count)
{
	u32 rights = random_rights();
	long at = space_map(spaces[nr].space, &(struct map_request){
		.start = va_of(first), .bytes = count * PAGE_SIZE, .rights = rights,
		.fixed = true });

	assert_int_equal(at, va_of(first));
	for (unsigned int i = first; i < first + count; i++)
		spaces[nr].pages[i] = (struct model_page){ true, rights, 0 };
}

static void unmap(unsigned int nr, unsigned int first, unsigned int count)
{
	assert_int_equal(space_unmap(spaces[nr].space, va_of(first), count * PAGE_SIZE), 0);
	for (unsigned int i = first; i < first + count; i++)
		spaces[nr].pages[i].mapped = false;
}

static bool is_covered(unsigned int nr, unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++)
		if (!spaces[nr].pages[i].mapped)
			return false;
	return true;
}

static void protect(unsigned int nr, unsigned int first, unsigned int count)
{
	u32 rights = random_rights();
	bool covered = is_covered(nr, first, count);

	assert_int_equal(space_protect(spaces[nr].space, va_of(first), count * PAGE_SIZE, rights),
			 covered ? 0 : -ENOMEM);
	for (unsigned int i = first; covered && i < first + count; i++)
		spaces[nr].pages[i].rights = rights;
}

static void discard(unsigned int nr, unsigned int first, unsigned int count)
{
	bool covered = is_covered(nr, first, count);

	assert_int_equal(space_discard(spaces[nr].space, va_of(first), count * PAGE_SIZE),
			 covered ? 0 : -ENOMEM);
	for (unsigned int i = first; i < first + count; i++)
		spaces[nr].pages[i].word = 0;
}

/* Whoever empties memory has the page's frame. All see the same page as before: what the model says
 * of it is looked at in every space that did. */
static void move(unsigned int nr, unsigned int page)
{
	u64 *slot = user_slot(spaces[nr].space, va_of(page), false);
	struct page *at;

	while (page < PAGES - 1 && (!slot || !*slot))
		slot = user_slot(spaces[nr].space, va_of(++page), false);
	at = slot && leaf_is_counted(*slot) ? pfn_to_page(leaf_pfn(*slot)) : NULL;

	if (!at || !user_page_can_move(at, at->word))
		return;
	assert_int_equal(migrate_page(page_to_pfn(at), GFP_KERNEL), 0);
	assert_true(leaf_pfn(*slot) != page_to_pfn(at));
	for (unsigned int i = 0; i < SPACES; i++)
		if (spaces[i].pages[page].mapped && spaces[i].pages[page].rights & VM_READ)
			touch(i, page, false);
	moves++;
}

/* Whoever empties memory has the frames around the page's that can be had at once. */
static void move_run(unsigned int nr, unsigned int page)
{
	const u64 *slot = user_slot(spaces[nr].space, va_of(page), false);
	unsigned long pfn;
	u32 taken;

	if (!slot || !leaf_is_counted(*slot))
		return;
	pfn = leaf_pfn(*slot) - rng_below(&rng, 2) * rng_below(&rng, 4);
	taken = take_run_from_owners(page_zone(pfn_to_page(pfn)), pfn, pfn + 16, GFP_KERNEL);
	for (; taken; taken >>= 1, pfn++) {
		if (!(taken & 1))
			continue;
		free_pages_to_zone(pfn_to_page(pfn));
		run_moves++;
	}
}

static void fork_to(unsigned int nr, unsigned int from)
{
	struct address_space *copy = space_fork(spaces[from].space);

	assert_non_null(copy);
	space_put(spaces[nr].space);
	spaces[nr] = spaces[from];
	spaces[nr].space = copy;
	memset(spaces[nr].remembered, 0, sizeof(spaces[nr].remembered));
}

static void replace(unsigned int nr)
{
	unsigned int from = rng_below(&rng, SPACES);

	if (from != nr && rng_below(&rng, 8)) {
		fork_to(nr, from);
		return;
	}
	space_put(spaces[nr].space);
	memset(&spaces[nr], 0, sizeof(spaces[nr]));
	spaces[nr].space = space_create();
	assert_non_null(spaces[nr].space);
	spaces[nr].space->mmap_top = USER_TOP - PAGE_SIZE;
}

/* To another part of the window, apart from the first. */
static void remap(unsigned int nr, unsigned int first, unsigned int count)
{
	unsigned int to = rng_below(&rng, PAGES - count + 1);
	struct model_page *pages = spaces[nr].pages;
	long at;

	if (to + count > first && first + count > to)
		return;
	/* One region: what is asked of several is refused. */
	map(nr, first, count);
	for (unsigned int i = first; i < first + count; i++)
		if (rng_below(&rng, 2))
			touch(nr, i, true);
	if (rng_below(&rng, 2))
		fork_to((nr + 1) % SPACES, nr);
	at = space_remap(spaces[nr].space, va_of(first), count * PAGE_SIZE, count * PAGE_SIZE, true,
			 true, va_of(to));
	assert_int_equal(at, va_of(to));
	memcpy(&pages[to], &pages[first], count * sizeof(pages[0]));
	for (unsigned int i = first; i < first + count; i++)
		pages[i].mapped = false;
}

static void check_all(void)
{
	const char *broken = spaces_validate();

	if (broken)
		fail_msg("%s, seed %llu", broken, (unsigned long long)plan.seed);
	nothing_old_is_remembered(0, PAGES);
	assert_int_equal(audit_errors(NULL), 0);
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; i < PAGES; i++)
			assert_int_equal(space_has(spaces[nr].space, va_of(i), PAGE_SIZE),
					 spaces[nr].pages[i].mapped);
}

static void operate(void)
{
	unsigned int nr = rng_below(&rng, SPACES), first = rng_below(&rng, PAGES);
	unsigned int count = 1 + rng_below(&rng, min(PAGES - first, 24u));

	switch (rng_below(&rng, 32)) {
	case 0 ... 2:
		map(nr, first, count);
		break;
	case 3 ... 4:
		unmap(nr, first, count);
		break;
	case 5 ... 7:
		protect(nr, first, count);
		break;
	case 8:
		discard(nr, first, count);
		break;
	case 9:
		if (rng_below(&rng, 4) == 0)
			replace(nr);
		break;
	case 10:
		remap(nr, first, count);
		break;
	case 11 ... 14:
		if (!IS_ENABLED(CONFIG_MIGRATION))
			break;
		if (count % 2)
			move_run(nr, first);
		else
			move(nr, first);
		break;
	default:
		touch(nr, first, rng_below(&rng, 2));
		break;
	}
	nothing_old_is_remembered(first, count);
}

/* proves RG1, RG2, RG3, RG4, UT1, UT2, AS1, UP1, UM1, UM2 */
static void spaces_do_what_the_model_does(void **state)
{
	unsigned long free_before;

	(void)state;
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	for (unsigned int nr = 0; nr < SPACES; nr++)
		spaces[nr].space = space_create();
	for (unsigned int nr = 0; nr < SPACES; nr++) {
		assert_non_null(spaces[nr].space);
		spaces[nr].space->mmap_top = USER_TOP - PAGE_SIZE;
	}
	host_space_forgets = forget;
	drain_local_pages();
	free_before = nr_free_pages();
	for (u64 i = 0; i < plan.operations; i++) {
		operate();
		if (i % CHECK_EACH == 0)
			check_all();
	}
	check_all();
	assert_true((moves && run_moves) || !IS_ENABLED(CONFIG_MIGRATION));
	printf("# %llu pages were moved, %llu in runs\n", (unsigned long long)moves,
	       (unsigned long long)run_moves);
	for (unsigned int nr = 0; nr < SPACES; nr++)
		assert_int_equal(space_unmap(spaces[nr].space, BASE, PAGES * PAGE_SIZE), 0);
	drain_this_cpu();
	/* A few slabs of regions may stay. */
	assert_in_range(nr_free_pages(), free_before - 64, free_before + 64);
	for (unsigned int nr = 0; nr < SPACES; nr++) {
		space_put(spaces[nr].space);
		for (unsigned int i = 0; i < PAGES; i++)
			assert_int_equal(spaces[nr].remembered[i], 0);
	}
	host_space_forgets = NULL;
}

/* Ways that fail leave nothing behind: memory runs out at each step of a fork. */
static void a_fork_without_memory_leaves_nothing(void **state)
{
	struct address_space *s, *copy;
	unsigned int done = 0;

	(void)state;
	boot_ram(16ul << 20, 1);
	kmem_cache_init();
	s = space_create();
	assert_non_null(s);
	s->mmap_top = USER_TOP - PAGE_SIZE;
	for (unsigned int i = 0; i < 40; i++) {
		uintptr_t at = BASE + i * (2ul << 20);
		long mapped = space_map(s, &(struct map_request){
			.start = at, .bytes = PAGE_SIZE, .rights = VM_READ | VM_WRITE,
			.fixed = true });

		assert_int_equal(mapped, at);
		assert_int_equal(space_fault(s, at, VM_WRITE), 0);
	}
	while ((copy = space_fork(s))) {
		spaces[done % SPACES].space = copy;
		assert_true(++done < 1000);
	}
	assert_true(done > 0);
	assert_null(spaces_validate());
}

/* ---- pages that stay where they are ---- */

/* A space with so many pages that have been written to; the last one's entry. */
static u64 *boot_with_pages(struct address_space **s, unsigned int nr)
{
	boot_ram(32ul << 20, 1);
	kmem_cache_init();
	*s = space_create();
	assert_non_null(*s);
	(*s)->mmap_top = USER_TOP - PAGE_SIZE;
	assert_int_equal(space_map(*s, &(struct map_request){
		.start = va_of(0), .bytes = nr * PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.fixed = true }), va_of(0));
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(space_fault(*s, va_of(i), VM_WRITE), 0);
	return user_slot(*s, va_of(nr - 1), false);
}

static void stays(const u64 *slot, gfp_t gfp, int why)
{
	const u64 entry = *slot;

	assert_int_equal(migrate_page(leaf_pfn(entry), gfp), why);
	assert_int_equal(*slot, entry);
}

/* Whoever holds the lock of a space keeps its pages where they are, and no lock stays behind. */
static void pages_of_locked_spaces_stay(void **state)
{
	static struct thread other;
	struct address_space *s, *copy;
	u64 *slot;

	(void)state;
	if (!IS_ENABLED(CONFIG_MIGRATION) || !IS_ENABLED(CONFIG_THREADS))
		skip();
	slot = boot_with_pages(&s, 1);
	s->lock.owner = (unsigned long)&other;
	stays(slot, GFP_NOWAIT, -EAGAIN);
	assert_null(spaces_validate());
	s->lock.owner = 0;
	/* After a fork both see it. */
	copy = space_fork(s);
	assert_non_null(copy);
	copy->lock.owner = (unsigned long)&other;
	stays(slot, GFP_NOWAIT, -EAGAIN);
	assert_null(mutex_owner(&s->lock));
	copy->lock.owner = 0;
	assert_int_equal(migrate_page(leaf_pfn(*slot), GFP_NOWAIT), 0);
	assert_int_equal(leaf_pfn(*user_slot(copy, va_of(0), false)), leaf_pfn(*slot));
	assert_null(mutex_owner(&s->lock));
	assert_null(mutex_owner(&copy->lock));
	assert_int_equal(s->movers, 0);
	assert_int_equal(copy->movers, 0);
	space_put(copy);
	space_put(s);
	assert_int_equal(audit_errors(NULL), 0);
}

/* A page whose descriptor is wrong is not moved, and the audit says so. proves UM1 */
static void pages_that_are_not_found_stay(void **state)
{
	struct address_space *s;
	struct page *page;
	u64 *slot;

	(void)state;
	if (!IS_ENABLED(CONFIG_MIGRATION))
		skip();
	slot = boot_with_pages(&s, 1);
	page = pfn_to_page(leaf_pfn(*slot));
	page->private++;
	stays(slot, GFP_NOWAIT, -EBUSY);
	assert_int_equal(audit_errors(NULL), 1);
	page->private--;
	user_page_set_place(page, user_place(s->slot, va_of(1)));
	stays(slot, GFP_NOWAIT, -EAGAIN);
	assert_int_equal(audit_errors(NULL), 1);
	user_page_set_place(page, user_place(s->slot, va_of(0)));
	assert_int_equal(audit_errors(NULL), 0);
	assert_int_equal(migrate_page(leaf_pfn(*slot), GFP_NOWAIT), 0);
	space_put(s);
}

/* Whoever wants the frame gets it, or is told whose it is. */
static void frames_are_had(void **state)
{
	static struct thread other;
	struct page_obstacle o;
	struct frame_snapshot f;
	struct address_space *s;
	char whose[64];
	unsigned long pfn;
	u64 *slot;

	(void)state;
	if (!IS_ENABLED(CONFIG_MIGRATION) || !IS_ENABLED(CONFIG_CMA))
		skip();
	slot = boot_with_pages(&s, MANY);
	*word_at(s, MANY - 1) = 77;
	pfn = leaf_pfn(*slot);
	snprintf(whose, sizeof(whose), "user: at 0x%lx of address space %u, seen by 1",
		 va_of(MANY - 1), s->slot);
	assert_true(frame_snapshot(pfn, &f));
	assert_string_equal(f.owner, whose);
	s->lock.owner = (unsigned long)&other;
	assert_int_equal(alloc_contig_range(pfn, pfn + 1, GFP_NOWAIT, &o), -EBUSY);
	assert_string_equal(o.what, whose);
	assert_int_equal(o.pfn, pfn);
	s->lock.owner = 0;
	assert_int_equal(alloc_contig_range(pfn, pfn + 1, GFP_NOWAIT, &o), 0);
	assert_int_not_equal(leaf_pfn(*slot), pfn);
	assert_int_equal(*word_at(s, MANY - 1), 77);
	free_contig_range(pfn, 1);
	/* More than go at once. */
	assert_int_equal(space_unmap(s, va_of(0), MANY * PAGE_SIZE), 0);
	space_put(s);
	assert_int_equal(audit_errors(NULL), 0);
}

static struct {
	unsigned long start, end;
} forgotten;

static void note_forgotten(const struct arch_space *arch, unsigned long start, unsigned long end)
{
	(void)arch;
	forgotten.start = start;
	forgotten.end = end;
}

/* CPUs keep what they know of the pages beside those that change. */
static void no_more_is_forgotten(void **state)
{
	struct address_space *s;

	(void)state;
	boot_ram(16ul << 20, 1);
	kmem_cache_init();
	s = space_create();
	assert_non_null(s);
	s->mmap_top = USER_TOP - PAGE_SIZE;
	assert_int_equal(space_map(s, &(struct map_request){
		.start = va_of(0), .bytes = 8 * PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.fixed = true }), va_of(0));
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(space_fault(s, va_of(i), VM_WRITE), 0);
	host_space_forgets = note_forgotten;
	assert_int_equal(space_unmap(s, va_of(2), 3 * PAGE_SIZE), 0);
	assert_int_equal(forgotten.start, va_of(2));
	assert_int_equal(forgotten.end, va_of(5));
	assert_int_equal(space_protect(s, va_of(6), PAGE_SIZE, VM_READ), 0);
	assert_int_equal(forgotten.start, va_of(6));
	assert_int_equal(forgotten.end, va_of(7));
	host_space_forgets = NULL;
	space_put(s);
}

/* Tables that wait for the next space are empty, those that were roots too: all else of a root is
 * the kernel's. */
static void roots_become_tables(void **state)
{
	struct address_space *s[6];
	struct page *table[6];

	(void)state;
	boot_ram(16ul << 20, 1);
	kmem_cache_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = space_create();
		assert_non_null(s[i]);
		/* Whatever the kernel's own half has here. */
		((u64 *)__va(s[i]->root_pa))[PTRS_PER_TABLE / 2] = ~0ull;
		((u64 *)__va(s[i]->root_pa))[PTRS_PER_TABLE - 1] = ~0ull;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++)
		space_put(s[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
		table[i] = user_table_alloc();
		assert_non_null(table[i]);
		for (unsigned int k = 0; k < PTRS_PER_TABLE; k++)
			assert_int_equal(((u64 *)page_address(table[i]))[k], 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(table); i++)
		user_table_free(table[i]);
	/* A space that was kept for the next program is as a new one. */
	s[0] = space_create();
	assert_non_null(s[0]);
	assert_int_equal(s[0]->mapped_pages | s[0]->peak_pages | s[0]->resident_pages, 0);
	assert_int_equal(s[0]->faults | s[0]->nr_regions | s[0]->leaf_region, 0);
	assert_int_equal(s[0]->heap_start | s[0]->heap_end | s[0]->mmap_top, 0);
	space_put(s[0]);
}

/* A space that somebody changes just now is passed over, and no other is. */
static void a_busy_space_hides_no_other(void **state)
{
	static struct thread other;
	struct address_space *s[3];

	(void)state;
	if (!IS_ENABLED(CONFIG_THREADS))
		skip();
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++) {
		s[i] = space_create();
		assert_non_null(s[i]);
	}
	s[1]->lock.owner = (unsigned long)&other;
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++) {
		s[i]->resident_pages++;
		assert_int_equal(spaces_validate() != NULL, i != 1);
		s[i]->resident_pages--;
	}
	s[1]->lock.owner = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(s); i++)
		space_put(s[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spaces_do_what_the_model_does),
		cmocka_unit_test(a_fork_without_memory_leaves_nothing),
		cmocka_unit_test(pages_of_locked_spaces_stay),
		cmocka_unit_test(pages_that_are_not_found_stay),
		cmocka_unit_test(frames_are_had),
		cmocka_unit_test(no_more_is_forgotten),
		cmocka_unit_test(roots_become_tables),
		cmocka_unit_test(a_busy_space_hides_no_other),
	};

	plan = random_plan(argc, argv, OPERATIONS, 1000000);
	rng.state = plan.seed;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
