/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory accounts: who is charged, limits to the page, promises that are kept whatever others take.
 * The last case tries the promise: an account fills to its last page at random moments, on four
 * CPUs that one thread plays, while others take all that they can get.
 */
#include "common/boot.h"

#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/smp.h>
#include <mm/account.h>
#include <mm/audit.h>
#include <mm/contig.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <mm/movable.h>
#include <mm/page_isolation.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

#include "mm/page/internal.h"

#define MB		(1ul << 20)
#define RAM_BYTES	(64 * MB)
#define CPUS		4u
/* A block of this order is a sixteenth of RAM at most. */
#define LARGE_ORDER	min(10u, (unsigned int)MAX_ORDER)
#define QUIET		(GFP_NOWAIT | __GFP_NOWARN)

MEM_ACCOUNT(camera, 8 * MB, 16 * MB);
MEM_ACCOUNT(hog, 0, 0);
MEM_ACCOUNT(small, 0, MB);

static struct random_plan plan;

static void fresh(struct mem_account *a, unsigned long guaranteed)
{
	a->guaranteed = guaranteed;
	a->charged = a->peak = a->refused = 0;
	memset(a->kinds, 0, sizeof(a->kinds));
}

static void boot_accounts(unsigned long guaranteed_pages)
{
	fresh(&camera, guaranteed_pages);
	fresh(&hog, 0);
	fresh(&small, 0);
	boot_ram(RAM_BYTES, CPUS);
	kmem_cache_init();
}

static unsigned long used(const struct mem_account *a)
{
	struct account_snapshot s;
	unsigned int nr = a->nr;

	return account_snapshot(&nr, &s) && nr == a->nr ? s.used : ~0ul;
}

/* Takes pages in the account's name until it is refused; they hang on a list. Returns how many. */
static unsigned long fill(struct mem_account *a, gfp_t gfp, unsigned int order, struct page **list)
{
	struct mem_account *before = account_enter(a);
	unsigned long pages = 0;
	struct page *page;

	while ((page = alloc_pages(gfp, order))) {
		page->next_pfn = *list ? (u32)page_to_pfn(*list) : PFN_NONE;
		*list = page;
		pages += 1ul << order;
	}
	account_enter(before);
	return pages;
}

static void empty(struct page **list, unsigned int order)
{
	while (*list) {
		struct page *page = *list;

		*list = page->next_pfn == PFN_NONE ? NULL : pfn_to_page(page->next_pfn);
		__free_pages(page, order);
	}
}

static char said[256];

static void note(void *ctx, const char *line)
{
	(void)ctx;
	snprintf(said, sizeof(said), "%s", line);
}

/* One thread plays all CPUs: none can stand still for another. */
static void audit_is_content(void)
{
	struct audit a;

	if (memory_audit(&a, note, NULL))
		fail_msg("audit says \"%s\"", said);
	assert_null(slab_validate());
}

/* proves AC1, AC2 */
static void who_asked_is_charged(void **state)
{
	struct page *page, *large;
	void *object, *area, *exact;

	(void)state;
	boot_accounts(0);
	assert_ptr_equal(current_account(), &kernel_account);
	assert_ptr_equal(account_enter(&hog), &kernel_account);
	page = alloc_page(GFP_KERNEL);
	large = alloc_pages(GFP_KERNEL, LARGE_ORDER);
	object = kmalloc(2000, GFP_KERNEL);
	area = vmalloc(5 * PAGE_SIZE);
	exact = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL);
	assert_ptr_equal(account_enter(&kernel_account), &hog);
	assert_true(page && large && object && area && exact);
	assert_int_equal(word_account(page->word), hog.nr);
	assert_int_equal(hog.kinds[ACCOUNT_VMALLOC], 5);
	assert_true(used(&hog) >= 1 + (1ul << LARGE_ORDER) + 1 + 5 + 5);
	audit_is_content();
	/* Whoever gives back, whoever was charged is credited. */
	account_enter(&camera);
	__free_page(page);
	__free_pages(large, LARGE_ORDER);
	kfree(object);
	vfree(area);
	free_pages_exact(exact, 5 * PAGE_SIZE);
	account_enter(&kernel_account);
	assert_int_equal(used(&camera), 0);
	assert_int_equal(hog.kinds[ACCOUNT_VMALLOC], 0);
	assert_int_equal(used(&hog), hog.kinds[ACCOUNT_SLAB] + hog.kinds[ACCOUNT_TABLE]);
	audit_is_content();
}

