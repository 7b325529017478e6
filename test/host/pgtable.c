/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The target's page tables (arch/riscv/pgtable.c) against a plain list of what is mapped where.
 * Each random operation is tried with no memory for its first table, then for its second, and so
 * on; an operation that fails must leave everything as it was. While an operation works, one hart
 * walks at every look at a table, and must find for each address what it was or what it will be.
 * Another hart remembers translations, and must be told to forget them.
 */
#include "pgtable_machine.h"

#include <kernel/errno.h>
#include <kernel/math.h>

#define OPERATIONS	8000
#define CHECK_ALL_EACH	8
#define SEGMENTS_MOST	512
#define SEGMENTS_FEW	20

#define PAGES_2M	512ul
#define PAGES_1G	(512ul * 512)
/* Windows of addresses in pages, sign bits included; the last ends with the address space. */
#define WINDOW_PAGES	(5 * PAGES_1G)
#define USER_END	(1ul << (VA_BITS - 1 - 12))
#define ALL_END		(1ul << 52)
static const u64 windows[] = {
	0, USER_END - WINDOW_PAGES, ALL_END - USER_END, ALL_END - WINDOW_PAGES,
};

static struct random_plan plan;
static struct rng rng;

/* ---- the model: pages, ascending and apart ---- */

struct segment {
	u64 page, pages, frame;
	unsigned int rights;
};

struct model {
	struct segment segments[SEGMENTS_MOST];
	unsigned int nr;
};

static struct model now, wanted;

/* Cuts segments so that one begins at page, or none reaches across it; returns the place of the
 * next one. */
static unsigned int model_cut(struct model *m, u64 page)
{
	unsigned int i = 0;
	u64 first;

	while (i < m->nr && m->segments[i].page + m->segments[i].pages <= page)
		i++;
	if (i == m->nr || m->segments[i].page >= page)
		return i;
	assert_true(m->nr < SEGMENTS_MOST);
	memmove(&m->segments[i + 1], &m->segments[i], (m->nr - i) * sizeof(m->segments[0]));
	m->nr++;
	first = page - m->segments[i].page;
	m->segments[i].pages = first;
	m->segments[i + 1].page += first;
	m->segments[i + 1].frame += first;
	m->segments[i + 1].pages -= first;
	return i + 1;
}

static void model_unmap(struct model *m, u64 page, u64 pages)
{
	unsigned int first, end;

	model_cut(m, page);
	end = model_cut(m, page + pages);
	first = model_cut(m, page);
	memmove(&m->segments[first], &m->segments[end], (m->nr - end) * sizeof(m->segments[0]));
	m->nr -= end - first;
}

static void model_map(struct model *m, u64 page, u64 pages, u64 frame, unsigned int rights)
{
	unsigned int at = model_cut(m, page);

	assert_true(m->nr < SEGMENTS_MOST);
	memmove(&m->segments[at + 1], &m->segments[at], (m->nr - at) * sizeof(m->segments[0]));
	m->segments[at] = (struct segment){ page, pages, frame, rights };
	m->nr++;
}

static void model_protect(struct model *m, u64 page, u64 pages, unsigned int rights)
{
	unsigned int i, end;

	model_cut(m, page);
	end = model_cut(m, page + pages);
	for (i = model_cut(m, page); i < end; i++)
		m->segments[i].rights = rights;
}

static bool model_empty(struct model *m, u64 page, u64 pages)
{
	unsigned int at = model_cut(m, page);

	return at == m->nr || m->segments[at].page >= page + pages;
}

static struct translation model_at(const struct model *m, u64 page)
{
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct segment *s = &m->segments[i];

		if (page - s->page < s->pages)
			return (struct translation){ (s->frame + page - s->page) * PAGE_BYTES,
						     s->rights };
	}
	return (struct translation){ 0, 0 };
}

/* ---- the tables against it ---- */

struct reader {
	const struct model *m;
	unsigned int at;		/* the segment that is being read */
	u64 page;			/* what comes next in it */
};

