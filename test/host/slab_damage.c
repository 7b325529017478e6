/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forces every sentence of the slab allocator's validation: by a check of all caches, by the audit
 * of a machine at work, by a check of one cache, and with MM_VALIDATE by the next operation.
 */
#include "slab_common.h"

#include <kernel/cpu.h>
#include <mm/audit.h>
#include <mm/frame_list.h>

#include "mm/slab/internal.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 2)

static void *objects[MAX_OBJECTS];
static struct kmem_cache *cache;
static struct kmem_node *node;		/* of the cache */
static struct page *slab;		/* the first on the node's list */
static struct kmem_magazine *magazine;	/* CPU 0's */

static void look(void)
{
	node = &cache->node[0];
	magazine = per_cpu_ptr(cache->magazine, 0);
	slab = pfn_to_page(node->partial.first_pfn);
	assert_null(slab_validate());
}

/* What CPUs have given back by halves of magazines goes on to the slabs. */
static void empty_the_depot(void)
{
	u32 victims = PFN_NONE;

	while (IS_ENABLED(CONFIG_SLAB_DEPOT) && depot_drain_step(cache, &victims))
		;
	slab_release(cache, victims);
}

/* Makes slabs with free objects and leaves the magazines empty: object 2k is free, 2k + 1 is
 * not. */
static void some_slabs(void)
{
	boot_ram(32 * MB, CPUS);
	kmem_cache_init();
	cache = kmem_cache_create("victim", 48, 0, 0, NULL);
	assert_int_equal(kmem_cache_alloc_bulk(cache, GFP_KERNEL, MAX_OBJECTS, objects),
			 MAX_OBJECTS);
	for (unsigned int k = 0; k < MAX_OBJECTS; k += 2)
		kmem_cache_free(cache, objects[k]);
	kmem_cache_drain_local(cache);
	empty_the_depot();
	look();
}

/* Makes two slabs of several pages: one is in use and has a free object, the next one is empty. */
static void used_and_empty(void)
{
	boot_ram(32 * MB, CPUS);
	kmem_cache_init();
	cache = kmem_cache_create("victim", PAGE_SIZE + 8, 0, 0, NULL);
	objects[0] = kmem_cache_alloc(cache, GFP_KERNEL);
	do {
		objects[1] = kmem_cache_alloc(cache, GFP_KERNEL);
		kmem_cache_drain_local(cache);
	} while (cache->node[0].nr_slabs < 2);
	kmem_cache_free(cache, objects[0]);
	kmem_cache_free(cache, objects[1]);
	kmem_cache_drain_local(cache);
	look();
}

static void one_in_the_magazine(void)
{
	some_slabs();
	kmem_cache_free(cache, objects[1]);
	assert_int_equal(magazine->fill, sizeof(void *));
	assert_ptr_equal(magazine->slot[1], objects[1]);
	assert_null(slab_validate());
}

/* objects[3] is in the magazine, others that are in use are in the depot. */
static void some_in_the_depot(void)
{
	some_slabs();
	for (unsigned int k = 0; IS_ENABLED(CONFIG_SLAB_DEPOT) && !depot_objects(node); k++)
		kmem_cache_free(cache, objects[2 * k + 5]);
	kmem_cache_drain_local(cache);
	kmem_cache_free(cache, objects[3]);
	look();
}

/* ---- damage ---- */

static void head_of_another_cache(void)
{
	slab->word ^= 1u << PAGE_TAG_SHIFT;
}

static void head_that_is_no_slab(void)
{
	slab->word ^= 1u << PAGE_STATE_SHIFT;
}

/* The order is one that no slab of the cache has. */
static void head_of_another_order(void)
{
	slab->word |= PAGE_FIELD_MASK(ORDER);
}

static void head_of_another_node(void)
{
	slab->word ^= 1u << PAGE_NODE_SHIFT;
}

/* The list begins at a slab's second page, which names its head as it should. */
static void head_in_the_middle(void)
{
	slab[1].prev_pfn = PFN_NONE;
	node->partial.first_pfn++;
}

static void page_of_another_head(void)
{
	slab[1].slab_head_pfn++;
}

static void page_of_another_order(void)
{
	slab[1].word ^= 1u << PAGE_ORDER_SHIFT;
}

static void no_free_object(void)
{
	slab->freelist = SLAB_NO_OBJECT;
}

static void first_object_beyond_the_slab(void)
{
	slab->freelist = cache->objects;
}

static void a_store_to_a_free_object(void)
{
	memset(slab_object(cache, slab, slab->freelist), 0x41, 48);
}

/* Two free objects link to each other. */
static void free_objects_in_a_ring(void)
{
	unsigned int at = slab->freelist, next;

	assert_true(slab_link_read(cache, slab, at, &next));
	assert_true(next != at && next != SLAB_NO_OBJECT);
	slab_link_write(cache, slab_object(cache, slab, next), at);
}

