/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on the slab allocator against a model that shares nothing with it: a map that
 * says who owns each 8 bytes of RAM, and a pattern in every live object that nobody else may touch.
 *
 * 	slab_model [seed [operations]]
 *
 * CPUs take turns in one thread, so that objects are freed where they were not allocated.
 */
#include "common/boot.h"

#include <kernel/errno.h>
#include <kernel/percpu.h>
#include <mm/audit.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <mm/snapshot.h>

#define RAM_PA		0x80000000ul
#define RAM_BYTES	(48ul << 20)
#define GRAIN		8ul
#define MAX_LIVE	20000u
#define MAX_CACHES	12u
#define MODEL_CPUS	MIN_CONST(CONFIG_NR_CPUS, 3)
#define CHECK_EVERY	20000u

/* Owner of a grain of 8 bytes: 0 is nobody, else the index in live[] plus 1. */
static u32 *owner;

struct live {
	unsigned char *va;
	size_t asked, usable;
	u32 pattern;
	int cache;			/* index in caches[], or -1 for kmalloc */
};

static struct live live[MAX_LIVE];
static unsigned int nr_live;

struct model_cache {
	struct kmem_cache *cache;
	char name[24];
	size_t size, align;
	size_t stride;			/* includes the link that a constructed object needs */
	bool constructed;
	unsigned int live;
};

static struct model_cache caches[MAX_CACHES];
static struct random_plan plan;
static struct rng rng;
static u64 op_nr;
static unsigned long failures_seen;

static void diverged(const char *what)
{
	printf("not ok - slab_model: %s: operation %llu, seed %llu\n", what,
	       (unsigned long long)op_nr, (unsigned long long)plan.seed);
	exit(1);
}

