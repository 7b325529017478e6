/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory accounts of threads, and a promise that is tried by all CPUs at once. */
#include <kernel/cpu.h>
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <mm/account.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <test/ktest.h>

#define QUIET		(GFP_NOWAIT | __GFP_NOWARN)
#define PROMISED	256ul		/* pages */
#define HOGS		4u
#define ROUNDS		10u
#define FIRE_US		3000000ull

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void expect_sound(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

static unsigned long used(const struct mem_account *a)
{
	struct account_snapshot s;
	unsigned int nr = a->nr;

	return account_snapshot(&nr, &s) ? s.used : ~0ul;
}

static struct thread *thread_of(struct mem_account *account, thread_fn fn, void *arg,
				unsigned int priority)
{
	return thread_create(&(struct thread_params){ .name = "account", .fn = fn, .arg = arg,
						      .priority = priority, .account = account });
}

static void take_one(void *arg)
{
	*(struct page **)arg = alloc_page(QUIET);
}

/* proves AC1, AC2 on the machine */
static void a_thread_pays_for_what_it_takes(struct ktest *t)
{
	struct mem_account *account = account_create("payer", 0, false);
	struct page *page = NULL;
	struct thread *thread;

	KTEST_ASSERT(t, account);
	thread = thread_of(account, take_one, &page, 1);
	KTEST_ASSERT(t, thread);
	KTEST_EXPECT(t, used(account) >= THREAD_STACK_DEFAULT / PAGE_SIZE);
	thread_join(thread);
	KTEST_ASSERT(t, page);
	KTEST_EXPECT(t, used(account) >= 1);
	KTEST_EXPECT(t, current_account() == &kernel_account);
	expect_sound(t);
	__free_page(page);
	/* A page table may have been made for the stack; the table stays. */
	KTEST_EXPECT_EQ(t, used(account), account->kinds[ACCOUNT_TABLE]);
	account_destroy(account);
	expect_sound(t);
}

/*
 * Whoever takes turns makes some requests and lets the next go on, who sleeps until then. CPUs that
 * are threads of a host with fewer processors never wait for a lock whose turn is that of a CPU
 * which does not run.
 */
#define TURN_MOST	64u
static DEFINE_MUTEX(turn);	/* [f] */
static bool take_turns;		/* [a] */

struct turns {
	unsigned int left;
	u32 state;
};

static void turns_begin(struct turns *of, u32 seed)
{
	*of = (struct turns){ .left = 1, .state = seed };
	if (take_turns)
		mutex_lock(&turn);
}

/* Between two requests. */
static void turns_go_on(struct turns *of)
{
	if (!take_turns || --of->left)
		return;
	mutex_unlock(&turn);
	of->state = of->state * 1664525u + 1013904223u;
	of->left = 1 + (of->state >> 16) % TURN_MOST;
	mutex_lock(&turn);
}

static void turns_end(void)
{
	if (take_turns)
		mutex_unlock(&turn);
}

static bool enough;		/* [a] */
static u32 hogs_full;		/* [a] how often one had all that it got */

struct hog {
	struct page *list;
	u64 state;
};

static void give_all(struct hog *h)
{
	while (h->list) {
		struct page *page = h->list;

		h->list = page->next_pfn == PFN_NONE ? NULL : pfn_to_page(page->next_pfn);
		__free_pages(page, page->private);
	}
}

/* Takes whatever there is, of all sizes and with all rights, and gives it back. */
static void be_greedy(void *arg)
{
	static const gfp_t rights[] = { QUIET | __GFP_MEMALLOC, GFP_ATOMIC | __GFP_NOWARN, QUIET,
					QUIET | __GFP_MOVABLE };
	struct hog *h = arg;
	struct turns turns;

	turns_begin(&turns, (u32)h->state);
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
		unsigned int order = MAX_ORDER;

		while (!__atomic_load_n(&enough, __ATOMIC_RELAXED)) {
			struct page *page = alloc_pages(rights[h->state++ % ARRAY_SIZE(rights)],
							order);

			turns_go_on(&turns);
			if (page) {
				page->private = order;
				page->next_pfn = h->list ? (u32)page_to_pfn(h->list) : PFN_NONE;
				h->list = page;
			} else if (!order--) {
				break;
			}
		}
		__atomic_fetch_add(&hogs_full, 1, __ATOMIC_RELAXED);
		give_all(h);
		if (!take_turns)
			thread_yield();
	}
	give_all(h);
	turns_end();
}