static int read_leaf(const struct pgtable_leaf *leaf, void *ctx)
{
	struct reader *r = ctx;
	u64 page = leaf->va / PAGE_BYTES, left = leaf->bytes / PAGE_BYTES;
	phys_addr_t frame = leaf->pa / PAGE_BYTES;

	assert_true(left == 1 || left == PAGES_2M || left == PAGES_1G);
	assert_int_equal(page % left, 0);
	assert_int_equal(frame % left, 0);
	/* A leaf may be several segments, because two calls may have mapped what one leaf can
	 * hold. */
	while (left) {
		const struct segment *s = &r->m->segments[r->at];
		u64 take;

		assert_true(r->at < r->m->nr);
		if (r->page < s->page)
			r->page = s->page;
		assert_int_equal(page, r->page);
		assert_int_equal(frame, s->frame + (page - s->page));
		assert_int_equal(leaf->rights, s->rights);
		take = min(left, s->page + s->pages - page);
		page += take;
		frame += take;
		left -= take;
		r->page = page;
		if (page == s->page + s->pages)
			r->at++;
	}
	return 0;
}

static void check_all(const struct model *m)
{
	struct reader r = { .m = m };

	for (unsigned int i = 0; i < ARRAY_SIZE(windows); i++)
		pgtable_for_each_leaf(&machine_pt, windows[i] * PAGE_BYTES,
				      WINDOW_PAGES * PAGE_BYTES, read_leaf, &r);
	assert_int_equal(r.at, m->nr);
	check_tables();
}

/* ---- random operations ---- */

enum op_kind { OP_MAP, OP_UNMAP, OP_PROTECT, OP_SPLIT, NR_OP_KINDS };

struct op {
	enum op_kind kind;
	u64 page, pages, frame;
	unsigned int rights;
};

/* A type of memory that harts may not know of: then nobody asks for it. */
#define SOME_TYPE	(IS_ENABLED(CONFIG_RISCV_ISA_SVPBMT) ? VM_UNCACHED : 0u)

static unsigned int some_rights(void)
{
	static const unsigned int kinds[] = {
		VM_KERNEL_RO, VM_KERNEL_RW, VM_READ | VM_EXEC | VM_GLOBAL, VM_EXEC,
		VM_READ | VM_WRITE | VM_USER, VM_READ | VM_WRITE | VM_EXEC | VM_USER,
		VM_KERNEL_RW | VM_IO, VM_KERNEL_RW | SOME_TYPE,
	};

	return kinds[rng_below(&rng, ARRAY_SIZE(kinds))];
}

static u64 some_pages(void)
{
	switch (rng_below(&rng, 8)) {
	case 0:		return 1;
	case 1:		return 1 + rng_below(&rng, 2 * PAGES_2M);
	case 2:		return PAGES_2M * (1 + rng_below(&rng, 600));
	case 3:		return PAGES_1G * (1 + rng_below(&rng, 3));
	case 4:		return 1 + rng_below(&rng, 2 * PAGES_1G);
	default:	return 1 + rng_below(&rng, 20);
	}
}

/* Places where levels of tables meet are more likely than others. */
static u64 some_page(void)
{
	u64 window = windows[rng_below(&rng, ARRAY_SIZE(windows))];
	u64 page = rng_below(&rng, WINDOW_PAGES);

	switch (rng_below(&rng, 4)) {
	case 0:		page = ALIGN_DOWN(page, PAGES_1G);	break;
	case 1:		page = ALIGN_DOWN(page, PAGES_2M);	break;
	case 2:		page = ALIGN_DOWN(page, PAGES_2M) + rng_below(&rng, 4);	break;
	default:	break;
	}
	/* Half of the operations fall where something is mapped. */
	if (now.nr && rng_below(&rng, 2)) {
		const struct segment *s = &now.segments[rng_below(&rng, now.nr)];

		return s->page + (rng_below(&rng, 3) ? rng_below(&rng, s->pages) : 0);
	}
	return window + page;
}

static struct op some_op(void)
{
	struct op op = { .page = some_page(), .rights = some_rights() };
	u64 window_end = 0, align = 1;

