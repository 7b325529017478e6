/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: memory accounts: who is charged for each page that is handed out, what an account is
 * promised, and where its limit is.
 *
 * Structure: the account's number is part of the word of each block that is handed out
 * (mm/page_word.h), so that whoever gives the block back knows whom to credit; a slab has it in its
 * head's descriptor. A CPU gives and takes by credit: pages that its thread's account is charged
 * for and that nobody has. The inline paths of mm/gfp.h count credit down and up; this file draws
 * and returns it, CREDIT_BATCH at a time.
 *
 *	charged  =  pages with the account's number  +  credit of CPUs on which it is current
 *
 * A promise is kept by holding others back: promised_pages is the sum over all accounts of what is
 * promised and not charged, and whoever takes from a zone leaves that many pages free, beside its
 * mark. An account that is promised something has no credit, for credit counts as charged, and what
 * it gives back goes to the zone, not to a CPU's list where anybody could take it.
 *
 * Invariants:
 * AC1 A block that is handed out names an account that exists.
 * AC2 charged of an account is the sum of its blocks and of the credit that CPUs have of it.
 * AC3 promised_pages is the sum over accounts of guaranteed less charged, where that is above 0,
 *     and zones up to ZONE_NORMAL have at least as many free pages.
 *
 * Locking: promise_lock for promises and for charged of accounts that are promised something;
 * charged of all others is atomic. Credit is its CPU's, interrupts off.
 *
 * Bounds: a charge, with what is promised, looks at each zone once. Only who may wait has other
 * CPUs give up credit.
 *
 * Configuration: MEM_ACCOUNTS builds this file; MEM_ACCOUNTS_MAX accounts can come and go.
 */
#include "internal.h"

#define CREDIT_BATCH	32
#define CREDIT_MOST	(4 * CREDIT_BATCH)

DEFINE_SPINLOCK(promise_lock, LOCK_PROMISE);
unsigned long promised_pages;					/* [A*] */
struct mem_account kernel_account = { .name = "kernel" };		/* [f] */
struct mem_account *accounts[MEM_ACCOUNTS_ALL] = { &kernel_account };	/* [A*] */

/* ---- charging ---- */

