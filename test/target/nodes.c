/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The node that a block comes from when the node that was asked has none left: the next by
 * distance, unless __GFP_THISNODE forbids it. The test looks up a block's node in the memory map,
 * not in the block's descriptor.
 */
#include <kernel/compiler.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define ANYWHERE	(__GFP_MOVABLE | __GFP_NOWARN)

/* Is written into each block that is held. */
struct held {
	struct page *next;
	unsigned int order;
};

static int node_at(phys_addr_t pa)
{
	const struct memblock_type *memory = &memblock_copy->memory;

	for (unsigned long i = 0; i < memory->cnt; i++)
		if (memory->regions[i].base <= pa &&
		    pa < memory->regions[i].base + memory->regions[i].size)
			return memory->regions[i].nid;
	return -1;
}

/* page is the head of a block: with SPARSEMEM others do not know where they are. */
static int node_of(const struct page *page)
{
	return node_at(PFN_PHYS(page_to_pfn(page)));
}

static struct page *hold(struct page *list, struct page *page, unsigned int order)
{
	*(struct held *)page_address(page) = (struct held){ list, order };
	return page;
}

static void let_go(struct page *list)
{
	while (list) {
		struct held h = *(struct held *)page_address(list);

		__free_pages(list, h.order);
		list = h.next;
	}
	drain_local_pages();
}

static bool has_ram(int nid)
{
	struct node_snapshot n;

	return node_snapshot(nid, &n) && n.present_pages;
}

static unsigned int nodes_with_ram(void)
{
	unsigned int count = 0;
	int nid;

	for_each_online_node(nid)
		count += has_ram(nid);
	return count;
}

/* Takes everything that the node gives, large blocks first, and puts it before list. */
static struct page *hold_all_of(struct ktest *t, int nid, struct page *list)
{
	struct page *page;

	for (unsigned int order = NR_PAGE_ORDERS; order-- > 0;)
		while ((page = alloc_pages_node(nid, ANYWHERE | __GFP_THISNODE, order))) {
			list = hold(list, page, order);
			KTEST_EXPECT_EQ(t, node_of(page), nid);
		}
	return list;
}

static void say(void *ctx, const char *line)
{
	ktest_fail(ctx, __FILE__, __LINE__, "%s", line);
}

/* Every block came back. */
static void expect_whole(struct ktest *t, unsigned long free_before)
{
	struct audit audit;

	memory_audit(&audit, say, t);
	KTEST_EXPECT_EQ(t, nr_free_pages(), free_before);
}

static bool has_one_node(struct ktest *t)
{
	drain_local_pages();
	if (nodes_with_ram() > 1)
		return false;
	t->skip = "this machine has one node";
	return true;
}

/* ---- cases ---- */

static void own_node_first(struct ktest *t)
{
	unsigned long before;
	int nid;

	if (has_one_node(t))
		return;
	before = nr_free_pages();
	for_each_online_node(nid) {
		struct page *page = alloc_pages_node(nid, ANYWHERE, 0);

		KTEST_ASSERT(t, page);
		if (has_ram(nid))
			KTEST_EXPECT_EQ(t, node_of(page), nid);
		__free_pages(page, 0);
	}
	drain_local_pages();
	expect_whole(t, before);
}

/*
 * Asks one node for all memory: other nodes follow in the order of their distance from it. Only the
 * maker of the machine knows the right order, not this kernel, so that the report has the orders.
 */
static void others_by_distance(struct ktest *t)
{
	unsigned long before;
	int nid;

	if (has_one_node(t))
		return;
	before = nr_free_pages();
	for_each_online_node(nid) {
		char order[4 * MAX_NUMNODES + 1] = "";
		struct page *list = NULL, *page;
		unsigned int count = 0;
		u64 seen = 0;

		while ((page = alloc_pages_node(nid, ANYWHERE, MAX_ORDER))) {
			int from = node_of(page);

			list = hold(list, page, MAX_ORDER);
			if (from < 0 || seen >> from & 1)
				continue;
			scnprintf(order + strlen(order), sizeof(order) - strlen(order), " %d",
				  from);
			seen |= 1ull << from;
			count++;
		}
		ktest_note(t, "node %d:%s", nid, order);
		KTEST_EXPECT_EQ(t, count, nodes_with_ram());
		let_go(list);
	}
	expect_whole(t, before);
}

/* The node is empty, while the others have plenty. */
static void this_node_only(struct ktest *t)
{
	unsigned long before;
	int nid;

	if (has_one_node(t))
		return;
	before = nr_free_pages();
	for_each_online_node(nid) {
		struct page *list = hold_all_of(t, nid, NULL), *page;

		for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++) {
			page = alloc_pages_node(nid, ANYWHERE | __GFP_THISNODE, order);
			KTEST_EXPECT(t, !page);
			if (page)
				list = hold(list, page, order);
			page = alloc_pages_node(nid, ANYWHERE, order);
			KTEST_EXPECT(t, page && node_of(page) != nid);
			if (page)
				list = hold(list, page, order);
		}
		let_go(list);
	}
	expect_whole(t, before);
}

/* The other nodes are full, so that this node gives the slab, and it alone counts the slab. */
static void slabs_count_for_their_node(struct ktest *t)
{
	struct kmem_cache *cache;
	unsigned long before;
	int nid;

	if (has_one_node(t))
		return;
	cache = kmem_cache_create("placed", PAGE_SIZE, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	KTEST_ASSERT(t, cache);
	drain_local_pages();
	before = nr_free_pages();
	for_each_online_node(nid) {
		unsigned long all = slab_pages(true), own = node_slab_pages(nid, true);
		struct page *list = NULL;
		void *object;
		int other;

		if (!has_ram(nid))
			continue;
		for_each_online_node(other)
			if (other != nid)
				list = hold_all_of(t, other, list);
		object = kmem_cache_alloc(cache, GFP_KERNEL);
		if (object) {
			KTEST_EXPECT_EQ(t, node_at(__pa(object)), nid);
			KTEST_EXPECT(t, slab_pages(true) > all);
			KTEST_EXPECT_EQ(t, node_slab_pages(nid, true) - own,
					slab_pages(true) - all);
		}
		KTEST_EXPECT(t, object);
		kmem_cache_free(cache, object);
		kmem_cache_shrink(cache);
		KTEST_EXPECT_EQ(t, node_slab_pages(nid, true), own);
		let_go(list);
	}
	expect_whole(t, before);
	KTEST_EXPECT_EQ(t, kmem_cache_destroy(cache), 0);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(own_node_first),
	KTEST_CASE(others_by_distance),
	KTEST_CASE(this_node_only),
	KTEST_CASE(slabs_count_for_their_node),
	{ .name = NULL },
};
KTEST_SUITE(nodes, cases, false);
