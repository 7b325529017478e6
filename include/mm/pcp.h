/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PCP_H
#define MM_PCP_H

/*
 * Per-CPU page lists as the inline paths of mm/gfp.h see them; mm/page/pcp.c says how they work.
 */
#include <kernel/percpu.h>
#include <mm/account_fast.h>
#include <mm/gfp_types.h>
#include <mm/mmzone.h>
#include <mm/page.h>
#include <mm/pcp_count.h>
#include <arch/irq.h>

/* A stack of free blocks of one order, zone and type. Of its CPU, interrupts off. */
struct pcp_list {
	u32 word;			/* [S] of every block on it (P2) */
	u32 limit;			/* [P*] at most PCP_LIST_MAX(row); 0: takes nothing now */
	union {
		pcp_state_t state;		/* [P*] mm/pcp_count.h */
		pcp_state_t count : PCP_COUNT_BITS;	/* [P*] blocks */
	};
	u32 pfn[];			/* [P] their frames */
};

/*
 * A row of lists is those of one order: the small orders, and behind them pageblocks. Of the pages
 * that a CPU may hold of a zone order 0 has one half, split among the types. The other half goes to
 * the lists of the other small orders as they need it (pcp_share.c); such a list has room for two
 * batches. A pageblock stands for itself.
 */
#define PCP_SHARE	((unsigned int)CONFIG_PCP_HIGH / (2 * MIGRATE_PCPTYPES))
#define PCP_LIST_MAX(row) \
	((row) >= PCP_SMALL_ORDERS ? 1u : MAX_CONST(1u, (row) ? \
	 MIN_CONST(2u * CONFIG_PCP_BATCH, (unsigned int)CONFIG_PCP_HIGH / 2 >> (row)) : PCP_SHARE))

/*
 * The lists lie one behind the other in words, each as long as its row needs, and a row begins
 * where the one before it ends. What is said of rows one by one is made from PCP_ROWS; with a small
 * MAX_ORDER the last ones have no lists.
 */
#define PCP_LIST_WORDS(row) \
	((row) < NR_PCP_ORDERS ? \
	 ALIGN_UP(sizeof(struct pcp_list) / sizeof(u32) + PCP_LIST_MAX(row), PCP_WORDS_ALIGN) : 0)
#define PCP_WORDS_ALIGN	4	/* to multiply by fours takes less */
#define PCP_ROWS(ROW)	ROW(0) ROW(1) ROW(2) ROW(3) ROW(4) ROW(5)

#define PCP_ROW_NUMBER(row)	PCP_ROW_##row,
enum { PCP_ROWS(PCP_ROW_NUMBER) NR_PCP_ROWS };
BUILD_ASSERT(NR_PCP_ROWS == PCP_SMALL_ORDERS_MOST + 1 && NR_PCP_ORDERS <= NR_PCP_ROWS,
	     "PCP_ROWS names other orders than those that per-CPU lists may hold");

/* First and last word of each row, and how many there are, if each had a single list. */
#define PCP_ROW_PLACE(row) \
	PCP_ROW_##row##_FIRST, \
	PCP_ROW_##row##_LAST = PCP_ROW_##row##_FIRST + (int)PCP_LIST_WORDS(row) - 1,
enum { PCP_ROWS(PCP_ROW_PLACE) PCP_WORDS };

/* The low bits of a block's word, type, zone and node, tell its list among those of its row. */
#define PCP_INDEX_BITS	(MAX_NUMNODES > 1 ? PAGE_NODE_SHIFT + NODES_SHIFT \
					  : PAGE_ZONE_SHIFT + ZONES_SHIFT)
#define NR_PCP_INDEXES	(1 << PCP_INDEX_BITS)
#define PCP_INDEX_MASK	((1u << PCP_INDEX_BITS) - 1)

DECLARE_PER_CPU(u32, pcp_words[NR_PCP_INDEXES * PCP_WORDS]);

/* The same numbers for orders that are not known at build time; also what a debugger reads. */
struct pcp_row {
	u32 order;
	u32 first_word, list_words;	/* list_words 0: no such lists */
	u32 most;			/* PCP_LIST_MAX(row) */
};
extern const struct pcp_row pcp_rows[NR_PCP_ROWS];

/* Are there lists of this order? */
static __always_inline bool pcp_order(unsigned int order)
{
	return order < PCP_SMALL_ORDERS || (PCP_PAGEBLOCKS && order == pageblock_order);
}

/* pcp_order(order) holds. */
static __always_inline unsigned int pcp_row(unsigned int order)
{
	return order < PCP_SMALL_ORDERS ? order : PCP_SMALL_ORDERS;
}

/* Ascending. */
#define for_each_pcp_order(order) \
	for ((order) = 0; (order) < NR_PAGE_ORDERS; (order) = pcp_order_after(order))

static inline unsigned int pcp_order_after(unsigned int order)
{
	if (order + 1 < PCP_SMALL_ORDERS)
		return order + 1;
	return PCP_PAGEBLOCKS && order < pageblock_order ? pageblock_order : NR_PAGE_ORDERS;
}