/* Not before a request is met: one that asks for more than there is makes no peak. */
static void note_peak(struct mem_account *a)
{
	unsigned long charged = __atomic_load_n(&a->charged, __ATOMIC_RELAXED);
	unsigned long peak = __atomic_load_n(&a->peak, __ATOMIC_RELAXED);

	if (unlikely(charged > peak))
		__atomic_compare_exchange_n(&a->peak, &peak, charged, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
}

/* [A] */
static bool charge_exactly(struct mem_account *a, unsigned long pages, unsigned int *alloc_flags)
{
	unsigned long unused = unused_promise(a), charged = a->charged;

	if (pages > room_below_limit(a, charged))
		return false;
	__atomic_store_n(&a->charged, charged + pages, __ATOMIC_RELAXED);
	WRITE_ONCE(promised_pages, promised_pages - min(unused, pages));
	if (unused >= pages)
		*alloc_flags |= ALLOC_PROMISED;
	return true;
}

/* [A] */
static void credit_exactly(struct mem_account *a, unsigned long pages)
{
	unsigned long unused = unused_promise(a);

	ASSERT(a->charged >= pages, "AC2: account %s gives %lu pages back and has %lu", a->name,
	       pages, a->charged);
	__atomic_store_n(&a->charged, a->charged - pages, __ATOMIC_RELAXED);
	WRITE_ONCE(promised_pages, promised_pages + unused_promise(a) - unused);
	if (unlikely(a->dying) && !a->charged)
		accounts[a->nr] = NULL;
}

/* The CPU gets credit for so many pages, and a batch beside where there is room for it. */
static bool draw(struct mem_account *a, struct account_here *here, unsigned long pages)
{
	unsigned long charged = __atomic_load_n(&a->charged, __ATOMIC_RELAXED), want, room;
	unsigned long need = pages - (unsigned long)here->credit;

	do {
		room = room_below_limit(a, charged);
		if (need > room)
			return false;
		want = min(need + CREDIT_BATCH, room);
	} while (!__atomic_compare_exchange_n(&a->charged, &charged, charged + want, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	account_set_credit(here, here->credit + (long)want);
	return true;
}

void account_give_up_credit(struct account_here *here, long kept)
{
	struct mem_account *a = account_of(here);

	if (here->credit <= kept)
		return;
	__atomic_fetch_sub(&a->charged, (unsigned long)(here->credit - kept), __ATOMIC_RELAXED);
	account_set_credit(here, kept);
}

static u32 number_bits(const struct mem_account *a)
{
	return (u32)a->nr << PAGE_ACCOUNT_SHIFT;
}

static bool charge(struct mem_account *a, struct account_here *here, unsigned long pages,
		   unsigned int *alloc_flags)
{
	if (a->exact)
		return charge_exactly(a, pages, alloc_flags);
	here->flip = PCP_FLIP ^ number_bits(a);
	if (unlikely(here->credit < (long)pages) && !draw(a, here, pages))
		return false;
	account_set_credit(here, here->credit - (long)pages);
	return true;
}

unsigned long account_begin(unsigned int order, unsigned int *alloc_flags)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);
	struct account_here *here = account_here_now();

	if (!charge(account_of(here), here, 1ul << order, alloc_flags))
		*alloc_flags |= ALLOC_REFUSED;
	return flags;
}

/* The account is credited for what the CPU's thread has, or was to have. */
static void give_back(struct mem_account *a, struct account_here *here, unsigned long pages)
{
	if (a->exact) {
		credit_exactly(a, pages);
		return;
	}
	account_set_credit(here, here->credit + (long)pages);
	if (here->credit > CREDIT_MOST)
		account_give_up_credit(here, CREDIT_BATCH);
}

void account_end(unsigned long irq_flags, struct page *page, unsigned int order,
		 unsigned int alloc_flags)
{
	struct account_here *here = account_here_now();
	struct mem_account *a = account_of(here);

	if (page) {
		WRITE_ONCE(page->word, page->word ^ number_bits(a));
		note_peak(a);
	} else if (!(alloc_flags & ALLOC_REFUSED)) {
		give_back(a, here, 1ul << order);
	}
	spin_unlock_irqrestore(&promise_lock, irq_flags);
}

struct mem_account *account_take_off(struct page *page)
{
	u32 word = page->word;
	struct mem_account *a = READ_ONCE(accounts[word_account(word)]);

	ASSERT(a, "AC1: frame 0x%lx is charged to account %u, which does not exist",
	       page_to_pfn(page), word_account(word));
	WRITE_ONCE(page->word, word_of_kernel(word));
	return a;
}

void account_credit(struct mem_account *a, unsigned long pages)
{
	struct account_here *here = account_here_now();

	if (!pages)
		return;
	if (a->exact) {
		spin_lock(&promise_lock);
		credit_exactly(a, pages);
		spin_unlock(&promise_lock);
	} else if (a == account_of(here)) {
		here->flip = PCP_FLIP ^ number_bits(a);
		give_back(a, here, pages);
	} else {
		__atomic_fetch_sub(&a->charged, pages, __ATOMIC_RELAXED);
	}
}

/* [A] This CPU's credit makes room. */
static bool charge_shared(struct mem_account *a, struct account_here *here, unsigned long pages)
{
	unsigned long charged;

	account_give_up_credit(here, 0);
	charged = __atomic_load_n(&a->charged, __ATOMIC_RELAXED);
	do {
		if (pages > room_below_limit(a, charged))
			return false;
	} while (!__atomic_compare_exchange_n(&a->charged, &charged, charged + pages, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

bool account_charge_range(unsigned long pages)
{
	struct account_here *here = account_here_now();
	struct mem_account *a = account_of(here);
	unsigned int unused_flags = 0;

	if (!(a->exact ? charge_exactly(a, pages, &unused_flags) : charge_shared(a, here, pages))) {
		__atomic_fetch_add(&a->refused, 1, __ATOMIC_RELAXED);
		return false;
	}
	note_peak(a);
	return true;
}

void account_mark_range(unsigned long pfn, unsigned long end_pfn)
{
	const u32 number = number_bits(account_of(account_here_now()));

	while (pfn < end_pfn) {
		struct page *page = pfn_to_page(pfn);

		WRITE_ONCE(page->word, page->word ^ number);
		pfn += 1ul << page_order(page);
	}
}

bool account_adopt(struct mem_account *a, struct page *page)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock), pages = 1ul << page_order(page);
	unsigned int unused_flags = 0;
	bool done;

	ASSERT(a->exact && !word_account(page->word), "AC2: frame 0x%lx is not the kernel's",
	       page_to_pfn(page));
	done = charge_exactly(a, pages, &unused_flags);
	if (done) {
		WRITE_ONCE(page->word, page->word ^ number_bits(a));
		note_peak(a);
		account_kernel(-(long)pages);
	}
	spin_unlock_irqrestore(&promise_lock, flags);
	return done;
}

void account_exchange(struct page *page, struct page *with)
{
	u32 differ = (page->word ^ with->word) >> PAGE_ACCOUNT_SHIFT << PAGE_ACCOUNT_SHIFT;

	WRITE_ONCE(page->word, page->word ^ differ);
	WRITE_ONCE(with->word, with->word ^ differ);
}

/* ---- promises ---- */

unsigned long account_lock(void)
{
	return spin_lock_irqsave(&promise_lock);
}

void account_unlock(unsigned long irq_flags)
{
	spin_unlock_irqrestore(&promise_lock, irq_flags);
}

unsigned long free_above_marks(unsigned int alloc_flags)
{
	unsigned long pages = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone->idx <= ZONE_NORMAL)
			pages += zone_headroom(zone, ZONE_NORMAL, alloc_flags);
	return pages;
}

static unsigned long less(unsigned long a, unsigned long b)
{
	return a > b ? a - b : 0;
}

unsigned long account_headroom(const struct zone *zone, unsigned int highest_zone,
			       unsigned int order, unsigned int alloc_flags, unsigned long pages)
{
	unsigned long room, mark;

	/* No batch for a list that others share. */
	if (alloc_flags & ALLOC_PROMISED)
		pages = min(pages, 1ul << order);
	if (!promised_pages || zone->idx > ZONE_NORMAL)
		return pages;
	room = less(free_above_marks(alloc_flags), promised_pages);
	/* What the zone keeps from requests of ZONE_NORMAL is promised to nobody. */
	mark = zone_mark(zone, ZONE_NORMAL, alloc_flags);
	room += less(min(READ_ONCE(zone->nr_free_pages), mark),
		     zone_mark(zone, highest_zone, alloc_flags));
	return min(pages, room);
}

bool account_spares(const struct zone *zone, unsigned long pages)
{
	return !promised_pages || zone->idx > ZONE_NORMAL ||
	       free_above_marks(ALLOC_NO_WATERMARKS) >= promised_pages + pages;
}

/* [A] */
static unsigned long reservable(void)
{
	return less(free_above_marks(ALLOC_WMARK_MIN), promised_pages);
}

unsigned long account_reservable(void)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock), pages = reservable();

	spin_unlock_irqrestore(&promise_lock, flags);
	return pages;
}

