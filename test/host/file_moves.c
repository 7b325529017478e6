/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of files move between random operations, against a model that keeps each file's words and
 * what each space has mapped: files are written, read, cut and thrown away; spaces map them, shared
 * and privately, at several places, fork, and take mappings elsewhere. And against CPUs that
 * remember each entry that they have met, until they are told to forget it.
 *
 *	file_moves [seed [operations]]
 */
#include "common/audit.h"
#include "common/boot.h"
#include "common/files.h"

#include <kernel/errno.h>
#include <kernel/math.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/page_holder.h>
#include <mm/slab.h>
#include <mm/spaces.h>
#include <arch/user_table.h>

#include "mm/vm/spaces.h"

#define FILES		3u
/* The tree has more than one table. */
#define FILE_PAGES	600u
#define SPACES		3u
#define PAGES		96u
/* Across the ends of page tables. */
#define BASE		((1ul << 30) - 32 * PAGE_SIZE)
#define OPERATIONS	30000u
#define CHECK_EACH	512u

static struct {
	struct file *f;
	u32 pages;			/* its length */
	u64 words[FILE_PAGES];		/* the first of each page */
} files[FILES];

struct model_page {
	bool mapped, shared, touched, own;
	unsigned int file, index;
	u64 word;			/* of one that is its own */
};

static struct {
	struct address_space *space;
	struct model_page pages[PAGES];
	u64 remembered[PAGES];		/* entries of page tables; 0: none */
} spaces[SPACES];

static struct random_plan plan;
static struct rng rng;
static u64 words, moves, mapped_moves;

static struct page *frame(void *file, u64 index, bool make)
{
	return file_frame(file, index, make);
}

static struct page_holder *holder(void *file)
{
	return file_page_holder(file);
}

static void get(void *file)
{
	(void)file_get(file);
}

static void put(void *file)
{
	file_put(file);
}

static const struct backing_ops backing = {
	.frame = frame, .holder = holder, .get = get, .put = put,
};

static uintptr_t va_of(unsigned int page)
{
	return BASE + page * PAGE_SIZE;
}

static u64 *slot_of(unsigned int nr, unsigned int page)
{
	return user_slot(spaces[nr].space, va_of(page), false);
}

static u64 *word_at(unsigned int nr, unsigned int page)
{
	u64 *slot = slot_of(nr, page);

	assert_non_null(slot);
	assert_true(*slot & ENTRY_VALID);
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

static void nothing_old_is_remembered(void)
{
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; i < PAGES; i++) {
			u64 old = spaces[nr].remembered[i], *slot = old ? slot_of(nr, i) : NULL;

			if (old && (!slot || leaf_pfn(*slot) != leaf_pfn(old) ||
				    old & ~*slot & (VM_READ | VM_WRITE)))
				fail_msg("a CPU remembers page %u of space %u as 0x%llx", i, nr,
					 (unsigned long long)old);
		}
}

/* ---- spaces ---- */

static u64 *model_word(struct model_page *m)
{
	return m->own ? &m->word : &files[m->file].words[m->index];
}

static void touch(unsigned int nr, unsigned int page, bool write)
{
	struct model_page *m = &spaces[nr].pages[page];
	int err = space_fault(spaces[nr].space, va_of(page), write ? VM_WRITE : VM_READ);

	if (!m->mapped) {
		assert_int_equal(err, -EFAULT);
		return;
	}
	if (m->index >= files[m->file].pages && !m->touched) {
		assert_int_equal(err, -ENXIO);
		return;
	}
	assert_int_equal(err, 0);
	m->touched = true;
	if (write && !m->shared && !m->own) {
		m->word = *model_word(m);
		m->own = true;
	}
	assert_int_equal(*word_at(nr, page), *model_word(m));
	if (write)
		*word_at(nr, page) = *model_word(m) = ++words;
	spaces[nr].remembered[page] = *slot_of(nr, page);
}

static void map(unsigned int nr, unsigned int first, unsigned int count)
{
	unsigned int file = rng_below(&rng, FILES), index = rng_below(&rng, FILE_PAGES - count);
	bool shared = rng_below(&rng, 2);
	long at = space_map(spaces[nr].space, &(struct map_request){
		.start = va_of(first), .bytes = count * PAGE_SIZE, .rights = VM_READ | VM_WRITE,
		.flags = shared ? REGION_SHARED | REGION_MAY_WRITE : 0, .file = files[file].f,
		.ops = &backing, .first_index = index, .fixed = true });

	assert_int_equal(at, va_of(first));
	for (unsigned int i = 0; i < count; i++)
		spaces[nr].pages[first + i] = (struct model_page){
			.mapped = true, .shared = shared, .file = file, .index = index + i };
}