static void the_limit_is_exact(void **state)
{
	struct page *list = NULL, *other;
	unsigned long pages;

	(void)state;
	boot_accounts(0);
	/* CPU 1 has credit of the account, and a page. */
	host_become_cpu(1);
	account_enter(&small);
	other = alloc_page(GFP_KERNEL);
	host_become_cpu(0);
	host_log_clear();
	assert_int_equal(fill(&small, GFP_KERNEL, 0, &list), MB / PAGE_SIZE - 1);
	assert_non_null(strstr(host_log(), "account small: 4K refused, 1024K of 1024K are in use: "
				"slabs 0K, vmalloc 0K, stacks 0K, tables 0K (1 times); raise the limit "
				"in its MEM_ACCOUNT()"));
	assert_int_equal(used(&small), MB / PAGE_SIZE);
	audit_is_content();
	assert_int_equal(audit_account_pages(small.nr), MB / PAGE_SIZE);
	assert_int_equal(audit_account_pages(MEM_ACCOUNTS_ALL), 0);
	assert_int_equal(small.peak, MB / PAGE_SIZE);
	empty(&list, 0);
	__free_page(other);
	assert_int_equal(used(&small), 0);
	/* Larger blocks fit as often as they fit. */
	assert_int_equal(fill(&small, GFP_KERNEL | __GFP_NOWARN, 3, &list), MB / PAGE_SIZE);
	empty(&list, 3);
	account_enter(&small);
	assert_null(vmalloc(MB + PAGE_SIZE));
	account_enter(&kernel_account);
	/* A request that fails raises no peak, and leaves next to no credit. */
	pages = fill(&hog, QUIET, LARGE_ORDER, &list);
	assert_true(hog.peak <= pages + 128 && hog.charged <= pages + 128);
	empty(&list, LARGE_ORDER);
	audit_is_content();
}

/* proves AC3 */
static void a_promise_is_kept(void **state)
{
	static const gfp_t greedy[] = { QUIET, GFP_ATOMIC | __GFP_NOWARN,
					QUIET | __GFP_MEMALLOC, QUIET | __GFP_MOVABLE,
					QUIET | __GFP_MOVABLE | __GFP_MEMALLOC, QUIET | __GFP_DMA32,
					GFP_KERNEL | __GFP_NOWARN };
	struct page *taken[ARRAY_SIZE(greedy)] = { NULL }, *blocks = NULL, *mine = NULL;

	(void)state;
	boot_accounts(8 * MB / PAGE_SIZE);
	fill(&kernel_account, QUIET | __GFP_MEMALLOC, 4, &blocks);
	for (unsigned int i = 0; i < ARRAY_SIZE(greedy); i++)
		fill(i % 2 ? &hog : &kernel_account, greedy[i], 0, &taken[i]);
	assert_true(fill(&camera, QUIET, 0, &mine) >= 8 * MB / PAGE_SIZE);
	audit_is_content();
	/* What it gives back nobody else gets. */
	empty(&mine, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(greedy); i++)
		fill(&hog, greedy[i], 0, &taken[i]);
	assert_true(fill(&camera, QUIET, 0, &mine) >= 8 * MB / PAGE_SIZE);
	empty(&mine, 0);
	empty(&blocks, 4);
	for (unsigned int i = 0; i < ARRAY_SIZE(greedy); i++)
		empty(&taken[i], 0);
	audit_is_content();
}