static void one_more_in_use(void)
{
	slab->inuse++;
}

static void back_to_nobody(void)
{
	slab->prev_pfn = 0x12345;
}

static void on_to_nobody(void)
{
	slab->next_pfn = 0x7fffffff;
}

static void list_longer_than_all_slabs(void)
{
	node->nr_slabs = 0;
}

static void one_more_on_the_list(void)
{
	node->nr_partial++;
}

static void another_end_of_the_list(void)
{
	node->partial.last_pfn++;
}

static void empty_one_first(void)
{
	struct page *last = pfn_to_page(node->partial.last_pfn);

	assert_ptr_not_equal(last, slab);
	assert_int_equal(last->inuse, 0);
	assert_true(frame_list_del(&node->partial, last));
	frame_list_add(&node->partial, last);
}

static void one_more_free(void)
{
	node->nr_free++;
}

static void one_more_empty(void)
{
	node->nr_empty++;
}

/* All slabs are truly there, and rightly counted. */
static void more_empty_ones_than_are_kept(void)
{
	while (node->nr_empty <= SLAB_KEEP_EMPTY)
		slab_attach(cache, slab_new(cache, GFP_KERNEL));
}

static void fewer_objects_than_free(void)
{
	node->nr_objects = node->nr_free - 1;
}

static void fewer_objects_than_held(void)
{
	node->nr_objects = node->nr_free;
}

/* Two objects are held, and the slabs miss one. */
static void two_held_and_one_missed(void)
{
	kmem_cache_free(cache, objects[3]);
	node->nr_objects = node->nr_free + 1;
}

static void magazine_of_another_row(void)
{
	cache->magazine++;
}

static void row_of_another_cache(void)
{
	kmem_caches[cache->nr + 1] = cache;
	cache->nr++;
}

static void another_row(void)
{
	cache->nr++;
}

static void half_an_object_more(void)
{
	magazine->fill++;
}

static void more_than_there_is_room(void)
{
	magazine->fill = MAGAZINE_FULL + sizeof(void *);
}

static void what_is_no_object(void)
{
	static long data;

	magazine->slot[1] = &data;
}

static void the_middle_of_an_object(void)
{
	magazine->slot[1] = (char *)objects[1] + 1;
}

static void a_free_object_is_held(void)
{
	magazine->slot[1] = objects[0];
}

static void one_object_twice(void)
{
	magazine->slot[2] = objects[1];
	magazine->fill += sizeof(void *);
}

static void more_than_the_depot_has_room_for(void)
{
	node_depot(node)->nr_objects = DEPOT_OBJECTS + SLAB_BATCH;
}

static void one_object_in_depot_and_magazine(void)
{
	magazine->slot[1] = node_depot(node)->slot[0];
}

static void one_object_in_the_depot_twice(void)
{
	node_depot(node)->slot[1] = node_depot(node)->slot[0];
}

/* CPU 1 has freed an object and then gone offline, with the object in its magazine. */
static void held_by_who_is_gone(void)
{
	host_become_cpu(1);
	kmem_cache_free(cache, objects[3]);
	host_become_cpu(0);
	cpu_online_mask = cpumask_of(0);
}

/* ---- sentences ---- */

#define HEAD		"S1: a slab's head does not carry its cache, order and node"
#define INNER		"S1: a frame of a slab does not name its head"
#define LIST		"S2: the list of slabs is broken"
#define LIST_END	"S2: the list of slabs ends elsewhere"
#define COUNTERS	"S7: the counters of a node are not the sums over its slabs"
#define CAPACITY	"S8: a magazine holds more than its capacity"
#define FOREIGN		"S8: a magazine holds what is no object of its cache"

enum who {
	HERE,
	ELSEWHERE,	/* on another CPU, which must be stopped first */
	WALKED_TOO,	/* the audit's walk over all frames has words of its own */
	WALKED_PERHAPS,	/* it may have */
};