static void unmap(unsigned int nr, unsigned int first, unsigned int count)
{
	assert_int_equal(space_unmap(spaces[nr].space, va_of(first), count * PAGE_SIZE), 0);
	memset(&spaces[nr].pages[first], 0, count * sizeof(spaces[nr].pages[0]));
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

static void remap(unsigned int nr, unsigned int first, unsigned int count)
{
	unsigned int to = rng_below(&rng, PAGES - count + 1);
	struct model_page *pages = spaces[nr].pages;

	if (to + count > first && first + count > to)
		return;
	map(nr, first, count);
	for (unsigned int i = first; i < first + count; i++)
		if (rng_below(&rng, 2))
			touch(nr, i, rng_below(&rng, 2));
	assert_int_equal(space_remap(spaces[nr].space, va_of(first), count * PAGE_SIZE,
				     count * PAGE_SIZE, true, true, va_of(to)), va_of(to));
	memcpy(&pages[to], &pages[first], count * sizeof(pages[0]));
	memset(&pages[first], 0, count * sizeof(pages[0]));
}

/* ---- files ---- */

static void write_word(unsigned int file, unsigned int index)
{
	files[file].words[index] = ++words;
	assert_int_equal(write_at(files[file].f, (char *)&words, sizeof(words), index * PAGE_SIZE),
			 sizeof(words));
	files[file].pages = max(files[file].pages, index + 1);
	/* The file ends with a word. */
	must(file_truncate(files[file].f, files[file].pages * PAGE_SIZE));
}

static void read_word(unsigned int file, unsigned int index)
{
	u64 word = ~0ull;
	long done = read_at(files[file].f, (char *)&word, sizeof(word), index * PAGE_SIZE);

	if (index >= files[file].pages)
		assert_int_equal(done, 0);
	else
		assert_int_equal(word, files[file].words[index]);
}

/* Spaces lose the pages that go, and what they wrote in the place of these. */
static void cut(unsigned int file, unsigned int pages)
{
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; i < PAGES; i++) {
			struct model_page *m = &spaces[nr].pages[i];

			if (m->mapped && m->file == file && m->index >= pages)
				m->touched = m->own = false;
		}
	must(file_truncate(files[file].f, pages * PAGE_SIZE));
	for (unsigned int i = pages; i < FILE_PAGES; i++)
		files[file].words[i] = 0;
	files[file].pages = pages;
	nothing_old_is_remembered();
}

/* ---- moves ---- */

static struct page *page_of(unsigned int file, unsigned int index)
{
	struct page *page = file_frame(files[file].f, index, false);

	if (page)
		user_page_put(page);
	return page;
}

static unsigned int seen_by(unsigned int file, unsigned int index)
{
	unsigned int seen = 0;

	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; i < PAGES; i++) {
			const struct model_page *m = &spaces[nr].pages[i];

			seen += m->touched && !m->own && m->file == file && m->index == index;
		}
	return seen;
}

static void move(unsigned int file, unsigned int index)
{
	struct page *page = page_of(file, index);
	unsigned long pfn;

	if (!page)
		return;
	assert_true(user_page_can_move(page, page->word));
	assert_int_equal(page->private, 1 + seen_by(file, index));
	pfn = page_to_pfn(page);
	/* Who has it for a moment keeps it. */
	user_page_get(page);
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), -EAGAIN);
	user_page_put(page);
	nothing_old_is_remembered();
	assert_int_equal(migrate_page(pfn, GFP_KERNEL), 0);
	assert_true(page_state(page) == PG_BUDDY || page_state(page) == PG_PCP);
	page = page_of(file, index);
	assert_int_not_equal(page_to_pfn(page), pfn);
	assert_int_equal(page->private, 1 + seen_by(file, index));
	moves++;
	mapped_moves += seen_by(file, index) != 0;
	read_word(file, index);
}

/* One that a space sees, rather. */
static void move_any(void)
{
	unsigned int nr = rng_below(&rng, SPACES), page = rng_below(&rng, PAGES);
	const struct model_page *m = &spaces[nr].pages[page];

	if (m->touched && rng_below(&rng, 4))
		move(m->file, m->index);
	else
		move(rng_below(&rng, FILES), rng_below(&rng, FILE_PAGES));
	nothing_old_is_remembered();
}