/* pcp_rows[row].first_word, as a constant where row is one. */
static __always_inline unsigned long pcp_first_word(unsigned int row)
{
#define PCP_WORDS_IF_BELOW(n)	+ (row > n ? PCP_LIST_WORDS(n) : 0)
	return NR_PCP_INDEXES * (0 PCP_ROWS(PCP_WORDS_IF_BELOW));
}

/* pcp_order(order) holds; per_cpu_ptr() or this_cpu_ptr() of it is one of a CPU's lists. */
static __always_inline struct pcp_list *pcp_list_at(unsigned int order, unsigned int index)
{
	unsigned int row = pcp_row(order);
	unsigned long bytes;

	/* In bytes, the row's place is part of the array's address. */
	if (__builtin_constant_p(order))
		bytes = sizeof(u32) * pcp_first_word(row) +
			index * (sizeof(u32) * PCP_LIST_WORDS(row));
	else
		bytes = sizeof(u32) * (pcp_rows[row].first_word +
				       index * pcp_rows[row].list_words);
	return (struct pcp_list *)(void *)((char *)pcp_words + bytes);
}

/*
 * By row and the flags that choose zone and type: the list to try first. A request that no zone
 * can serve finds a list there that stays empty.
 */
struct pcp_home {
	struct pcp_list *list;			/* [c] */
	IF_ENABLED(CONFIG_NUMA, u64 hits;)	/* [P*] blocks taken off it inline */
};
#ifdef CONFIG_MEM_ACCOUNTS
struct account_area {
	struct account_here here;					/* [f] */
	struct pcp_home home[NR_PCP_ORDERS][PCP_HOME_FLAGS + 1];	/* [f] */
};
#define pcp_home_at(row, flags)	(&account_area.home[row][flags])
#else
#define pcp_home_at(row, flags)	(&pcp_home[row][flags])
DECLARE_PER_CPU(struct pcp_home, pcp_home[NR_PCP_ORDERS][PCP_HOME_FLAGS + 1]);
#endif

/* The running CPU's; here is account_here_now(). */
static __always_inline struct pcp_home *pcp_home_now(struct account_here *here, unsigned int row,
						     unsigned int flags)
{
	(void)here;
	return IF_ENABLED(CONFIG_MEM_ACCOUNTS,
			  1 ? &((struct account_area *)(void *)here)->home[row][flags] :)
	       this_cpu_ptr(pcp_home_at(row, flags));
}

/* How many blocks another CPU's list holds. A snapshot. */
static __always_inline u32 pcp_count_once(const struct pcp_list *list)
{
	return pcp_state_count(READ_ONCE(list->state));
}

/* The zone gave blocks to a list, or took some: nobody allocated or freed them. */
static __always_inline void pcp_set_count(struct pcp_list *list, u32 count)
{
	WRITE_ONCE(list->state, list->state - list->count + count);
}

/*
 * Behind the last of count blocks. Where a count of its own width follows, the compiler would add
 * to the index before it scales it; hidden once scaled, it has the displacement for that.
 */
static __always_inline u32 *pcp_behind(struct pcp_list *list, unsigned long count)
{
	if (IS_ENABLED(CONFIG_VM_EVENT_COUNTERS)) {
		count *= sizeof(list->pfn[0]);
		OPTIMIZER_HIDE_VAR(count);
		return (u32 *)(void *)((char *)list->pfn + count);
	}
	return &list->pfn[count];
}

/* Pops; NULL when the list is empty or its top is not what it should be. flip: account_flip(), or
 * PCP_FLIP for a block that nobody is charged for yet. */
static __always_inline struct page *pcp_pop(struct pcp_list *list, u32 flip)
{
	pcp_state_t state = list->state;
	u32 count = pcp_state_count(state), word = list->word;
	struct page *page;

	if (unlikely(!count))
		return NULL;
	page = pfn_to_page(pcp_behind(list, count)[-1]);
	if (unlikely(page->word != word))
		return NULL;
	WRITE_ONCE(list->state, pcp_state_popped(state));
	WRITE_ONCE(page->word, word ^ flip);
	return page;
}

/* Pushes a block that is handed out with this order; false when it is not, or the list is full.
 * flip: as above. */
static __always_inline bool pcp_push(struct pcp_list *list, struct page *page, u32 word, u32 flip)
{
	pcp_state_t state = list->state;
	unsigned long count = pcp_state_count(state);

	OPTIMIZER_HIDE_VAR(count);	/* an index is not to be widened again */
	if (unlikely(count >= list->limit) || unlikely((word ^ flip) != list->word))
		return false;
	WRITE_ONCE(page->word, word ^ flip);
	*pcp_behind(list, count) = (u32)page_to_pfn(page);
	WRITE_ONCE(list->state, pcp_state_pushed(state, (u32)count));
	return true;
}

#endif /* MM_PCP_H */