/* A promised account asks on when nobody has a page: that is said, also for who would be silent. */
static void the_end_of_a_promise_is_said(void **state)
{
	struct page *taken = NULL, *mine = NULL;

	(void)state;
	boot_accounts(8 * MB / PAGE_SIZE);
	fill(&hog, QUIET | __GFP_MEMALLOC, 0, &taken);
	assert_true(fill(&camera, QUIET, 0, &mine) >= 8 * MB / PAGE_SIZE);
	assert_non_null(strstr(host_log(), "account camera: 4K refused, it has all of the 8192K that it "
					   "is promised, "));
	assert_non_null(strstr(host_log(), "K in all, and no more is free (1 times); raise what its "
					   "MEM_ACCOUNT() guarantees\n"));
	assert_int_equal(camera.refused, 1);
	/* What was never promised. */
	assert_int_equal(fill(&camera, QUIET, 1, &mine), 0);
	assert_int_equal(camera.refused, 1);
	empty(&mine, 0);
	empty(&taken, 0);
}

/* A call that sets free pages aside leaves those that are promised to an account. */
static void isolation_spares_promises(void **state)
{
	struct page *list = NULL, *mine = NULL;
	struct page_obstacle o;
	unsigned long pfn, end_pfn = PFN_DOWN(0x80000000 + RAM_BYTES), kept = 0;

	(void)state;
	if (!IS_ENABLED(CONFIG_MEMORY_ISOLATION))
		skip();
	boot_accounts(8 * MB / PAGE_SIZE);
	for (pfn = PFN_DOWN(0x80000000); pfn < end_pfn; pfn += pageblock_nr_pages)
		kept += start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o) &&
			!strcmp(o.what, "kept for accounts that are promised it");
	assert_true(kept > 0);
	fill(&hog, QUIET | __GFP_MEMALLOC, 0, &list);
	assert_true(fill(&camera, QUIET, 0, &mine) >= 8 * MB / PAGE_SIZE);
}

static void promises_come_and_go(void **state)
{
	struct mem_account *a, *b;
	struct page *list = NULL, *mine = NULL, *page;
	unsigned long most;
	u8 nr;

	(void)state;
	boot_accounts(0);
	a = account_create("a", 0, true);
	b = account_create("b", 0, false);
	assert_true(a && b && a->nr != b->nr);
	assert_false(account_reserve(b, 1));
	most = account_reservable();
	assert_false(account_reserve(a, most + 1));
	assert_true(account_reserve(a, most));
	assert_int_equal(account_reservable(), 0);
	fill(&hog, QUIET | __GFP_MEMALLOC, 0, &list);
	assert_true(fill(a, QUIET, 0, &mine) >= most);
	empty(&mine, 0);
	account_unreserve(a, most - 10);
	fill(&hog, QUIET | __GFP_MEMALLOC, 0, &list);
	assert_true(fill(a, QUIET, 0, &mine) >= 10);
	/* An account goes with its last page; then its number is free for another account. */
	page = mine;
	nr = a->nr;
	account_destroy(a);
	assert_int_not_equal(used(a), ~0ul);
	audit_is_content();
	mine = page;
	empty(&mine, 0);
	assert_null(accounts[nr]);
	account_destroy(b);
	a = account_create("again", 0, true);
	assert_non_null(a);
	assert_int_equal(a->nr, nr);
	empty(&list, 0);
	audit_is_content();
}

static void there_are_so_many(void **state)
{
	unsigned int nr = 0;

	(void)state;
	boot_accounts(0);
	while (account_create("one of many", 0, nr % 2))
		nr++;
	assert_int_equal(nr, CONFIG_MEM_ACCOUNTS_MAX);
}

/* The limit of an account that was promised something ends what it gets, and what it can be
 * promised. */
