/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_ACCOUNT_H
#define MM_PAGE_ACCOUNT_H

/* Accounts as the rest of mm/ sees them; internal.h includes this where marks are known. */

/*
 * Taking from zones: between the two the current account is charged for a block of this order, and
 * what it and others are promised stays as it is. Interrupts are off. *alloc_flags gets
 * ALLOC_PROMISED where the block is part of the account's promise, ALLOC_REFUSED where the account
 * may not have it, and then there is nothing to take.
 */
#ifdef CONFIG_MEM_ACCOUNTS
unsigned long account_begin(unsigned int order, unsigned int *alloc_flags);
void account_end(unsigned long irq_flags, struct page *page, unsigned int order,
		 unsigned int alloc_flags);
/* All promises stay as they are in between. Interrupts are off. */
unsigned long account_lock(void);
void account_unlock(unsigned long irq_flags);
/* In between: are all promises kept, if the zone has so many free pages less? */
bool account_spares(const struct zone *zone, unsigned long pages);
#else
static __always_inline unsigned long account_lock(void)
{
	return arch_local_irq_save();
}

static __always_inline void account_unlock(unsigned long irq_flags)
{
	arch_local_irq_restore(irq_flags);
}

static __always_inline bool account_spares(const struct zone *zone, unsigned long pages)
{
	(void)zone, (void)pages;
	return true;
}

static __always_inline unsigned long account_begin(unsigned int order, unsigned int *alloc_flags)
{
	(void)order, (void)alloc_flags;
	return arch_local_irq_save();
}

static __always_inline void account_end(unsigned long irq_flags, struct page *page,
					unsigned int order, unsigned int alloc_flags)
{
	(void)page, (void)order, (void)alloc_flags;
	arch_local_irq_restore(irq_flags);
}
#endif

/* Of the pages that zone_headroom() says, those that a request for a block of this order may have:
 * what others are promised stays. In between the two above. */
unsigned long account_headroom(const struct zone *zone, unsigned int highest_zone,
			       unsigned int order, unsigned int alloc_flags, unsigned long pages);

static __always_inline unsigned long headroom_of(const struct zone *zone,
						 unsigned int highest_zone,
						 unsigned int order, unsigned int alloc_flags)
{
	unsigned long pages = zone_headroom(zone, highest_zone, alloc_flags);

	(void)order;
	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   pages = account_headroom(zone, highest_zone, order, alloc_flags, pages);)
	return pages;
}

/* A request leaves the short ways: has its account room for it, once CPUs have given up credit
 * where that may be waited for? False, and it is said. */
bool account_has_room(gfp_t gfp, unsigned long pages);
/* There is no memory for a request. If the current account has used up what it is promised, that is
 * counted, and said even for who would be silent: whatever the promise was made for may fail. */
void account_promise_ends(gfp_t gfp, unsigned int order);

/* A block that was handed out is nobody's any more; once it is free, its account is credited.
 * Interrupts are off from the one to the other, and no lock is held at the end. */
struct mem_account *account_take_off(struct page *page);
void account_credit(struct mem_account *account, unsigned long pages);
/* Does what the account gives back belong to the zone, where it is kept for the account? */
static inline bool account_keeps(const struct mem_account *account)
{
	return account->exact;
}

/* Memory that comes or goes is in the kernel's hands meanwhile: so many pages more. Interrupts are
 * off from the moment that words say so. */
static inline void account_kernel(long pages)
{
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, __atomic_fetch_add(&kernel_account.charged,
							   (unsigned long)pages,
							   __ATOMIC_RELAXED);)
	(void)pages;
}

/* [A] So many pages are taken by their numbers: who asks is charged; false: at the limit. Then the
 * blocks that cover the range are marked as that account's, in the same hold of the lock. */
bool account_charge_range(unsigned long pages) __must_check;
void account_mark_range(unsigned long pfn, unsigned long end_pfn);
/* The block goes on in the name of that one's account, and that one in the block's. */
void account_exchange(struct page *page, struct page *with);
/* NULL, or the broken rule, and at which account; pages: by number, as the audit has counted
 * them. All CPUs stand still. */
const char *accounts_validate(const unsigned long *pages, unsigned int *nr, char *whose,
			      size_t size);
/* The account of slabs that the current account takes: objects outlive accounts that go. */
struct mem_account *account_for_slabs(void);

/* The number of the account that has a slab. */
static inline unsigned int slab_account(const struct page *slab)
{
	(void)slab;
	return IF_ENABLED(CONFIG_MEM_ACCOUNTS, slab->slab_account) + 0u;
}

/* ---- between account.c and account_table.c ---- */

extern spinlock_t promise_lock;
/* Pages that accounts are promised and have not used. */
extern unsigned long promised_pages;

static inline struct mem_account *account_of(const struct account_here *here)
{
	return here->account ? here->account : &kernel_account;
}

static inline unsigned long unused_promise(const struct mem_account *a)
{
	unsigned long charged = __atomic_load_n(&a->charged, __ATOMIC_RELAXED);

	return a->guaranteed > charged ? a->guaranteed - charged : 0;
}

/* Pages that the account may have beside what it is charged for. */
static inline unsigned long room_below_limit(const struct mem_account *a, unsigned long charged)
{
	if (!a->limit)
		return ~0ul;
	return a->limit > charged ? a->limit - charged : 0;
}

/* Of the running CPU's credit so much stays. Interrupts off. */
void account_give_up_credit(struct account_here *here, long kept);
/* What requests with such rights leave to be promised, in the zones of which promises are. */
unsigned long free_above_marks(unsigned int alloc_flags);
/* promise_lock is held. */
void promise_set(struct mem_account *a, unsigned long guaranteed);

#endif /* MM_PAGE_ACCOUNT_H */