static const struct fault {
	void (*prepare)(void), (*damage)(void);
	const char *sentence;
	enum who who;
} faults[] = {
	{ some_slabs, head_of_another_cache, HEAD, HERE },
	/* The account of such a page is a number by chance, which may be that of one. */
	{ some_slabs, head_that_is_no_slab, HEAD,
	  IS_ENABLED(CONFIG_MEM_ACCOUNTS) ? WALKED_PERHAPS : HERE },
	{ some_slabs, head_of_another_order, HEAD, WALKED_TOO },
	{ some_slabs, head_of_another_node, HEAD, WALKED_TOO },
	{ used_and_empty, head_in_the_middle, HEAD, HERE },
	{ used_and_empty, page_of_another_head, INNER, HERE },
	{ used_and_empty, page_of_another_order, INNER, HERE },
	{ some_slabs, no_free_object, "S2: a slab without a free object is on the list", HERE },
	{ some_slabs, first_object_beyond_the_slab, "S5: a free object was written to", HERE },
	{ some_slabs, a_store_to_a_free_object, "S5: a free object was written to", HERE },
	{ some_slabs, free_objects_in_a_ring, "S5: a free object was written to", HERE },
	{ some_slabs, one_more_in_use, "S3: objects in use and free do not make up the slab",
	  HERE },
	{ some_slabs, back_to_nobody, LIST, HERE },
	{ some_slabs, on_to_nobody, LIST, HERE },
	{ some_slabs, list_longer_than_all_slabs, LIST, HERE },
	{ some_slabs, one_more_on_the_list, LIST_END, HERE },
	{ some_slabs, another_end_of_the_list, LIST_END, HERE },
	{ used_and_empty, empty_one_first, "S7: a slab in use is listed behind an empty one",
	  HERE },
	{ some_slabs, one_more_free, COUNTERS, HERE },
	{ some_slabs, one_more_empty, COUNTERS, HERE },
	{ some_slabs, more_empty_ones_than_are_kept, COUNTERS, HERE },
	{ some_slabs, fewer_objects_than_free, COUNTERS, HERE },
	{ one_in_the_magazine, fewer_objects_than_held,
	  "S3: magazines hold more objects than the slabs miss", HERE },
	{ one_in_the_magazine, two_held_and_one_missed,
	  "S3: magazines hold more objects than the slabs miss", HERE },
	{ some_slabs, magazine_of_another_row, "S10: a cache is not in its own row", HERE },
	{ some_slabs, row_of_another_cache, "S10: a cache is not in its own row", HERE },
	{ some_slabs, another_row, "S10: a cache is not in its own row", HERE },
	{ one_in_the_magazine, half_an_object_more, CAPACITY, HERE },
	{ some_slabs, more_than_there_is_room, CAPACITY, HERE },
	{ one_in_the_magazine, what_is_no_object, FOREIGN, HERE },
	{ one_in_the_magazine, the_middle_of_an_object, FOREIGN, HERE },
	{ one_in_the_magazine, a_free_object_is_held,
	  "S6: an object is in a magazine and on its slab's free list", HERE },
	{ one_in_the_magazine, one_object_twice, "S6: an object is in a magazine twice", HERE },
	{ some_in_the_depot, more_than_the_depot_has_room_for,
	  "S14: a depot holds more than it has room for", HERE },
	{ some_in_the_depot, one_object_in_depot_and_magazine,
	  "S14: an object is in a magazine and in a depot", HERE },
	{ some_in_the_depot, one_object_in_the_depot_twice, "S6: an object is in a magazine twice",
	  HERE },
	{ some_slabs, held_by_who_is_gone, "S12: a CPU that is not online holds objects", ELSEWHERE },
};

static char said[4096];

static void audit_line(void *ctx, const char *line)
{
	(void)ctx;
	strncat(strncat(said, line, 200), "\n", 2);
}

static void prepare(const struct fault *f)
{
	if ((f->who == ELSEWHERE && CPUS < 2) ||
	    (f->prepare == used_and_empty && !CONFIG_SLAB_MAX_ORDER) ||
	    (f->damage == one_object_twice && CONFIG_SLAB_MAGAZINE < 2) ||
	    (f->prepare == some_in_the_depot &&
	     (!IS_ENABLED(CONFIG_SLAB_DEPOT) || CONFIG_SLAB_MAGAZINE < 3)))
		skip();
	f->prepare();
	f->damage();
}

/* proves S1, S2, S3, S5, S6, S7, S8, S10, S12, S14 */
static void validation_says(void **state)
{
	const struct fault *f = *state;
	char text[200], line[200];
	struct audit a;

	prepare(f);
	assert_string_equal(slab_validate(), f->sentence);
	snprintf(line, sizeof(line), "%s\n", f->sentence);
	said[0] = 0;
	/* No thread runs as CPU 1, which could so not stand still. */
	cpu_online_mask = cpumask_of(0);
	if (f->who == WALKED_TOO || f->who == WALKED_PERHAPS) {
		assert_true(machine_audit(&a, audit_line, NULL) > (f->who == WALKED_TOO));
		assert_non_null(strstr(said, line));
	} else {
		assert_int_equal(machine_audit(&a, audit_line, NULL), 1);
		assert_string_equal(said, line);
	}

	snprintf(text, sizeof(text), "cache victim: %s", f->sentence);
	if (f->who == ELSEWHERE) {
		kmem_cache_validate(cache);
		return;
	}
	assert_int_equal(HOST_TRY(kmem_cache_validate(cache)), HOST_PANIC);
	assert_string_equal(host_stop_text(), text);
	if (!IS_ENABLED(CONFIG_MM_VALIDATE) || f->prepare == one_in_the_magazine ||
	    f->prepare == some_in_the_depot)
		return;
	/* The magazine is empty, so that the drain changes nothing and only validates. */
	prepare(f);
	assert_int_not_equal(HOST_TRY(kmem_cache_drain_local(cache)), HOST_RAN_ON);
}