static void check_all(void)
{
	const char *broken = spaces_validate();

	if (broken)
		fail_msg("%s, seed %llu", broken, (unsigned long long)plan.seed);
	nothing_old_is_remembered();
	assert_int_equal(audit_errors(NULL), 0);
	for (unsigned int nr = 0; nr < SPACES; nr++)
		for (unsigned int i = 0; i < PAGES; i++)
			if (spaces[nr].pages[i].touched)
				touch(nr, i, false);
	for (unsigned int file = 0; file < FILES; file++)
		for (unsigned int i = 0; i < FILE_PAGES; i++)
			read_word(file, i);
}

static void operate(void)
{
	unsigned int nr = rng_below(&rng, SPACES), first = rng_below(&rng, PAGES);
	unsigned int count = 1 + rng_below(&rng, min(PAGES - first, 24u));

	switch (rng_below(&rng, 32)) {
	case 0 ... 1:
		map(nr, first, count);
		break;
	case 2:
		unmap(nr, first, count);
		break;
	case 3:
		remap(nr, first, count);
		break;
	case 4:
		if (rng_below(&rng, 4) == 0)
			fork_to((nr + 1) % SPACES, nr);
		break;
	case 5:
		if (rng_below(&rng, 16) == 0)
			cut(rng_below(&rng, FILES), rng_below(&rng, FILE_PAGES));
		break;
	case 6 ... 9:
		write_word(rng_below(&rng, FILES), rng_below(&rng, FILE_PAGES));
		break;
	case 10 ... 17:
		move_any();
		break;
	default:
		touch(nr, first, rng_below(&rng, 2));
		break;
	}
}

static void begin(void)
{
	must(files_setup(NULL));
	for (unsigned int i = 0; i < FILES; i++) {
		char path[16];

		snprintf(path, sizeof(path), "/f%u", i);
		must(open_file(path, O_CREAT | O_RDWR, &files[i].f));
	}
	for (unsigned int nr = 0; nr < SPACES; nr++) {
		spaces[nr].space = space_create();
		assert_non_null(spaces[nr].space);
		spaces[nr].space->mmap_top = USER_TOP - PAGE_SIZE;
	}
	host_space_forgets = forget;
}

static void end(void)
{
	host_space_forgets = NULL;
	for (unsigned int nr = 0; nr < SPACES; nr++)
		space_put(spaces[nr].space);
	for (unsigned int i = 0; i < FILES; i++)
		file_put(files[i].f);
	memset(spaces, 0, sizeof(spaces));
	memset(files, 0, sizeof(files));
	must(files_teardown(NULL));
	assert_int_equal(audit_errors(NULL), 0);
}

/* proves MF1, MF2 */
static void files_are_what_the_model_says(void **state)
{
	(void)state;
	begin();
	for (u64 i = 0; i < plan.operations; i++) {
		operate();
		if (i % CHECK_EACH == 0)
			check_all();
	}
	check_all();
	assert_true(moves && mapped_moves);
	printf("# %llu pages were moved, %llu of them mapped\n", (unsigned long long)moves,
	       (unsigned long long)mapped_moves);
	end();
}

/* The first space sees page 1 of the first file. */
static void map_one(void)
{
	assert_int_equal(space_map(spaces[0].space, &(struct map_request){
		.start = va_of(0), .bytes = PAGE_SIZE, .rights = VM_READ, .file = files[0].f,
		.ops = &backing, .first_index = 1, .fixed = true }), va_of(0));
	assert_int_equal(space_fault(spaces[0].space, va_of(0), VM_READ), 0);
}

/* Whoever wants the frame gets it, or is told whose it is. */
static void frames_are_had(void **state)
{
	static struct thread other;
	struct page *page;
	unsigned long pfn;
	char text[64];

	(void)state;
	if (!IS_ENABLED(CONFIG_THREADS))
		skip();
	begin();
	write_word(0, 1);
	map_one();
	page = page_of(0, 1);
	pfn = page_to_pfn(page);
	movable_describe(pfn, text, sizeof(text));
	assert_int_equal(strncmp(text, "file: page 1 of the file at 0x", 30), 0);
	assert_non_null(strstr(text, ", which 2 have"));
	spaces[0].space->lock.owner = (unsigned long)&other;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), -EAGAIN);
	assert_true(page_of(0, 1) == page);
	spaces[0].space->lock.owner = 0;
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
	assert_int_not_equal(page_to_pfn(page_of(0, 1)), pfn);
	assert_int_equal(*word_at(0, 0), files[0].words[1]);
	end();
}