	op.pages = some_pages();
	for (unsigned int i = 0; i < ARRAY_SIZE(windows); i++)
		if (op.page - windows[i] < WINDOW_PAGES)
			window_end = windows[i] + WINDOW_PAGES;
	op.pages = min(op.pages, window_end - op.page);
	op.kind = (enum op_kind)rng_below(&rng, NR_OP_KINDS);
	if (now.nr > SEGMENTS_FEW)
		op.kind = OP_UNMAP;
	/* An address and a frame that are alike in their low bits can have a large leaf. */
	if (rng_below(&rng, 4))
		align = rng_below(&rng, 2) ? PAGES_1G : PAGES_2M;
	else
		op.pages = min(op.pages, 3 * PAGES_2M);
	op.frame = rng_below(&rng, 1ul << 40) / align * align + op.page % align;
	if (align == PAGES_2M)
		op.pages = min(op.pages, 600 * PAGES_2M);
	return op;
}

static int carry_out(const struct op *op)
{
	unsigned long va = op->page * PAGE_BYTES;
	u64 bytes = op->pages * PAGE_BYTES;

	switch (op->kind) {
	case OP_MAP:
		return pgtable_map(&machine_pt, va, op->frame * PAGE_BYTES, bytes, op->rights);
	case OP_UNMAP:
		return pgtable_unmap(&machine_pt, va, bytes);
	case OP_PROTECT:
		return pgtable_protect(&machine_pt, va, bytes, op->rights);
	default:
		return pgtable_split(&machine_pt, va);
	}
}

static void foresee(const struct op *op)
{
	wanted = now;
	if (op->kind == OP_MAP)
		model_map(&wanted, op->page, op->pages, op->frame, op->rights);
	else if (op->kind == OP_UNMAP)
		model_unmap(&wanted, op->page, op->pages);
	else if (op->kind == OP_PROTECT)
		model_protect(&wanted, op->page, op->pages, op->rights);
}

/* Chooses the ends of the range, their neighbours, and other addresses in the leaves around. */
static void choose_samples(const struct op *op)
{
	const u64 end = op->page + op->pages;
	const u64 pages[] = {
		op->page - 1, op->page, op->page + 1, op->page + op->pages / 2,
		end - 2, end - 1, end, end + 1,
		ALIGN_DOWN(op->page, PAGES_2M), ALIGN_DOWN(op->page, PAGES_1G),
		ALIGN_UP(end, PAGES_2M) - 1, ALIGN_UP(end, PAGES_1G) - 1,
		op->page + rng_below(&rng, op->pages),
	};

	nr_samples = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		u64 page = pages[i] & (ALL_END - 1);

		/* Between the two halves of the address space there is no address. */
		if (page >= USER_END && page < ALL_END - USER_END)
			continue;
		samples[nr_samples].va = page * PAGE_BYTES;
		samples[nr_samples].before = model_at(&now, page);
		samples[nr_samples].after = model_at(&wanted, page);
		samples[nr_samples].remembered = samples[nr_samples].before;
		nr_samples++;
	}
}

/* Every hart sees what is true, whether it walks or remembers. */
static void check_samples(bool done)
{
	for (unsigned int i = 0; i < nr_samples; i++) {
		struct sample *s = &samples[i];

		assert_true(same(hart_walks(s->va), done ? s->after : s->before));
		assert_true(same(s->remembered, done ? s->after : s->before));
	}
}

static void begin_call(int allocs)
{
	for (unsigned int i = 0; i < NR_TABLES; i++)
		frames[i].given = frames[i].forgotten = false;
	flushes = 0;
	allocs_left = allocs;
}

/* Tries the operation with no memory for its first table, for its second, and so on until there is
 * enough. */
static void try_op(const struct op *op, bool check_failures)
{
	unsigned int live = nr_live, stays = 0;
	int err, allocs = 0;

	foresee(op);
	choose_samples(op);
	do {
		begin_call(allocs++);
		err = carry_out(op);
		allocs_left = -1;
		check_samples(!err);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		/* A table that hangs in a shared root stays, and so does one of boot's. */
		stays = nr_live - live;
		if (!machine_pt.ops->root_changed)
			assert_int_equal(stays, 0);
		if (check_failures) {
			nr_samples = 0;
			check_all(&now);
			choose_samples(op);
		}
	} while (allocs < 100);
	assert_int_equal(err, 0);
	nr_samples = 0;
	now = wanted;
}