/* An undamaged cache is valid, whichever CPU's magazine holds objects. */
static void a_sound_cache_is_sound(void **state)
{
	(void)state;
	one_in_the_magazine();
	if (CPUS > 1) {
		host_become_cpu(1);
		kmem_cache_free(cache, objects[3]);
		kmem_cache_validate(cache);
		host_become_cpu(0);
	}
	kmem_cache_validate(cache);
	assert_null(slab_validate());
}

/* A CPU that validates one cache while others run looks at its own magazine, CPU 0 or not. */
static void ones_own_magazine_is_looked_at(void **state)
{
	(void)state;
	if (CPUS < 2)
		skip();
	some_slabs();
	host_become_cpu(1);
	this_cpu_ptr(cache->magazine)->fill++;
	assert_int_equal(HOST_TRY(kmem_cache_validate(cache)), HOST_PANIC);
	assert_string_equal(host_stop_text(), "cache victim: " CAPACITY);
	/* Another CPU's magazine may hold anything, for it is changing. */
	host_become_cpu(0);
	assert_int_equal(HOST_TRY(kmem_cache_validate(cache)), HOST_RAN_ON);
	this_cpu_ptr(cache->magazine)->fill = 0;
}

/* A search for an object ends, and fails, where a free list is a ring or leads nowhere. */
static void searches_end_in_a_damaged_slab(void **state)
{
	unsigned int index, nowhere, at;
	const char *rule;

	(void)state;
	some_slabs();
	nowhere = slab_objects(cache, slab);
	assert_false(slab_index_free(cache, slab, nowhere));
	free_objects_in_a_ring();
	assert_true(slab_index_free(cache, slab, slab->freelist));
	assert_false(slab_index_free(cache, slab, nowhere));
	a_store_to_a_free_object();
	assert_true(slab_index_free(cache, slab, slab->freelist));
	assert_false(slab_index_free(cache, slab, nowhere));
	if (!CONFIG_SLAB_MAX_ORDER)
		return;
	/* The descriptor of the second page names another head. */
	used_and_empty();
	assert_ptr_equal(slab_find(cache, slab_object(cache, slab, 1), &at, &rule), slab);
	assert_int_equal(at, 1);
	page_of_another_head();
	assert_null(slab_find(cache, slab_object(cache, slab, 1), &index, &rule));
	assert_string_equal(rule, "its page belongs to something else");
}

/* proves S6: with MM_CHECK a second free is noticed at once, wherever the object is by then. */
static void a_second_free_is_seen_at_once(void **state)
{
	char text[200];

	(void)state;
	if ((!IS_ENABLED(CONFIG_MM_CHECK) && !IS_ENABLED(CONFIG_MM_VALIDATE)) ||
	    CONFIG_SLAB_MAGAZINE < 3)
		skip();
	for (unsigned int k = 0; k < 2; k++) {
		some_slabs();
		/* The object lies behind another one in the magazine, then on its slab's free
		 * list. */
		kmem_cache_free(cache, objects[1]);
		kmem_cache_free(cache, objects[3]);
		if (k)
			kmem_cache_drain_local(cache);
		snprintf(text, sizeof(text), "S6: object 0x%lx of cache victim is freed twice",
			 (unsigned long)objects[1]);
		assert_int_equal(HOST_TRY(kmem_cache_free(cache, objects[1])), HOST_ASSERT_FAILED);
		if (!strstr(host_stop_text(), text))
			fail_msg("\"%s\", not \"%s\"", host_stop_text(), text);
		if (!strstr(host_stop_text(), k ? "slab_index_free" : "slot[i] != object"))
			fail_msg("\"%s\" by another check", host_stop_text());
	}
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_sound_cache_is_sound),
		cmocka_unit_test(ones_own_magazine_is_looked_at),
		cmocka_unit_test(searches_end_in_a_damaged_slab),
		cmocka_unit_test(a_second_free_is_seen_at_once),
	};
	struct CMUnitTest tests[ARRAY_SIZE(faults) + ARRAY_SIZE(others)];

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
		tests[i] = (struct CMUnitTest){ .name = faults[i].sentence,
						.test_func = validation_says,
						.initial_state = (void *)&faults[i] };
	memcpy(tests + ARRAY_SIZE(faults), others, sizeof(others));
	return cmocka_run_group_tests_name("slab_damage", tests, NULL, NULL);
}