static void a_promise_with_a_limit(void **state)
{
	struct mem_account *a, *plain;
	struct account_snapshot s;
	struct page *list = NULL;
	unsigned int nr = MEM_ACCOUNTS_ALL;

	(void)state;
	boot_accounts(0);
	a = account_create("made", 10, true);
	plain = account_create("plain", 0, false);
	assert_true(a && plain);
	assert_false(account_reserve(plain, 1));
	assert_false(account_reserve(a, 11));
	assert_false(account_reserve(a, ~0ul));
	assert_true(account_reserve(a, 10));
	assert_false(account_reserve(a, ~0ul));
	assert_int_equal(fill(a, QUIET, 0, &list), 10);
	assert_int_equal(a->refused, 1);
	account_enter(a);
	assert_null(alloc_pages(GFP_KERNEL, 0));
	account_enter(&kernel_account);
	assert_non_null(strstr(host_log(), "account made: 4K refused, 40K of 40K are in use"));
	assert_non_null(strstr(host_log(), "its maker sets the limit"));
	/* It goes with its pages, and is promised nothing meanwhile. */
	account_destroy(a);
	assert_false(account_reserve(a, 1));
	empty(&list, 0);
	/* The next account is behind the number that is free again. */
	nr = a->nr;
	assert_true(account_snapshot(&nr, &s));
	assert_string_equal(s.name, "plain");
	assert_int_equal(nr, plain->nr);
	nr = MEM_ACCOUNTS_ALL;
	account_destroy(plain);
	assert_false(account_snapshot(&nr, &s));
	audit_is_content();
}

/* Frames that are taken by their numbers are charged, and none is taken of what is promised. */
static void frames_by_their_numbers(void **state)
{
	unsigned long end_pfn = PFN_DOWN(0x80000000 + RAM_BYTES / 2), most;
	struct page_obstacle o;

	(void)state;
	if (!IS_ENABLED(CONFIG_CMA))
		skip();
	boot_accounts(0);
	account_enter(&small);
	assert_int_equal(alloc_contig_range(end_pfn - MB / PAGE_SIZE - 1, end_pfn, GFP_KERNEL, &o),
			 -ENOMEM);
	assert_string_equal(o.what, "the account is at its limit");
	assert_int_equal(alloc_contig_range(end_pfn - MB / PAGE_SIZE, end_pfn, GFP_KERNEL, &o), 0);
	assert_int_equal(used(&small), MB / PAGE_SIZE);
	account_enter(&kernel_account);
	free_contig_range(end_pfn - MB / PAGE_SIZE, MB / PAGE_SIZE);
	assert_int_equal(used(&small), 0);
	most = account_reservable();
	camera.exact = true;
	camera.limit = 0;
	assert_true(account_reserve(&camera, most));
	assert_int_not_equal(alloc_contig_range(end_pfn - MB / PAGE_SIZE, end_pfn, GFP_KERNEL, &o),
			     0);
	assert_int_equal(account_reservable(), 0);
	account_unreserve(&camera, most);
	camera.limit = 16 * MB / PAGE_SIZE;
	audit_is_content();
}

/* The owner of a page that is to move takes another page in the same account before. */
static struct page *taken_meanwhile;

static bool greedy_owns(const struct movable *at)
{
	return at->owner == 1;
}

static int greedy_isolate(const struct movable *at)
{
	(void)at;
	taken_meanwhile = alloc_pages(QUIET, 0);
	return 0;
}

static bool greedy_drop(const struct movable *at)
{
	(void)at;
	return true;
}

MOVABLE_KIND(greedy, .owns = greedy_owns, .isolate = greedy_isolate, .drop = greedy_drop);

/* proves AC2: a limit is kept by ranges, whatever the account takes while they are emptied. */
static void a_limit_is_kept_while_pages_move(void **state)
{
	const unsigned long pages = MB / PAGE_SIZE, pfn = PFN_DOWN(0x80000000 + RAM_BYTES / 2);
	struct page_obstacle o;

	(void)state;
	if (!IS_ENABLED(CONFIG_CMA))
		skip();
	boot_accounts(0);
	assert_int_equal(alloc_contig_range(pfn + 5, pfn + 6, GFP_KERNEL, &o), 0);
	page_make_movable(pfn_to_page(pfn + 5), movable_kind_nr(greedy), 1, 0);
	account_enter(&small);
	assert_int_equal(alloc_contig_range(pfn, pfn + pages, GFP_KERNEL, &o), -ENOMEM);
	assert_string_equal(o.what, "the account is at its limit");
	assert_non_null(taken_meanwhile);
	assert_int_equal(used(&small), 1);
	assert_int_equal(small.refused, 1);
	audit_is_content();
	__free_pages(taken_meanwhile, 0);
	assert_int_equal(alloc_contig_range(pfn, pfn + pages, GFP_KERNEL, &o), 0);
	assert_int_equal(used(&small), pages);
	assert_int_equal(small.peak, pages);
	free_contig_range(pfn, pages);
	account_enter(&kernel_account);
	assert_int_equal(used(&small), 0);
	audit_is_content();
}