/* proves MF1: a descriptor that names a wrong page or holder is found, and its page stays. */
static void what_is_not_true(void **state)
{
	struct page *page;
	u32 owner, part;

	(void)state;
	begin();
	write_word(0, 1);
	page = page_of(0, 1);
	owner = page->movable_owner;
	part = page->movable_part;
	page->movable_part = part ^ 1;
	assert_int_equal(audit_errors(NULL), 1);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	/* A number far behind the file's end, for which its holder points to nothing. */
	page->movable_part = part | 1u << 26;
	assert_int_equal(audit_errors(NULL), 1);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	page->movable_part = part;
	page->movable_owner = owner | 0x3fffffff;
	assert_int_equal(audit_errors(NULL), 1);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	page->movable_owner = owner;
	map_one();
	/* An entry that is not counted. */
	page->private--;
	assert_non_null(spaces_validate());
	page->private++;
	assert_null(spaces_validate());
	assert_int_equal(audit_errors(NULL), 0);
	end();
}

/* What was cut off is nobody's, and its frame is free; what a reader has in hand stays so long. */
static void cut_pages_go(void **state)
{
	struct page *page;

	(void)state;
	begin();
	write_word(0, 1);
	map_one();
	page = page_of(0, 1);
	user_page_get(page);
	must(file_truncate(files[0].f, 0));
	assert_false(user_page_can_move(page, page->word));
	assert_int_equal(page->private, 1);
	assert_int_equal(space_fault(spaces[0].space, va_of(0), VM_READ), -ENXIO);
	assert_int_equal(spaces[0].space->resident_pages, 0);
	assert_int_equal(audit_errors(NULL), 0);
	user_page_put(page);
	assert_int_not_equal(page_state(page), PG_USER);
	files[0].pages = 0;
	end();
}

/* ---- odd ends ---- */

/* Whoever takes the page once no entry leads to it keeps it, and the entry leads there again. */
static struct page *wanted;

static void take_meanwhile(const struct arch_space *arch, unsigned long start, unsigned long end)
{
	forget(arch, start, end);
	if (wanted)
		user_page_get(wanted);
	wanted = NULL;
}

static void a_reader_comes_meanwhile(void **state)
{
	struct page *page;

	(void)state;
	begin();
	write_word(0, 1);
	map_one();
	page = page_of(0, 1);
	host_space_forgets = take_meanwhile;
	wanted = page;
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	assert_null(wanted);
	assert_ptr_equal(page_of(0, 1), page);
	assert_int_equal(leaf_pfn(*slot_of(0, 0)), page_to_pfn(page));
	assert_int_equal(*word_at(0, 0), files[0].words[1]);
	user_page_put(page);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), 0);
	assert_int_equal(*word_at(0, 0), files[0].words[1]);
	end();
}

/* Regions with the same number that lead elsewhere, in front of one that is executed. */
static void other_regions_with_the_number(void **state)
{
	static const struct backing_ops without_holder = { .frame = frame, .get = get, .put = put };
	struct map_request m = { .start = va_of(0), .bytes = 4 * PAGE_SIZE, .fixed = true,
				 .rights = VM_READ | VM_WRITE };
	unsigned long pfn;

	(void)state;
	begin();
	write_word(0, 1);
	write_word(1, 1);
	assert_int_equal(space_map(spaces[0].space, &m), va_of(0));
	m.start = va_of(8);
	m.file = files[1].f;
	m.ops = &without_holder;
	assert_int_equal(space_map(spaces[0].space, &m), va_of(8));
	m = (struct map_request){ .start = va_of(16), .bytes = 4 * PAGE_SIZE, .fixed = true,
				  .rights = VM_READ | VM_EXEC, .file = files[0].f,
				  .ops = &backing };
	assert_int_equal(space_map(spaces[0].space, &m), va_of(16));
	assert_int_equal(space_fault(spaces[0].space, va_of(1), VM_WRITE), 0);
	*word_at(0, 1) = 1;
	assert_int_equal(space_fault(spaces[0].space, va_of(9), VM_READ), 0);
	assert_int_equal(space_fault(spaces[0].space, va_of(17), VM_EXEC), 0);
	pfn = page_to_pfn(page_of(0, 1));
	assert_int_equal(migrate_page(pfn, GFP_NOWAIT), 0);
	assert_int_equal(leaf_pfn(*slot_of(0, 17)), page_to_pfn(page_of(0, 1)));
	assert_int_not_equal(leaf_pfn(*slot_of(0, 17)), pfn);
	assert_true(leaf_is_executable(*slot_of(0, 17)));
	assert_int_equal(*word_at(0, 17), files[0].words[1]);
	assert_int_equal(*word_at(0, 9), files[1].words[1]);
	assert_int_equal(*word_at(0, 1), 1);
	end();
}

