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

static void fewer_objects_than_free(void)
{
	node->nr_objects = node->nr_free - 1;
}

static void fewer_objects_than_held(void)
{
	node->nr_objects = node->nr_free;
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

static void half_a_batch_in_the_depot(void)
{
	node_depot(node)->nr_objects--;
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

static const struct fault {
	void (*prepare)(void), (*damage)(void);
	const char *sentence;
	bool elsewhere;			/* on another CPU, which must be stopped first */
} faults[] = {
	{ some_slabs, head_of_another_cache, HEAD, false },
	{ some_slabs, head_that_is_no_slab, HEAD, false },
	{ used_and_empty, page_of_another_head, INNER, false },
	{ used_and_empty, page_of_another_order, INNER, false },
	{ some_slabs, no_free_object, "S2: a slab without a free object is on the list", false },
	{ some_slabs, first_object_beyond_the_slab, "S5: a free object was written to", false },
	{ some_slabs, a_store_to_a_free_object, "S5: a free object was written to", false },
	{ some_slabs, one_more_in_use, "S3: objects in use and free do not make up the slab",
	  false },
	{ some_slabs, back_to_nobody, LIST, false },
	{ some_slabs, on_to_nobody, LIST, false },
	{ some_slabs, list_longer_than_all_slabs, LIST, false },
	{ some_slabs, one_more_on_the_list, LIST_END, false },
	{ some_slabs, another_end_of_the_list, LIST_END, false },
	{ used_and_empty, empty_one_first, "S7: a slab in use is listed behind an empty one",
	  false },
	{ some_slabs, one_more_free, COUNTERS, false },
	{ some_slabs, one_more_empty, COUNTERS, false },
	{ some_slabs, fewer_objects_than_free, COUNTERS, false },
	{ one_in_the_magazine, fewer_objects_than_held,
	  "S3: magazines hold more objects than the slabs miss", false },
	{ some_slabs, magazine_of_another_row, "S10: a cache is not in its own row", false },
	{ some_slabs, row_of_another_cache, "S10: a cache is not in its own row", false },
	{ one_in_the_magazine, half_an_object_more, CAPACITY, false },
	{ some_slabs, more_than_there_is_room, CAPACITY, false },
	{ one_in_the_magazine, what_is_no_object, FOREIGN, false },
	{ one_in_the_magazine, the_middle_of_an_object, FOREIGN, false },
	{ one_in_the_magazine, a_free_object_is_held,
	  "S6: an object is in a magazine and on its slab's free list", false },
	{ one_in_the_magazine, one_object_twice, "S6: an object is in a magazine twice", false },
	{ some_in_the_depot, half_a_batch_in_the_depot,
	  "S14: a depot does not hold whole batches", false },
	{ some_in_the_depot, more_than_the_depot_has_room_for,
	  "S14: a depot does not hold whole batches", false },
	{ some_in_the_depot, one_object_in_depot_and_magazine,
	  "S14: an object is in a magazine and in a depot", false },
	{ some_in_the_depot, one_object_in_the_depot_twice, "S6: an object is in a magazine twice",
	  false },
	{ some_slabs, held_by_who_is_gone, "S12: a CPU that is not online holds objects", true },
};

static char said[1024];

static void audit_line(void *ctx, const char *line)
{
	(void)ctx;
	strncat(strncat(said, line, 200), "\n", 2);
}

static void prepare(const struct fault *f)
{
	if ((f->elsewhere && CPUS < 2) ||
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
	assert_int_equal(machine_audit(&a, audit_line, NULL), 1);
	assert_string_equal(said, line);

	snprintf(text, sizeof(text), "cache victim: %s", f->sentence);
	if (f->elsewhere) {
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
	struct CMUnitTest tests[ARRAY_SIZE(faults) + 2];

	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++)
		tests[i] = (struct CMUnitTest){ .name = faults[i].sentence,
						.test_func = validation_says,
						.initial_state = (void *)&faults[i] };
	tests[ARRAY_SIZE(faults)] = (struct CMUnitTest)cmocka_unit_test(a_sound_cache_is_sound);
	tests[ARRAY_SIZE(faults) + 1] =
		(struct CMUnitTest)cmocka_unit_test(a_second_free_is_seen_at_once);
	return cmocka_run_group_tests_name("slab_damage", tests, NULL, NULL);
}
