/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CHECK_BOUNDS_COUNT_H
#define MM_CHECK_BOUNDS_COUNT_H

/* Steps of paths, for the files that count them: bounds.c says what a step of each kind is. */
#include <mm/bounds.h>

/* In the order of bounds.c. */
enum kind {
	CALL, ZONE, LIST, BLOCK, SLOT, CUT, LINK, OBJECT, SLAB, FRAME, AREA, LEAF, COPY, LOOK,
	CHARGE, DOWN, NR_KINDS
};

struct count {
	unsigned long of[NR_KINDS];
};

#define COUNT(...)	((struct count){ { __VA_ARGS__ } })

/* The letters. */
struct letters {
	unsigned long o, b, z, l, g, k, p, m, s, n, j, c, t;
	unsigned long u, v, w, f, wakes;
	unsigned long q, i, e, a;
	unsigned long looks, charges, wait, stack;
	bool moves, contig, compacts, candidates, dma, hotplug, section_table;
};

/* By pointers, each operand in a block of its own: stacks are as small as 8 KiB. */
static __noinline __maybe_unused void count_add(struct count *sum, const struct count *c)
{
	for (int i = 0; i < NR_KINDS; i++)
		sum->of[i] += c->of[i];
}

static __noinline __maybe_unused void count_multiply(struct count *c, unsigned long n)
{
	for (int i = 0; i < NR_KINDS; i++)
		c->of[i] *= n;
}

#define COUNT_NAME_(name, nr)	name##nr
#define COUNT_NAME(name, nr)	COUNT_NAME_(name, nr)
#define PLUS_AS(a, b, sum, term) ({			\
	struct count sum = (a);				\
	{						\
		const struct count term = (b);		\
							\
		count_add(&sum, &term);			\
	}						\
	sum; })
#define TIMES_AS(n, c, product) ({			\
	struct count product = (c);			\
							\
	count_multiply(&product, n);			\
	product; })
#define plus(a, b)	PLUS_AS(a, b, COUNT_NAME(sum, __COUNTER__), COUNT_NAME(term, __COUNTER__))
#define times(n, c)	TIMES_AS(n, c, COUNT_NAME(product, __COUNTER__))

/* ---- bounds.c ---- */

unsigned long price_of(const struct letters *x, const struct count *c);
struct count cost_full_looked(const struct letters *x);
struct count cost_free_full(const struct letters *x);
struct count cost_alloc_fail(const struct letters *x);
struct count cost_alloc_any(const struct letters *x);
struct count cost_large_free(const struct letters *x);
struct count cost_drain_local(const struct letters *x);
struct count cost_cache_grow(const struct letters *x);
struct count cost_cache_shrink(const struct letters *x);
struct count cost_cache_drain(const struct letters *x);
struct count cost_alloc_reclaim(const struct letters *x);

/* ---- bounds_moves.c ---- */

struct count cost_vmap_hold(const struct letters *x);
struct count cost_vunmap_hold(const struct letters *x);
/* A page of somebody else's is mapped. */
struct count cost_map_page(const struct letters *x);
struct count cost_area(const struct letters *x, unsigned long pages);
struct count cost_area_free(const struct letters *x, unsigned long nr);
struct count cost_vmalloc_of(const struct letters *x);
struct count cost_vfree_of(const struct letters *x);
struct count cost_move_hold(const struct letters *x);
struct count cost_move_page(const struct letters *x);
struct count cost_migrate_page(const struct letters *x);
struct count cost_retype_hold(const struct letters *x);
struct count cost_contig_hold(const struct letters *x);
struct count cost_contig_free(const struct letters *x);
struct count cost_contig_lent(const struct letters *x);
struct count cost_contig_release(const struct letters *x);
struct count cost_alloc_compact(const struct letters *x);

/* ---- bounds_accounts.c ---- */

struct count cost_credit(const struct letters *x);
struct count cost_promised(const struct letters *x);
struct count cost_promised_free(const struct letters *x);
struct count cost_stack(const struct letters *x);
struct count cost_stack_free(const struct letters *x);
struct count cost_alloc_wait(const struct letters *x);

/* ---- bounds_devices.c ---- */

struct count cost_dma_map(const struct letters *x);
struct count cost_irqs_on(const struct letters *x);
struct count cost_dma_claim(const struct letters *x);
struct count cost_dma_put(const struct letters *x);
struct count cost_dma_bounce(const struct letters *x);
struct count cost_dma_unmap(const struct letters *x);
struct count cost_dma_sync(const struct letters *x);
struct count cost_pool_alloc(const struct letters *x);
struct count cost_pool_grow(const struct letters *x);
struct count cost_pool_free(const struct letters *x);
struct count cost_mem_change(const struct letters *x);
struct count cost_close_step(const struct letters *x);
struct count cost_mem_map(const struct letters *x);
struct count cost_mem_online(const struct letters *x);
struct count cost_mem_offline(const struct letters *x);
void set_hotplug_holds(struct mm_bound *bounds);

#endif /* MM_CHECK_BOUNDS_COUNT_H */