/* Slabs of accounts that go are the kernel's. */
static void slabs_outlive_accounts(void **state)
{
	struct mem_account *a;
	void *object;

	(void)state;
	boot_accounts(0);
	a = account_create("short", 0, false);
	assert_non_null(a);
	account_enter(a);
	object = kmalloc(3000, GFP_KERNEL);
	account_enter(&kernel_account);
	assert_non_null(object);
	account_destroy(a);
	assert_null(accounts[a->nr]);
	kfree(object);
	audit_is_content();
}

/* Stops mm/page/account_table.c:accounts_init. */
static void too_much_is_promised(void **state)
{
	(void)state;
	fresh(&camera, RAM_BYTES / PAGE_SIZE);
	fresh(&hog, 10);
	assert_int_equal(HOST_TRY(boot_ram(RAM_BYTES, 1)), HOST_BOOT_FAILED);
	assert_non_null(strstr(host_stop_text(), "accounts are promised 65576K, and "));
	assert_non_null(strstr(host_stop_text(), "K too few; lower what MEM_ACCOUNT() guarantees ("));
	assert_non_null(strstr(host_stop_text(), "camera 65536K"));
	assert_non_null(strstr(host_stop_text(), "hog 40K"));
	assert_non_null(strstr(host_stop_text(), "), or add RAM"));
}

/* ---- damage ---- */

static void audit_says(const char *fault)
{
	struct audit a;

	said[0] = '\0';
	assert_int_equal(memory_audit(&a, note, NULL), 1);
	if (strncmp(said, fault, strlen(fault)))
		fail_msg("audit says \"%s\", not \"%s\"", said, fault);
}

static void damage_is_found(void **state)
{
	struct page *page;
	u32 word;

	(void)state;
	boot_accounts(100);
	page = alloc_page(GFP_KERNEL);
	hog.charged++;
	audit_says("AC2: an account is not charged for the pages that it has: ");
	hog.charged--;
	promised_pages--;
	audit_says("AC3: the sum of what accounts are promised is wrong: all");
	promised_pages++;
	camera.guaranteed += RAM_BYTES / PAGE_SIZE;
	promised_pages += RAM_BYTES / PAGE_SIZE;
	audit_says("AC3: fewer pages are free than accounts are promised: all");
	camera.guaranteed -= RAM_BYTES / PAGE_SIZE;
	promised_pages -= RAM_BYTES / PAGE_SIZE;
	word = page->word;
	page->word ^= 0xf0u << PAGE_ACCOUNT_SHIFT;
	kernel_account.charged--;
	audit_says("AC1: frames are charged to an account that does not exist: 240, nobody");
	kernel_account.charged++;
	assert_int_equal(HOST_TRY(__free_page(page)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "AC1: frame 0x"));
	page->word = word;
	audit_is_content();
}

static void wrong_use_is_found(void **state)
{
	struct mem_account *a;

	(void)state;
	boot_accounts(0);
	a = account_create("a", 0, true);
	assert_non_null(a);
	assert_int_equal(HOST_TRY(account_unreserve(a, 1)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "AC3: account a is promised 0 pages, not 1"));
	/* What stops the machine leaves its lock held. */
	boot_accounts(0);
	assert_int_equal(HOST_TRY(account_destroy(&hog)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "AC1: account hog does not go"));
}

/* ---- the promise, tried ---- */