#define NEED(cond) \
	do { \
		if (!(cond)) \
			diverged(#cond); \
	} while (0)

static unsigned int below(unsigned int n)
{
	return (unsigned int)rng_below(&rng, n);
}

/* Objects of a constructed cache carry this from the moment that their slab is made. */
static void construct(void *object)
{
	memset(object, 0xc5, 24);
}

static void fill(struct live *l)
{
	size_t i, n = l->asked;

	l->pattern = (u32)rng_next(&rng);
	if (l->cache >= 0 && caches[l->cache].constructed) {
		for (i = 0; i < 24; i++)
			NEED(l->va[i] == 0xc5);
		return;
	}
	for (i = 0; i + 4 <= n; i += 4)
		memcpy(l->va + i, &(u32){ l->pattern + (u32)i }, 4);
	for (; i < n; i++)
		l->va[i] = (unsigned char)l->pattern;
}

static void check_fill(const struct live *l, size_t n)
{
	u32 word;
	size_t i;

	if (l->cache >= 0 && caches[l->cache].constructed) {
		for (i = 0; i < 24; i++)
			NEED(l->va[i] == 0xc5);
		return;
	}
	for (i = 0; i + 4 <= n; i += 4) {
		memcpy(&word, l->va + i, 4);
		NEED(word == l->pattern + (u32)i);
	}
	if (n == l->asked)
		for (; i < n; i++)
			NEED(l->va[i] == (unsigned char)l->pattern);
}

static size_t grain_of(const unsigned char *va)
{
	phys_addr_t pa = __pa(va);

	NEED(pa >= RAM_PA && pa < RAM_PA + RAM_BYTES);
	return (pa - RAM_PA) / GRAIN;
}

static void own(unsigned int nr)
{
	const struct live *l = &live[nr];
	size_t first = grain_of(l->va), n = DIV_ROUND_UP(l->usable, GRAIN), i;

	NEED(l->usable >= l->asked);
	grain_of(l->va + l->usable - 1);
	for (i = first; i < first + n; i++) {
		NEED(owner[i] == 0);
		owner[i] = nr + 1;
	}
}

static void disown(unsigned int nr)
{
	const struct live *l = &live[nr];
	size_t first = grain_of(l->va), n = DIV_ROUND_UP(l->usable, GRAIN), i;

	for (i = first; i < first + n; i++) {
		NEED(owner[i] == nr + 1);
		owner[i] = 0;
	}
}

/* Checks a new object as far as its caller can, and enters it into the model. */
static void enter(void *va, size_t asked, size_t align, int cache, bool zeroed)
{
	struct live *l = &live[nr_live];
	size_t i;

	*l = (struct live){ .va = va, .asked = asked, .cache = cache };
	NEED(((unsigned long)va & (align - 1)) == 0);
	l->usable = cache < 0 ? ksize(va) : asked;
	NEED(ksize(va) >= asked);
	own(nr_live);
	if (zeroed)
		for (i = 0; i < asked; i++)
			NEED(l->va[i] == 0);
	fill(l);
	if (cache >= 0)
		caches[cache].live++;
	nr_live++;
}

/* Takes object nr out of the model; the caller frees it. */
static struct live leave(unsigned int nr)
{
	struct live l = live[nr];

	check_fill(&l, l.asked);
	disown(nr);
	if (l.cache >= 0)
		caches[l.cache].live--;
	nr_live--;
	if (nr != nr_live) {
		disown(nr_live);
		live[nr] = live[nr_live];
		own(nr);
	}
	return l;
}

/* Most sizes are small; now and then one takes up to a few blocks of pages. */
static size_t random_size(void)
{
	unsigned int r = below(100);

	if (r < 70)
		return 1 + below(256);
	if (r < 95)
		return 1 + below(4096);
	return 1 + below(40000);
}

/* The alignment that kmalloc promises for size. */
static size_t kmalloc_align(size_t size)
{
	size_t min = 1ul << CONFIG_KMALLOC_MIN_SHIFT;

	if ((size & (size - 1)) == 0 && size > min)
		return min_t(size_t, size, PAGE_SIZE);
	return min;
}

/* An allocation failed. That is right if the size is too large, or if there are no pages for it
 * either. */
static void failed(size_t size)
{
	unsigned int order = fls64((size - 1) >> PAGE_SHIFT);

	failures_seen++;
	NEED(size > KMALLOC_MAX_BYTES || !alloc_pages(__GFP_NOWARN, order));
}

static void op_kmalloc(void)
{
	size_t size = random_size();
	bool zero = below(4) == 0;
	void *va;

	if (nr_live == MAX_LIVE)
		return;
	va = kmalloc(size, zero ? __GFP_ZERO | __GFP_NOWARN : __GFP_NOWARN);
	if (va)
		enter(va, size, kmalloc_align(size), -1, zero);
	else
		failed(size);
}

/* A constant size takes the inline path. */
static void op_kmalloc_constant(void)
{
	void *va;

	if (nr_live + 4 > MAX_LIVE)
		return;
	va = kmalloc(64, __GFP_NOWARN);
	if (va)
		enter(va, 64, 64, -1, false);
	va = kmalloc(100, __GFP_NOWARN);
	if (va)
		enter(va, 100, 1ul << CONFIG_KMALLOC_MIN_SHIFT, -1, false);
	va = kzalloc(8, __GFP_NOWARN);
	if (va)
		enter(va, 8, 8, -1, true);
	va = kmalloc_array(6, 32, __GFP_NOWARN);
	if (va)
		enter(va, 192, 1ul << CONFIG_KMALLOC_MIN_SHIFT, -1, false);
}

static void op_free(void)
{
	struct live l;

	if (!nr_live)
		return;
	l = leave(below(nr_live));
	if (l.cache >= 0 && below(4))
		kmem_cache_free(caches[l.cache].cache, l.va);
	else
		kfree(l.va);
}

static void op_krealloc(void)
{
	size_t size = random_size();
	unsigned int nr;
	struct live l;
	void *va;

	if (!nr_live)
		return;
	nr = below(nr_live);
	if (live[nr].cache >= 0)
		return;
	l = leave(nr);
	va = krealloc(l.va, size, __GFP_NOWARN);
	if (!va) {
		failed(size);
		va = l.va;
		size = l.asked;
	}
	l.va = va;
	check_fill(&l, min(l.asked, size));
	NEED(size > l.usable || va == l.va);
	enter(va, size, 1ul << CONFIG_KMALLOC_MIN_SHIFT, -1, false);
}

static void op_cache_alloc(void)
{
	unsigned int c = below(MAX_CACHES);
	struct model_cache *mc = &caches[c];
	bool zero = below(8) == 0 && !mc->constructed;
	void *va;

	if (!mc->cache || nr_live == MAX_LIVE)
		return;
	va = kmem_cache_alloc(mc->cache, zero ? __GFP_ZERO | __GFP_NOWARN : __GFP_NOWARN);
	if (va)
		enter(va, mc->size, mc->align, (int)c, zero);
	else
		failed(mc->stride);
}

static void op_bulk(void)
{
	unsigned int c = below(MAX_CACHES), n = 1 + below(3 * CONFIG_SLAB_MAGAZINE), i, k;
	struct model_cache *mc = &caches[c];
	void *objects[3 * CONFIG_SLAB_MAGAZINE];
	bool zero = below(2) && !mc->constructed;

	if (!mc->cache || nr_live + n > MAX_LIVE)
		return;
	i = (unsigned int)kmem_cache_alloc_bulk(mc->cache, (zero ? __GFP_ZERO : 0) | __GFP_NOWARN,
						n, objects);
	NEED(i == n || i == 0);
	/* What a failed bulk request gives back becomes pages again; where a slab can be one page,
	 * too few were left. */
	if (!i) {
		failures_seen++;
		NEED(mc->stride > PAGE_SIZE || nr_free_pages() * PAGE_SIZE <
		     8 * n * mc->stride + 2 * min_free_kbytes * 1024);
	}
	for (k = 0; k < i; k++)
		enter(objects[k], mc->size, mc->align, (int)c, zero);
	if (!i || below(2))
		return;
	/* The objects are the last n of live[]. */
	for (k = 0; k < i; k++)
		objects[k] = leave(nr_live - 1).va;
	kmem_cache_free_bulk(mc->cache, i, objects);
}

static void drain_everywhere(struct kmem_cache *cache)
{
	unsigned int cpu;

	for (cpu = 0; cpu < MODEL_CPUS; cpu++) {
		host_become_cpu(cpu);
		kmem_cache_drain_local(cache);
	}
}

static void op_cache_life(void)
{
	static const size_t aligns[] = { 0, 8, 16, 64, 256 };
	unsigned int c = below(MAX_CACHES), nr, flags = 0;
	struct model_cache *mc = &caches[c];
	size_t align;

	if (mc->cache) {
		if (below(2)) {
			kmem_cache_shrink(mc->cache);
			return;
		}
		/* Of one that serves several nobody knows whose objects they are. */
		if (mc->live && !IS_ENABLED(CONFIG_SLAB_MERGE) && below(4) == 0) {
			NEED(kmem_cache_destroy(mc->cache) == -EBUSY);
			return;
		}
		for (nr = nr_live; nr-- > 0;)
			if (live[nr].cache == (int)c)
				kmem_cache_free(mc->cache, leave(nr).va);
		drain_everywhere(mc->cache);
		NEED(kmem_cache_destroy(mc->cache) == 0);
		mc->cache = NULL;
		return;
	}
	align = aligns[below(ARRAY_SIZE(aligns))];
	mc->size = below(4) ? 1 + below(300) : 1 + below((unsigned int)PAGE_SIZE);
	mc->constructed = below(4) == 0;
	if (mc->constructed)
		mc->size = max_t(size_t, mc->size, 24);
	if (below(4) == 0)
		flags |= SLAB_HWCACHE_ALIGN;
	if (below(4) == 0)
		flags |= SLAB_RECLAIM_ACCOUNT;
	snprintf(mc->name, sizeof(mc->name), "model-%u-%zu", c, mc->size);
	mc->cache = kmem_cache_create(mc->name, mc->size, align, flags,
				      mc->constructed ? construct : NULL);
	mc->align = max_t(size_t, align, 8);
	if (flags & SLAB_HWCACHE_ALIGN)
		mc->align = max_t(size_t, mc->align, mc->size > 32 ? 64 : mc->size > 16 ? 32 :
						    mc->size > 8 ? 16 : 8);
	mc->stride = ALIGN_UP(ALIGN_UP(mc->size, 8) + (mc->constructed ? 8 : 0), mc->align);
	if (!mc->cache)
		NEED(mc->stride > PAGE_SIZE << CONFIG_SLAB_MAX_ORDER ||
		     !alloc_pages(__GFP_NOWARN, 0));
	else
		NEED(kmem_cache_size(mc->cache) == mc->size ||
		     (IS_ENABLED(CONFIG_SLAB_MERGE) && kmem_cache_size(mc->cache) > mc->size));
}

/* Allocates until memory is out, and gives half of it back. */
static void op_exhaust(void)
{
	unsigned long before = failures_seen;
	unsigned int nr;

	while (nr_live < MAX_LIVE && failures_seen < before + 3) {
		size_t size = below(2) ? 4096 : 1 + below(16000);
		void *va = kmalloc(size, __GFP_NOWARN);

		if (va)
			enter(va, size, 1ul << CONFIG_KMALLOC_MIN_SHIFT, -1, false);
		else
			failed(size);
	}
	for (nr = nr_live; nr-- > 0;)
		if (below(2) && live[nr].cache < 0)
			kfree(leave(nr).va);
}

static void check_all(void)
{
	const char *broken = slab_validate();
	struct slabinfo info;
	struct audit audit;
	unsigned int row = 0, c;

	if (broken)
		diverged(broken);
	NEED(memory_audit(&audit, NULL, NULL) == 0);
	NEED(audit.pages[PG_SLAB] == slab_pages(false) + slab_pages(true));
	while (slabinfo_next(&row, &info))
		for (c = 0; c < MAX_CACHES; c++)
			if (caches[c].cache && strcmp(info.name, caches[c].name) == 0 &&
			    !IS_ENABLED(CONFIG_SLAB_MERGE))
				NEED(info.active_objs == caches[c].live);
}

static void one_operation(void)
{
	unsigned int r = below(1000);

	if (below(64) == 0)
		host_become_cpu(below(MODEL_CPUS));
	/* Allocations prevail for some time, then frees, so that slabs fill and empty. */
	if (r < 400 + (op_nr >> 14 & 1) * 150)
		op_free();
	else if (r < 700)
		op_kmalloc();
	else if (r < 760)
		op_kmalloc_constant();
	else if (r < 900)
		op_cache_alloc();
	else if (r < 950)
		op_krealloc();
	else if (r < 980)
		op_bulk();
	else if (r < 999)
		op_cache_life();
	else if (below(50) == 0)
		op_exhaust();
}

static void free_everything(void)
{
	struct slabinfo info;
	unsigned int c, i;
	struct live l;

	while (nr_live) {
		l = leave(nr_live - 1);
		kfree(l.va);
	}
	for (c = 0; c < MAX_CACHES; c++) {
		if (!caches[c].cache)
			continue;
		drain_everywhere(caches[c].cache);
		NEED(kmem_cache_destroy(caches[c].cache) == 0);
	}
	for (i = 0; i < NR_KMALLOC_CLASSES; i++) {
		drain_everywhere(&kmalloc_caches[i]);
		kmem_cache_shrink(&kmalloc_caches[i]);
	}
	for (unsigned int row = 0; slabinfo_next(&row, &info);)
		NEED(info.active_objs == 0);
}

static unsigned long free_pages_everywhere(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < MODEL_CPUS; cpu++) {
		host_become_cpu(cpu);
		drain_local_pages();
	}
	return nr_free_pages();
}

int main(int argc, char **argv)
{
	unsigned long before, kept;

	/* The validator looks at each slab at each step. */
	plan = random_plan(argc, argv, IS_ENABLED(CONFIG_MM_VALIDATE) ? 50000 : 1000000, 10000000);
	rng.state = plan.seed;
	owner = calloc(RAM_BYTES / GRAIN, sizeof(*owner));
	if (!owner)
		diverged("memory for the model");
	boot_ram(RAM_BYTES, MODEL_CPUS);
	kmem_cache_init();
	before = free_pages_everywhere();
	for (op_nr = 0; op_nr < plan.operations; op_nr++) {
		one_operation();
		if (op_nr % CHECK_EVERY == 0)
			check_all();
	}
	check_all();
	free_everything();
	check_all();
	/* Only the slabs of "kmem_cache" itself may be left. */
	kept = slab_pages(false) + slab_pages(true);
	NEED(free_pages_everywhere() + kept == before);
	NEED(kept <= 4ul << CONFIG_SLAB_MAX_ORDER);
	printf("ok 1 - slab_model: %llu operations, %lu refused for want of memory\n1..1\n",
	       (unsigned long long)plan.operations, failures_seen);
	free(owner);
	return 0;
}