/* proves MF1: what is no error while somebody is in the middle of a change is one afterwards. */
static void the_audit_waits_for_changes(void **state)
{
	static struct thread other;
	struct page_holder *h;
	struct page *page;
	u32 part;

	(void)state;
	begin();
	write_word(0, 1);
	map_one();
	assert_int_equal(space_map(spaces[0].space, &(struct map_request){
		.start = va_of(4), .bytes = PAGE_SIZE, .rights = VM_READ, .file = files[0].f,
		.ops = &backing, .first_index = 1, .fixed = true }), va_of(4));
	assert_int_equal(space_fault(spaces[0].space, va_of(4), VM_READ), 0);
	page = page_of(0, 1);
	assert_int_equal(page->private, 3);
	page->private = 2;
	assert_int_equal(audit_errors(NULL), 1);
	spaces[0].space->lock.owner = (unsigned long)&other;
	assert_int_equal(audit_errors(NULL), 0);
	spaces[0].space->lock.owner = 0;
	page->private = 3;
	h = file_page_holder(files[0].f);
	part = page->movable_part;
	page_holder_change(h);
	page->movable_part = part ^ 1;
	assert_int_equal(audit_errors(NULL), 0);
	page_holder_changed(h);
	assert_int_equal(audit_errors(NULL), 1);
	/* A frame that is no slab's has no holder in it. */
	page->movable_part = part;
	page->movable_owner = USER_PAGE_OF_FILE | (u32)(page_to_phys(page) >> 8);
	assert_int_equal(audit_errors(NULL), 1);
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	page->movable_owner = USER_PAGE_OF_FILE | (u32)(__pa(h) >> 8);
	assert_int_equal(audit_errors(NULL), 0);
	end();
}

static void **no_slot(struct page_holder *h, u64 index)
{
	(void)h, (void)index;
	return NULL;
}

/* Numbers and addresses that no descriptor has room for: such pages stay where they are. */
static void pages_without_a_place(void **state)
{
	const struct bank bank = { 1ull << 39, 64ull << 20 };
	struct host_machine m = host_default_machine;
	struct page_holder *h;
	struct page *page;

	(void)state;
	if (CONFIG_MAX_PHYSMEM_BITS < 40)
		skip();
	m.first_ram = bank.base;
	m.kernel_pa = bank.base + (2ul << 20);
	boot_banks(&m, &bank, 1);
	boot_page_allocator(1);
	kmem_cache_init();
	h = kmalloc(sizeof(*h), GFP_KERNEL);
	assert_non_null(h);
	page_holder_init(h, no_slot);
	page = page_holder_alloc(h, 3);
	assert_non_null(page);
	assert_false(user_page_can_move(page, page->word));
	assert_int_equal(migrate_page(page_to_pfn(page), GFP_NOWAIT), -EAGAIN);
	page_holder_drop(page);
	/* The same of a low address: it is the number that matters. */
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	h = kmalloc(sizeof(*h), GFP_KERNEL);
	page_holder_init(h, no_slot);
	page = page_holder_alloc(h, 1ull << 27);
	assert_false(user_page_can_move(page, page->word));
	page_holder_drop(page);
	page = page_holder_alloc(h, (1ull << 27) - 1);
	assert_true(user_page_can_move(page, page->word));
	page_holder_drop(page);
	/* A frame that boot reserved, which a file uses in place, is nobody's to free. */
	page = alloc_pages(GFP_KERNEL, 0);
	page_holder_drop(page);
	assert_int_equal(page_state(page), PG_ALLOCATED);
	__free_pages(page, 0);
	kfree(h);
	assert_int_equal(audit_errors(NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_what_the_model_says),
		cmocka_unit_test(frames_are_had),
		cmocka_unit_test(what_is_not_true),
		cmocka_unit_test(cut_pages_go),
		cmocka_unit_test(a_reader_comes_meanwhile),
		cmocka_unit_test(other_regions_with_the_number),
		cmocka_unit_test(the_audit_waits_for_changes),
		cmocka_unit_test(pages_without_a_place),
	};

	plan = random_plan(argc, argv, OPERATIONS, 1000000);
	rng.state = plan.seed;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