static void unmap_everything(void)
{
	nr_samples = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(windows); i++) {
		begin_call(0);
		assert_int_equal(pgtable_unmap(&machine_pt, windows[i] * PAGE_BYTES,
					       WINDOW_PAGES * PAGE_BYTES), 0);
	}
	now.nr = 0;
	check_all(&now);
}

static void random_operations(const struct pgtable_ops *ops)
{
	unsigned long done = 0;

	machine_reset(ops);
	now.nr = 0;
	rng.state = plan.seed;
	while (done < plan.operations) {
		struct op op = some_op();

		if (op.kind == OP_MAP && !model_empty(&now, op.page, op.pages))
			continue;
		try_op(&op, done % CHECK_ALL_EACH == 0);
		if (++done % CHECK_ALL_EACH == 0)
			check_all(&now);
	}
	unmap_everything();
}

/* proves PT1, PT2, PT4 */
static void random_with_a_root_of_ones_own(void **state)
{
	(void)state;
	random_operations(&own_root_ops);
	assert_int_equal(nr_live, 1);
}

/* proves PT1, PT2, PT3, PT4 */
static void random_with_a_shared_root(void **state)
{
	unsigned int in_root = 0;

	(void)state;
	random_operations(&shared_root_ops);
	for (unsigned int i = 0; i < ENTRIES; i++)
		in_root += root_copy[i] & 1;
	assert_int_equal(nr_live, 1 + in_root);
}

/* ---- one thing at a time ---- */

static unsigned long sizes[8];
static unsigned int nr_leaves;

static int note_leaf(const struct pgtable_leaf *leaf, void *ctx)
{
	(void)ctx;
	if (!nr_leaves || sizes[(nr_leaves - 1) % 8] != leaf->bytes)
		sizes[nr_leaves++ % 8] = leaf->bytes;
	return 0;
}

/* The sizes of the leaves in [va, va + bytes); equal sizes in a row count once. */
static void expect_sizes(unsigned long va, u64 bytes, unsigned int nr, const unsigned long *want)
{
	nr_leaves = 0;
	pgtable_for_each_leaf(&machine_pt, va, bytes, note_leaf, NULL);
	assert_int_equal(nr_leaves, nr);
	for (unsigned int i = 0; i < nr; i++)
		assert_int_equal(sizes[i], want[i]);
}

static void map_well(unsigned long va, phys_addr_t pa, u64 bytes, unsigned int rights)
{
	begin_call(-1);
	assert_int_equal(pgtable_map(&machine_pt, va, pa, bytes, rights), 0);
}

static void leaves_are_the_largest(void **state)
{
	static const unsigned long up_and_down[] = { PAGE_BYTES, SZ_2M, SZ_1G, SZ_2M, PAGE_BYTES };
	unsigned long va = SZ_1G - SZ_2M - PAGE_BYTES;
	u64 bytes = PAGE_BYTES + SZ_2M + SZ_1G + SZ_2M + PAGE_BYTES;

	(void)state;
	machine_reset(&own_root_ops);
	map_well(va, va + 4 * SZ_1G, bytes, VM_KERNEL_RW);
	expect_sizes(va, bytes, 5, up_and_down);
	/* The root, a table below it where there are four levels, two of 2 MiB leaves, and two of
	 * pages. */
	assert_int_equal(nr_live, LEVELS + 2);
	begin_call(0);
	assert_int_equal(pgtable_unmap(&machine_pt, va, bytes), 0);
	assert_int_equal(nr_live, 1);
	/* An address and a frame that differ in their low bits have no large leaf. */
	map_well(va, PAGE_BYTES, SZ_2M + PAGE_BYTES, VM_KERNEL_RW);
	expect_sizes(va, SZ_2M + PAGE_BYTES, 1, up_and_down);
}