#define SLOTS	4096u

struct trial {
	struct rng rng;
	struct page *of_others[SLOTS];
	unsigned int order[SLOTS];
	struct page *mine[8 * MB / PAGE_SIZE];
	unsigned long nr_mine, refused;
};

static struct trial t;

static void others_move(void)
{
	static const gfp_t gfps[] = { QUIET, GFP_ATOMIC | __GFP_NOWARN, QUIET | __GFP_MEMALLOC,
				      QUIET | __GFP_MOVABLE, GFP_KERNEL | __GFP_NOWARN };
	unsigned int i = (unsigned int)rng_below(&t.rng, SLOTS);
	bool take = rng_below(&t.rng, 16) != 0;

	if (t.of_others[i]) {
		if (take)
			return;
		__free_pages(t.of_others[i], t.order[i]);
		t.of_others[i] = NULL;
		return;
	}
	t.order[i] = rng_below(&t.rng, 8) ? (unsigned int)rng_below(&t.rng, 8) : 0;
	account_enter(rng_below(&t.rng, 2) ? &hog : &kernel_account);
	t.of_others[i] = alloc_pages(gfps[rng_below(&t.rng, ARRAY_SIZE(gfps))], t.order[i]);
	account_enter(&kernel_account);
}

/* Takes or gives one; at times fills to the last page that is promised. */
static void promised_moves(void)
{
	unsigned long nr = 1, most = ARRAY_SIZE(t.mine);

	if (rng_below(&t.rng, 500) == 0)
		nr = most;
	account_enter(&camera);
	if (nr > 1 || rng_below(&t.rng, 3)) {
		for (; nr && t.nr_mine < most; nr--) {
			t.mine[t.nr_mine] = alloc_page(QUIET);
			if (t.mine[t.nr_mine])
				t.nr_mine++;
			else
				t.refused++;
		}
	} else {
		for (nr = rng_below(&t.rng, 100); nr && t.nr_mine; nr--)
			__free_page(t.mine[--t.nr_mine]);
	}
	account_enter(&kernel_account);
}

/* Returns how often the promise was broken. */
static unsigned long try_promise(u64 seed, u64 operations, unsigned long fault)
{
	memset(&t, 0, sizeof(t));
	t.rng.state = seed;
	boot_accounts(ARRAY_SIZE(t.mine));
	for (u64 i = 0; i < operations; i++) {
		host_become_cpu((unsigned int)rng_below(&t.rng, CPUS));
		if (fault && i > operations / 2 && promised_pages >= fault) {
			promised_pages -= fault;
			fault = 0;
		}
		if (rng_below(&t.rng, 4) == 0)
			promised_moves();
		else
			others_move();
	}
	host_become_cpu(0);
	return t.refused;
}

/* proves AC2, AC3 */
static void nobody_breaks_a_promise(void **state)
{
	(void)state;
	assert_int_equal(try_promise(plan.seed, plan.operations, 0), 0);
	audit_is_content();
}

static void a_hole_in_the_promise_is_found(void **state)
{
	unsigned long found = 0;

	(void)state;
	for (u64 seed = 1; seed <= 8 && !found; seed++)
		found = try_promise(seed, 100000, 800);
	assert_true(found > 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asked_is_charged),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_promise_is_kept),
		cmocka_unit_test(the_end_of_a_promise_is_said),
		cmocka_unit_test(isolation_spares_promises),
		cmocka_unit_test(promises_come_and_go),
		cmocka_unit_test(there_are_so_many),
		cmocka_unit_test(a_promise_with_a_limit),
		cmocka_unit_test(frames_by_their_numbers),
		cmocka_unit_test(a_limit_is_kept_while_pages_move),
		cmocka_unit_test(slabs_outlive_accounts),
		cmocka_unit_test(too_much_is_promised),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(wrong_use_is_found),
		cmocka_unit_test(nobody_breaks_a_promise),
		cmocka_unit_test(a_hole_in_the_promise_is_found),
	};

	plan = random_plan(argc, argv, 100000, 10000000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