/* What an account that is promised memory does meanwhile. */
struct fire {
	unsigned long promised;		/* pages */
	u64 requests;			/* at least so many, and all pages once */
	u64 us;				/* or as many as fit in that time; 0: no limit */
	u64 made, refused;
};

/* To its last page, and back to none. */
static void fill_and_empty_once(struct fire *f, struct turns *turns)
{
	struct hog mine = { .list = NULL };

	for (unsigned long nr = 0; nr < f->promised; nr++) {
		struct page *page = alloc_page(QUIET);

		f->made++;
		turns_go_on(turns);
		if (!page) {
			f->refused++;
			continue;
		}
		page->private = 0;
		page->next_pfn = mine.list ? (u32)page_to_pfn(mine.list) : PFN_NONE;
		mine.list = page;
	}
	give_all(&mine);
}

static void fill_and_empty(void *arg)
{
	struct fire *f = arg;
	u64 until_us = f->us ? time_us() + f->us : ~0ull;
	struct turns turns;

	turns_begin(&turns, HOGS);
	do {
		fill_and_empty_once(f, &turns);
		if (!take_turns)
			thread_yield();
	} while ((f->made < f->requests && time_us() < until_us) ||
		 !__atomic_load_n(&hogs_full, __ATOMIC_RELAXED));
	__atomic_store_n(&enough, true, __ATOMIC_RELAXED);
	turns_end();
}

static void keep_promise_under(struct ktest *t, struct fire *f)
{
	struct mem_account *account = account_create("promised", 0, true);
	struct hog hogs[HOGS] = { { .list = NULL } };
	struct thread *greedy[HOGS], *mine;

	KTEST_ASSERT(t, account);
	if (!account_reserve(account, f->promised + 64)) {
		account_destroy(account);
		t->skip = "memory is too small";
		return;
	}
	enough = false;
	hogs_full = 0;
	for (unsigned int i = 0; i < HOGS; i++) {
		hogs[i].state = i;
		greedy[i] = thread_of(NULL, be_greedy, &hogs[i], CONFIG_SHELL_PRIORITY + 1);
		KTEST_ASSERT(t, greedy[i]);
	}
	mine = thread_of(account, fill_and_empty, f, CONFIG_SHELL_PRIORITY + 1);
	KTEST_ASSERT(t, mine);
	thread_join(mine);
	for (unsigned int i = 0; i < HOGS; i++)
		thread_join(greedy[i]);
	KTEST_EXPECT_EQ(t, f->refused, 0);
	KTEST_EXPECT(t, hogs_full > 0);
	account_destroy(account);
	expect_sound(t);
}

/* proves AC3 on the machine. CPUs wait for each other's locks in the order of coming, so that on a
 * host with fewer processors most of the time is that of CPUs that wait for one that does not
 * run. */
static void a_promise_is_kept_under_fire(struct ktest *t)
{
	struct fire f = { .promised = PROMISED, .requests = ROUNDS * PROMISED, .us = FIRE_US };

	keep_promise_under(t, &f);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(a_thread_pays_for_what_it_takes),
	KTEST_CASE(a_promise_is_kept_under_fire),
	{ .name = NULL },
};
KTEST_SUITE(accounts, cases, false);

/* proves AC3, with the numbers that are asked of it */
static void a_million_requests(struct ktest *t)
{
	struct fire f = { .promised = (32ul << 20) / PAGE_SIZE, .requests = 1000000 };

	take_turns = true;
	keep_promise_under(t, &f);
	take_turns = false;
	ktest_note(t, "%lu requests, %lu refused; others had all that they got %u times",
		   (unsigned long)f.made, (unsigned long)f.refused, hogs_full);
}

static const struct ktest_case million_cases[] = {
	KTEST_CASE(a_million_requests),
	{ .name = NULL },
};
KTEST_SUITE(accounts_million, million_cases, true);