static void a_page_of_a_gigabyte(void **state)
{
	static const unsigned long around[] = { SZ_2M, PAGE_BYTES, SZ_2M };
	unsigned long va = SZ_1G, page = va + 5 * SZ_2M + 7 * PAGE_BYTES;
	unsigned int before;

	(void)state;
	machine_reset(&own_root_ops);
	map_well(va, SZ_1G, SZ_1G, VM_KERNEL_RW);
	before = nr_live;
	begin_call(-1);
	assert_int_equal(pgtable_protect(&machine_pt, page, PAGE_BYTES, VM_KERNEL_RO), 0);
	assert_int_equal(nr_live, before + 2);
	expect_sizes(va, SZ_1G, 3, around);
	/* The two ends lie in different leaves of 2 MiB and need two tables of pages; memory is
	 * there for one. */
	begin_call(2);
	assert_int_equal(pgtable_protect(&machine_pt, va + SZ_2M - PAGE_BYTES,
					 2 * SZ_2M + 2 * PAGE_BYTES, VM_KERNEL_RO), 0);
	assert_int_equal(nr_live, before + 4);
	begin_call(0);
	assert_int_equal(pgtable_unmap(&machine_pt, va, SZ_1G), 0);
	assert_int_equal(nr_live, 1);
}

/* Both ends lie in one leaf of 1 GiB, which is split into leaves of 2 MiB once. */
static void both_ends_in_one_leaf(void **state)
{
	unsigned int before;

	(void)state;
	machine_reset(&own_root_ops);
	map_well(SZ_1G, SZ_1G, SZ_1G, VM_KERNEL_RW);
	before = nr_live;
	begin_call(3);
	assert_int_equal(pgtable_unmap(&machine_pt, SZ_1G + PAGE_BYTES, SZ_1G - 2 * PAGE_BYTES), 0);
	assert_int_equal(nr_live, before + 3);
	begin_call(0);
	assert_int_equal(pgtable_unmap(&machine_pt, SZ_1G, SZ_1G), 0);
	assert_int_equal(nr_live, 1);
}

static void rights_come_back(void **state)
{
	unsigned int rights, all = VM_READ | VM_WRITE | VM_EXEC | VM_USER | VM_GLOBAL | VM_IO |
				   SOME_TYPE;

	(void)state;
	for (rights = 0; rights <= all; rights++) {
		bool fits = rights & (VM_READ | VM_WRITE | VM_EXEC) &&
			    (rights & (VM_READ | VM_WRITE)) != VM_WRITE &&
			    (rights & VM_USER ||
			     (rights & (VM_WRITE | VM_EXEC)) != (VM_WRITE | VM_EXEC));
		int err = -1;

		/* One type at a time. */
		if (rights & VM_IO && rights & VM_UNCACHED)
			continue;
		machine_reset(&own_root_ops);
		begin_call(-1);
		assert_int_equal(HOST_TRY(err = pgtable_map(&machine_pt, 0, SZ_2M, SZ_2M, rights)),
				 fits ? HOST_RAN_ON : HOST_ASSERT_FAILED);
		if (!fits)
			continue;
		assert_int_equal(err, 0);
		assert_true(same(hart_walks(PAGE_BYTES),
				 (struct translation){ SZ_2M + PAGE_BYTES, rights }));
	}
}

#ifdef CONFIG_RISCV_ISA_SVPBMT
/* What a leaf of one page says from bit 54 on. */
static u64 type_of_leaf(unsigned int rights)
{
	machine_reset(&own_root_ops);
	begin_call(-1);
	assert_int_equal(pgtable_map(&machine_pt, 0, SZ_2M, PAGE_BYTES, rights), 0);
	return leaf_of(0) >> 54;
}

