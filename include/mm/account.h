/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ACCOUNT_H
#define MM_ACCOUNT_H

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/list.h>
#include <kernel/types.h>

/*
 * Memory accounts, CONFIG_MEM_ACCOUNTS: every page that is handed out is charged to one. Who asks
 * belongs to an account (a thread; without threads, a CPU), and whoever gives a page back, the
 * account that was charged is credited. What an interrupt takes is the kernel's own.
 *
 * guaranteed: so much is kept free for the account, whatever others ask for. As long as the account
 * has less than that, a request of a single page with GFP_KERNEL, GFP_NOWAIT or GFP_ATOMIC is met,
 * and so is what is made of single pages: vmalloc(), stacks, page tables, caches whose slabs may be
 * single pages. Larger blocks, GFP_DMA32, GFP_DMA and __GFP_THISNODE may fail as ever.
 * limit: the account gets no more; 0: there is no limit.
 *
 * The guarantees of all accounts of the image are summed up at boot, in the plan as well, and a sum
 * that cannot be kept is refused. docs/accounts.md is the page of all this.
 */
enum account_kind {		/* what an account's pages are used for */
	ACCOUNT_SLAB,
	ACCOUNT_VMALLOC,
	ACCOUNT_STACK,
	ACCOUNT_TABLE,
	NR_ACCOUNT_KINDS
};

struct page;

/* Of the image's, scripts/target-image.py reads the first three for the plan. */
struct mem_account {
	const char *name;		/* [c] */
	unsigned long guaranteed;	/* [A*] pages */
	unsigned long limit;		/* [c] pages; 0: none */
	unsigned long charged;		/* [a] pages handed out, and credit of CPUs */
	unsigned long peak;		/* [a] of charged */
	unsigned long refused;		/* [a] requests, for the limit or beyond the promise */
	long kinds[NR_ACCOUNT_KINDS];	/* [a] pages of charged by what they are used for */
	bool exact;			/* [A*] is or was promised something: no CPU has credit */
	bool dynamic;			/* [c] made by account_create() */
	bool dying;			/* [A] goes with its last page */
	u8 nr;				/* [c] */
	IF_ENABLED(CONFIG_ADMISSION,
		   const char *promised_by;)	/* [c] the option of its promise; NULL: none */
	IF_ENABLED(CONFIG_THREADS,
		   struct list_head dead_threads;)	/* [N] whose stacks it pays for, see
							 * kernel/sched/thread.c; zero: none yet */
};

/* Every number of an account fits the word of a frame (mm/page_word.h). */
#define MEM_ACCOUNTS_ALL	(1u << 8)

/* The account of who asks for nothing else; it has no guarantee and no limit. */
extern struct mem_account kernel_account;

#ifdef CONFIG_MEM_ACCOUNTS

/* An account of the image, called name; guaranteed and limit are bytes, in whole pages. */
#define MEM_ACCOUNT(_name, _guaranteed, _limit) \
	BUILD_ASSERT((_limit) == 0 || (_limit) >= (_guaranteed), \
		     "the limit of account " #_name " is at least its guarantee"); \
	static struct mem_account _name = { \
		.name = #_name, .guaranteed = (unsigned long)(_guaranteed) / 4096, \
		.limit = (unsigned long)(_limit) / 4096, .exact = (_guaranteed) > 0, \
	}; \
	static struct mem_account *const __mem_account_##_name __used \
		__section(".mem_accounts") __aligned(8) = &_name

/* Whose account the caller's requests go to now, and the way to another: returns the one before,
 * which the caller enters again. Of the running thread; it may do so in process context alone. */
struct mem_account *current_account(void);
struct mem_account *account_enter(struct mem_account *account);

#else

#define MEM_ACCOUNT(_name, _guaranteed, _limit) \
	static struct mem_account _name __maybe_unused = { .name = #_name }

static inline struct mem_account *account_enter(struct mem_account *account)
{
	(void)account;
	return NULL;
}

#endif /* CONFIG_MEM_ACCOUNTS */

/*
 * An account that comes and goes, such as a process's; name is kept, not copied. NULL: there are
 * CONFIG_MEM_ACCOUNTS_MAX, or as many. promised: account_reserve() will be called for it; its
 * requests then take the long way, where what it gives back is kept. Slabs that it takes are
 * charged to the kernel's account, since objects of many lie in one. Any context.
 */
struct mem_account *account_create(const char *name, unsigned long limit_pages,
				   bool promised) __must_check;
/* Nobody is in it any more. Its promise ends now; the account goes with its last page. */
void account_destroy(struct mem_account *account);

/*
 * Promises the account so many pages more (or less), beside what it is promised: true, or false at
 * once. A number of steps that .config fixes, in any context. Requests of the account draw on the
 * promise by themselves, as long as it has more than the account uses; as said above they cannot
 * fail.
 */
bool account_reserve(struct mem_account *account, size_t pages) __must_check;
void account_unreserve(struct mem_account *account, size_t pages);

/* A block of the kernel's account, handed out, goes on in that of an account that is or was
 * promised something, as if that one had asked for it: false, and nothing is done, above its limit.
 * Any context. */
bool account_adopt(struct mem_account *account, struct page *page) __must_check;

/* Pages that could still be promised: what account_reserve() would give. A snapshot. */
unsigned long account_reservable(void);

/* Boot: accounts of the image are there, and what they are promised is kept, or boot stops. */
void accounts_init(void);

/* One account, for who prints. nr: from 0 on, as long as true comes; free numbers are skipped. */
struct account_snapshot {
	char name[24];
	unsigned int nr;
	unsigned long guaranteed, limit, used, peak, refused, kinds[NR_ACCOUNT_KINDS];
	bool dying;
	bool of_image;			/* by MEM_ACCOUNT() */
};
bool account_snapshot(unsigned int *nr, struct account_snapshot *s);
#define for_each_account_snapshot(nr, s) \
	for ((nr) = 0; account_snapshot(&(nr), s); (nr)++)

/* For mm/ alone: by number; NULL: there is none. */
extern struct mem_account *accounts[MEM_ACCOUNTS_ALL];

/* So many pages of the account with this number are used for that, or, below 0, no more. */
static inline void account_note(unsigned int nr, enum account_kind kind, long pages)
{
	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   __atomic_fetch_add(&accounts[nr]->kinds[kind], pages, __ATOMIC_RELAXED);)
	(void)nr, (void)kind, (void)pages;
}

#endif /* MM_ACCOUNT_H */
