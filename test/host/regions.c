/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of a space's regions by itself: the highest room in any window, against a search of
 * every place, and damage that validation names.
 *
 *	regions [seed [operations]]
 */
#include "common/boot.h"

#include <mm/slab.h>

#include "mm/vm/spaces.h"

#define PAGES		64u
#define BASE		0x200000ul
#define REGIONS		16u

static struct random_plan plan;
static struct rng rng;
static struct address_space space;
static struct region regions[REGIONS];
static bool used[PAGES];

static uintptr_t va_of(unsigned int page)
{
	return BASE + page * PAGE_SIZE;
}

static bool is_free(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		if (used[i])
			return false;
	return true;
}

static void add(struct region *r, unsigned int from, unsigned int to)
{
	struct region *next = region_after(&space, va_of(from));

	*r = (struct region){ .start = va_of(from), .end = va_of(to) };
	region_insert(&space, r, next);
	for (unsigned int i = from; i < to; i++)
		used[i] = true;
}

static void begin(void)
{
	memset(&space, 0, sizeof(space));
	memset(regions, 0, sizeof(regions));
	memset(used, 0, sizeof(used));
	INIT_LIST_HEAD(&space.regions);
}

/* Puts regions wherever a try finds room. */
static void fill(unsigned int wanted)
{
	begin();
	for (unsigned int nr = 0; nr < wanted; nr++) {
		unsigned int from = (unsigned int)rng_below(&rng, PAGES - 8);
		unsigned int to = from + 1 + (unsigned int)rng_below(&rng, 8);

		if (is_free(from, to))
			add(&regions[nr], from, to);
	}
	assert_null(regions_validate(&space));
}

/* By every place, from above. */
static uintptr_t room_by_search(unsigned int low, unsigned int high, unsigned int pages)
{
	for (unsigned int at = high; at >= low + pages; at--)
		if (is_free(at - pages, at))
			return va_of(at - pages);
	return 0;
}

static void the_highest_room(void **state)
{
	(void)state;
	rng.state = plan.seed;
	for (u64 i = 0; i < plan.operations; i++) {
		fill((unsigned int)rng_below(&rng, REGIONS + 1));
		for (unsigned int k = 0; k < 16; k++) {
			unsigned int low = (unsigned int)rng_below(&rng, PAGES);
			unsigned int high = (unsigned int)rng_below(&rng, PAGES + 1);
			unsigned int pages = 1 + (unsigned int)rng_below(&rng, 12);
			uintptr_t want = high > low ? room_by_search(low, high, pages) : 0;
			uintptr_t got = region_room(&space, va_of(low), va_of(high),
						    pages * PAGE_SIZE);

			if (got != want)
				fail_msg("0x%lx and not 0x%lx, seed %llu", (unsigned long)got,
					 (unsigned long)want, (unsigned long long)plan.seed);
		}
	}
}

/* The hole in front of all regions has an end, too. */
static void no_room_at_all(void **state)
{
	struct region *r = regions;

	(void)state;
	begin();
	r[0] = (struct region){ .start = PAGE_SIZE, .end = 2 * PAGE_SIZE };
	r[1] = (struct region){ .start = 3 * PAGE_SIZE, .end = 4 * PAGE_SIZE };
	r[2] = (struct region){ .start = 6 * PAGE_SIZE, .end = 7 * PAGE_SIZE };
	for (unsigned int i = 0; i < 3; i++)
		region_insert(&space, &r[i], NULL);
	assert_null(regions_validate(&space));
	assert_int_equal(region_room(&space, 0, 8 * PAGE_SIZE, 3 * PAGE_SIZE), 0);
	assert_int_equal(region_room(&space, 0, 8 * PAGE_SIZE, 2 * PAGE_SIZE), 4 * PAGE_SIZE);
	assert_int_equal(region_room(&space, 0, 6 * PAGE_SIZE, 2 * PAGE_SIZE), 4 * PAGE_SIZE);
	assert_int_equal(region_room(&space, 0, 5 * PAGE_SIZE, 2 * PAGE_SIZE), 0);
	assert_int_equal(region_room(&space, 5 * PAGE_SIZE, 4 * PAGE_SIZE, PAGE_SIZE), 0);
}

static void take_away(struct region *r)
{
	for (unsigned int i = (r->start - BASE) / PAGE_SIZE; va_of(i) < r->end; i++)
		used[i] = false;
	region_remove(&space, r);
}

/* Whichever way regions come and go, the tree leans by no more than it may. proves RG2 */
static void trees_stay_balanced(void **state)
{
	static struct region of_page[PAGES];

	(void)state;
	rng.state = plan.seed;
	begin();
	for (unsigned int i = 0; i < PAGES; i++) {
		add(&of_page[PAGES - 1 - i], PAGES - 1 - i, PAGES - i);
		assert_null(regions_validate(&space));
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		take_away(&of_page[i]);
		assert_null(regions_validate(&space));
	}
	for (unsigned int i = 0; i < PAGES; i++) {
		add(&of_page[i], i, i + 1);
		assert_null(regions_validate(&space));
	}
	for (unsigned int i = 0; i < 40 * PAGES; i++) {
		unsigned int at = (unsigned int)rng_below(&rng, PAGES);

		if (used[at])
			take_away(&of_page[at]);
		else
			add(&of_page[at], at, at + 1);
		assert_null(regions_validate(&space));
	}
}