void promise_set(struct mem_account *a, unsigned long guaranteed)
{
	unsigned long unused = unused_promise(a);

	WRITE_ONCE(a->guaranteed, guaranteed);
	WRITE_ONCE(promised_pages, promised_pages + unused_promise(a) - unused);
}

bool account_reserve(struct mem_account *a, size_t pages)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);
	unsigned long charged = a->charged, after = a->guaranteed + pages;
	bool done = a->exact && !a->dying && after >= pages && (!a->limit || after <= a->limit) &&
		    less(after, max(charged, a->guaranteed)) <= reservable();

	if (done)
		promise_set(a, after);
	spin_unlock_irqrestore(&promise_lock, flags);
	return done;
}

void account_unreserve(struct mem_account *a, size_t pages)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);

	ASSERT(pages <= a->guaranteed, "AC3: account %s is promised %lu pages, not %zu", a->name,
	       a->guaranteed, pages);
	promise_set(a, a->guaranteed - pages);
	spin_unlock_irqrestore(&promise_lock, flags);
}

/* ---- whose turn it is ---- */

void account_switch_slow(struct mem_account *a)
{
	struct account_here *here = account_here_now();

	account_give_up_credit(here, 0);
	here->flip = 0;
	here->account = a;
}

struct mem_account *current_account(void)
{
	unsigned long flags = arch_local_irq_save();
	struct mem_account *a = account_of(account_here_now());

	arch_local_irq_restore(flags);
	return a;
}

struct mem_account *account_enter(struct mem_account *a)
{
	unsigned long flags = arch_local_irq_save();
	struct mem_account *before = account_of(account_here_now());

	(void)account_switch(a == &kernel_account ? NULL : a);
	arch_local_irq_restore(flags);
	return before;
}

struct mem_account *account_for_slabs(void)
{
	struct mem_account *a = current_account();

	return a->dynamic ? &kernel_account : a;
}
