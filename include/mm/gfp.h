/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_GFP_H
#define MM_GFP_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/gfp_types.h>
#include <mm/page.h>
#include <mm/pcp.h>

/* Flags that the inline path knows nothing of. */
#define GFP_SLOW_FLAGS	(__GFP_ZERO | __GFP_THISNODE)

/* Debug tiers check more than fits inline. */
#define PAGES_INLINE	(!IS_ENABLED(CONFIG_MM_CHECK) && !IS_ENABLED(CONFIG_MM_VALIDATE))

/* The out-of-line parts of what follows, for any arguments. */
struct page *__alloc_pages(gfp_t gfp, unsigned int order) __must_check;
/* Of a small order; the CPU's list has none, and gfp no GFP_SLOW_FLAGS. */
struct page *alloc_pages_missed(gfp_t gfp, unsigned int order) __must_check;
void free_pages_any(struct page *page, unsigned int order);
void free_pages_slow(struct page *page, unsigned int order);
/* Of a small order; the CPU's list did not take it. */
void free_pages_missed(struct page *page, unsigned int order);

/* From the CPU's own list; pcp_order(order) holds. NULL when that has none. */
static __always_inline struct page *alloc_pages_fast(gfp_t gfp, unsigned int order)
{
	unsigned long flags = arch_local_irq_save();
	struct account_here *here = account_here_now();
	struct pcp_home *home = pcp_home_now(here, pcp_row(order), gfp & PCP_HOME_FLAGS);
	long credit = account_credit_left(here, order);
	struct page *page = NULL;

	if (likely(credit >= 0))
		page = pcp_pop(home->list, account_flip(here));
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && likely(page))
		account_set_credit(here, credit);
	IF_ENABLED(CONFIG_NUMA, if (likely(page)) WRITE_ONCE(home->hits, home->hits + 1);)
	arch_local_irq_restore(flags);
	return page;
}

/*
 * 2^order frames, naturally aligned; NULL when none are to be had (order > MAX_ORDER included).
 * gfp says which contexts may call. Contents are undefined without __GFP_ZERO. With constant
 * arguments the CPU's own list is tried inline.
 */
static __always_inline __must_check struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	if (PAGES_INLINE && __builtin_constant_p(gfp) && __builtin_constant_p(order) &&
	    pcp_order(order) && !(gfp & GFP_SLOW_FLAGS) &&
	    !(IS_ENABLED(CONFIG_HIGHATOMIC) && order > 0 && gfp & __GFP_ATOMIC)) {
		struct page *page = alloc_pages_fast(gfp, order);

		if (likely(page))
			return page;
		if (order < PCP_SMALL_ORDERS)
			return alloc_pages_missed(gfp, order);
	}
	return __alloc_pages(gfp, order);
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order) __must_check;

/* Onto the CPU's own list; pcp_order(order) holds. False when it does not go there. */
static __always_inline bool free_pages_fast(struct page *page, unsigned int order)
{
	unsigned long flags = arch_local_irq_save();
	u32 word = page->word;
	struct account_here *here = account_here_now();
	bool pushed = pcp_push(this_cpu_ptr(pcp_list_at(order, word & PCP_INDEX_MASK)), page, word,
			       account_flip(here));

	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS) && likely(pushed))
		account_set_credit(here, here->credit + (1 << order));
	arch_local_irq_restore(flags);
	return pushed;
}

static __always_inline void free_pages_rest(struct page *page, unsigned int order)
{
	/* Whose account it is comes first. */
	if (PAGES_INLINE && order < PCP_SMALL_ORDERS && !IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		free_pages_missed(page, order);
	else
		free_pages_slow(page, order);
}

/*
 * Gives a block back. page and order are those of the allocation; anything else (double free,
 * foreign page, wrong order) stops the kernel with a report. Any context.
 */
static __always_inline void __free_pages(struct page *page, unsigned int order)
{
	if (!PAGES_INLINE || !__builtin_constant_p(order))
		free_pages_any(page, order);
	else if (!pcp_order(order) || unlikely(!free_pages_fast(page, order)))
		free_pages_rest(page, order);
}

/* Frames that were allocated one by one, given back together: those that the CPU's list would take
 * go to their zone, a run of them as one block. Any context. */
void free_single_pages(struct page *const *pages, unsigned int nr);

/* The same by address in the linear map; 0 stands for failure. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order) __must_check;
unsigned long get_zeroed_page(gfp_t gfp) __must_check;
void free_pages(unsigned long addr, unsigned int order);

/* bytes rounded up to pages, not to a power of two; NULL when not to be had. */
void *alloc_pages_exact(size_t bytes, gfp_t gfp) __must_check;
void free_pages_exact(void *va, size_t bytes);

#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define __free_page(page)	__free_pages(page, 0)
#define __get_free_page(gfp)	__get_free_pages(gfp, 0)
#define free_page(addr)		free_pages(addr, 0)

/* Flags that count with interrupts off. */
extern gfp_t gfp_allowed_mask;
/* Boot, once interrupts are on: requests may wait from here on. */
void gfp_allow_waiting(void);

/* Free pages of all zones on the buddy's lists; a snapshot. */
unsigned long nr_free_pages(void);

/* Returns all pages on the running CPU's lists to the buddy. Any context; interrupts, where they
 * are on, come through between one batch and the next. */
void drain_local_pages(void);
/* Returns one batch of them; false when no list held a page. Any context. */
bool drain_pages_step(void);
/* Returns all pages on the lists of every online CPU, by cross-call; what CPUs put there meanwhile
 * may stay. Process context. */
void drain_all_pages(void);
/* All that zones keep for requests that cannot wait and have free goes back to everybody. Any
 * context. */
#ifdef CONFIG_HIGHATOMIC
void unreserve_highatomic(void);
#else
static inline void unreserve_highatomic(void)
{
}
#endif
/* All that this CPU's lists and magazines hold, to the zones and slabs. Any context. */
void drain_this_cpu(void);

#endif /* MM_GFP_H */