/* In the same shape? */
static bool are_alike(const struct region *a, const struct region *b)
{
	if (!a || !b)
		return !a && !b;
	return a != b && a->start == b->start && a->end == b->end && a->height == b->height &&
	       are_alike(a->left, b->left) && are_alike(a->right, b->right);
}

/* Of a tree of any shape. proves RG1 RG2 RG3 */
static void a_copy_stands_as_the_first(void **state)
{
	static struct address_space copy;
	struct region *next;

	(void)state;
	boot_ram(16ul << 20, 1);
	kmem_cache_init();
	rng.state = plan.seed;
	for (unsigned int i = 0; i < 400; i++) {
		fill((unsigned int)rng_below(&rng, REGIONS + 1));
		memset(&copy, 0, sizeof(copy));
		INIT_LIST_HEAD(&copy.regions);
		assert_int_equal(regions_copy(&space, &copy), 0);
		assert_null(regions_validate(&copy));
		assert_null(regions_validate(&space));
		assert_int_equal(copy.nr_regions, space.nr_regions);
		assert_int_equal(copy.mapped_pages, space.mapped_pages);
		assert_true(are_alike(space.root, copy.root));
		for (struct region *r = region_first(&copy); r; r = next) {
			next = region_next(&copy, r);
			region_free(r);
		}
	}
}

/* Whatever comes and goes between, a search finds what a search from above does. proves RG4 */
static void room_after_room(void **state)
{
	static struct region of_page[PAGES];

	(void)state;
	rng.state = plan.seed;
	begin();
	for (unsigned int i = 0; i < 400 * PAGES; i++) {
		unsigned int at = (unsigned int)rng_below(&rng, PAGES);
		unsigned int high = rng_below(&rng, 8) ? PAGES : PAGES / 2;
		unsigned int pages = 1 + (unsigned int)rng_below(&rng, 3);

		if (rng_below(&rng, 3)) {
			assert_int_equal(region_room(&space, BASE, va_of(high), pages * PAGE_SIZE),
					 room_by_search(0, high, pages));
			continue;
		}
		if (used[at])
			take_away(&of_page[at]);
		else
			add(&of_page[at], at, at + 1);
		assert_null(regions_validate(&space));
	}
}

#define EXPECT_FAULT(field, value, sentence) do { \
	typeof(field) was = (field); \
	\
	(field) = (value); \
	assert_string_equal(regions_validate(&space), sentence); \
	(field) = was; \
	assert_null(regions_validate(&space)); \
} while (0)

/* proves RG1, RG2, RG3, RG4 */
static void damage_has_its_sentence(void **state)
{
	struct region *root, *left, *right;

	(void)state;
	begin();
	for (unsigned int i = 0; i < 15; i++)
		add(&regions[i], 4 * i + 1, 4 * i + 3);
	assert_null(regions_validate(&space));
	assert_int_equal(region_room(&space, BASE, va_of(60), 2 * PAGE_SIZE), va_of(55));
	EXPECT_FAULT(space.room, &regions[2], "RG4: there is room above where it was found last");
	root = space.root;
	left = root->left;
	right = root->right;
	assert_true(left && right && left->left && right->right);
	EXPECT_FAULT(left->end, root->start + 1, "RG1: the list of regions is not in order");
	EXPECT_FAULT(left->end, left->start, "RG1: the list of regions is not in order");
	EXPECT_FAULT(space.nr_regions, 14, "RG1: the list has other regions than are counted");
	/* The list is right, and the tree has another one there. */
	EXPECT_FAULT(root->left, right, "RG1: regions overlap");
	EXPECT_FAULT(root->right, left, "RG1: regions overlap");
	EXPECT_FAULT(left->left, right, "RG1: regions overlap");
	EXPECT_FAULT(right->right, left, "RG1: regions overlap");
	EXPECT_FAULT(root->left, NULL, "RG2: the tree of regions leans");
	EXPECT_FAULT(root->right, NULL, "RG2: the tree of regions leans");
	EXPECT_FAULT(left->left->gap, 1,
		     "RG3: the tree of regions has another hole than it says");
	EXPECT_FAULT(right->gap, 1, "RG3: the tree of regions has another hole than it says");
	EXPECT_FAULT(left->parent, right, "RG3: a region's child has another parent");
	EXPECT_FAULT(right->parent, left, "RG3: a region's child has another parent");
	for (unsigned int i = 0; i < 15; i++) {
		region_remove(&space, &regions[i]);
		assert_null(regions_validate(&space));
	}
	assert_null(space.root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_room),
		cmocka_unit_test(no_room_at_all),
		cmocka_unit_test(trees_stay_balanced),
		cmocka_unit_test(room_after_room),
		cmocka_unit_test(a_copy_stands_as_the_first),
		cmocka_unit_test(damage_has_its_sentence),
	};

	plan = random_plan(argc, argv, 3000, 100000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
