/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/resource.h>
#include <test/ktest.h>

#define RANGE(from, to)	{ .start = (from), .end = (to), .name = "test" }

static void nests_by_range(struct ktest *t)
{
	struct resource root = RANGE(0, 1000), ram = RANGE(100, 500), image = RANGE(200, 300);
	struct resource code = RANGE(200, 250), low = RANGE(0, 100);

	KTEST_EXPECT_EQ(t, resource_insert(&root, &ram), 0);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &image), 0);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &code), 0);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &low), 0);
	KTEST_EXPECT(t, code.parent == &image && image.parent == &ram && ram.parent == &root);
	KTEST_EXPECT(t, root.child == &low && low.sibling == &ram && !ram.sibling);
}

static void refuses_crossings(struct ktest *t)
{
	struct resource root = RANGE(0, 1000), ram = RANGE(100, 500), across = RANGE(400, 600);
	struct resource same = RANGE(100, 500), around = RANGE(50, 600), empty = RANGE(7, 7);
	struct resource beyond = RANGE(900, 1001);

	KTEST_EXPECT_EQ(t, resource_insert(&root, &ram), 0);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &across), -EBUSY);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &same), -EBUSY);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &around), -EBUSY);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &empty), -EINVAL);
	KTEST_EXPECT_EQ(t, resource_insert(&root, &beyond), -EINVAL);
	KTEST_EXPECT(t, root.child == &ram && !ram.sibling && !ram.child);
}

static void check_tree(struct ktest *t, const struct resource *parent)
{
	const struct resource *r, *former = NULL;

	for (r = parent->child; r; former = r, r = r->sibling) {
		KTEST_EXPECT(t, r->parent == parent && r->start < r->end);
		KTEST_EXPECT(t, r->start >= parent->start && r->end <= parent->end);
		KTEST_EXPECT(t, !former || former->end <= r->start);
		check_tree(t, r);
	}
}

static void machine_tree_is_sound(struct ktest *t)
{
	KTEST_EXPECT(t, iomem_resource.child);
	check_tree(t, &iomem_resource);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(nests_by_range),
	KTEST_CASE(refuses_crossings),
	KTEST_CASE(machine_tree_is_sound),
	{ .name = NULL },
};
KTEST_SUITE(resource, cases, false);