/* Harts that do not know of types take no leaf that has one. */
static void no_type_for_harts_without(void **state)
{
	(void)state;
	assert_int_equal(type_of_leaf(VM_KERNEL_RW), 0);
	assert_int_equal(type_of_leaf(VM_KERNEL_RW | VM_UNCACHED), 1u << 7);
	assert_int_equal(type_of_leaf(VM_KERNEL_RW | VM_IO), 2u << 7);
	harts_know_types = false;
	assert_int_equal(type_of_leaf(VM_KERNEL_RW | VM_UNCACHED), 0);
	assert_int_equal(type_of_leaf(VM_KERNEL_RW | VM_IO), 0);
	harts_know_types = true;
}
#endif

static int stop_at_third(const struct pgtable_leaf *leaf, void *ctx)
{
	unsigned int *seen = ctx;

	(void)leaf;
	return ++*seen == 3 ? 77 : 0;
}

static void a_visit_ends_early(void **state)
{
	unsigned int seen = 0;

	(void)state;
	machine_reset(&own_root_ops);
	map_well(0, 0, 6 * PAGE_BYTES, VM_KERNEL_RW);
	assert_int_equal(pgtable_for_each_leaf(&machine_pt, 0, SZ_1G, stop_at_third, &seen), 77);
	assert_int_equal(seen, 3);
	seen = 0;
	assert_int_equal(pgtable_for_each_leaf(&machine_pt, PAGE_BYTES, 2 * PAGE_BYTES,
					       stop_at_third, &seen), 0);
	assert_int_equal(seen, 2);
}

static void what_is_mapped_is_not_mapped_again(void **state)
{
	int err = 0;

	(void)state;
	machine_reset(&own_root_ops);
	map_well(SZ_2M, SZ_2M, SZ_2M, VM_KERNEL_RW);
	begin_call(-1);
	assert_int_equal(HOST_TRY(err = pgtable_map(&machine_pt, SZ_2M, 0, PAGE_BYTES,
						    VM_KERNEL_RW)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "a leaf of level 1 already maps 0x200000"));
	assert_int_equal(HOST_TRY(err = pgtable_map(&machine_pt, SZ_2M, 0, SZ_2M, VM_KERNEL_RW)),
			 HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "0x200000 is already mapped"));
	assert_int_equal(err, 0);
}

/* Boot's tables stay, even when they are empty; tables made later go. */
static void boots_tables_stay(void **state)
{
	unsigned int boots;

	(void)state;
	machine_reset(&shared_root_ops);
	deny_old = true;
	map_well(windows[2] * PAGE_BYTES, 0, SZ_2M - PAGE_BYTES, VM_KERNEL_RW);
	boots = nr_live;
	deny_old = false;
	map_well(windows[2] * PAGE_BYTES + SZ_2M, 0, PAGE_BYTES, VM_KERNEL_RW);
	assert_int_equal(nr_live, boots + 1);
	begin_call(0);
	assert_int_equal(pgtable_unmap(&machine_pt, windows[2] * PAGE_BYTES, SZ_1G), 0);
	assert_int_equal(nr_live, boots);
	check_tables();
	/* Boot's tables are used again, and no leaf takes the place of one. */
	begin_call(0);
	assert_int_equal(pgtable_map(&machine_pt, windows[2] * PAGE_BYTES, 0, SZ_2M, VM_KERNEL_RW),
			 0);
	expect_sizes(windows[2] * PAGE_BYTES, SZ_2M, 1, &(unsigned long){ PAGE_BYTES });
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_are_the_largest),
		cmocka_unit_test(a_page_of_a_gigabyte),
		cmocka_unit_test(both_ends_in_one_leaf),
		cmocka_unit_test(rights_come_back),
		IF_ENABLED(CONFIG_RISCV_ISA_SVPBMT, cmocka_unit_test(no_type_for_harts_without),)
		cmocka_unit_test(a_visit_ends_early),
		cmocka_unit_test(what_is_mapped_is_not_mapped_again),
		cmocka_unit_test(boots_tables_stay),
		cmocka_unit_test(random_with_a_root_of_ones_own),
		cmocka_unit_test(random_with_a_shared_root),
	};

	plan = random_plan(argc, argv, OPERATIONS, 3000000);
	return cmocka_run_group_tests_name("pgtable", tests, NULL, NULL);
}
