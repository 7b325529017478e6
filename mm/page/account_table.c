/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: which accounts there are, and what is said of them.
 *
 * Structure: the image's accounts are rows that the linker gathers, in its order from number 1 on;
 * those that come and go have the numbers behind. An account that goes keeps its number until its
 * last page has come back.
 *
 * Invariants: AC1 and AC3 of account.c begin here.
 *
 * Locking: promise_lock for numbers.
 *
 * Bounds: a new account looks at each number once.
 *
 * Configuration: MEM_ACCOUNTS; MEM_ACCOUNTS_MAX accounts can come and go.
 */
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>

#include "internal.h"

extern struct mem_account *const __mem_accounts_start[], *const __mem_accounts_end[];

static struct mem_account dynamic_accounts[CONFIG_MEM_ACCOUNTS_MAX];	/* [f] */

/* ---- the limit ---- */

static void give_up_here(void *unused)
{
	unsigned long flags = arch_local_irq_save();

	(void)unused;
	account_give_up_credit(account_here_now(), 0);
	arch_local_irq_restore(flags);
}

static bool has_room(struct mem_account *a, unsigned long pages)
{
	unsigned long flags = arch_local_irq_save();
	struct account_here *here = account_here_now();
	unsigned long charged = __atomic_load_n(&a->charged, __ATOMIC_RELAXED);

	/* A thread that has changed its CPU meanwhile has taken its account along. */
	ASSERT(a == account_of(here), "account %s is asked for, and %s is this CPU's", a->name,
	       account_of(here)->name);
	charged -= (unsigned long)here->credit;
	arch_local_irq_restore(flags);
	return pages <= room_below_limit(a, charged);
}

static void say_refused(struct mem_account *a, unsigned long pages)
{
	unsigned long times = count_report(&a->refused);

	if (!times)
		return;
	pr_warn("account %s: %luK refused, %luK of %luK are in use: slabs %ldK, vmalloc %ldK, "
		"stacks %ldK, tables %ldK (%lu times); %s\n", a->name, pages * 4, a->charged * 4,
		a->limit * 4, a->kinds[ACCOUNT_SLAB] * 4, a->kinds[ACCOUNT_VMALLOC] * 4,
		a->kinds[ACCOUNT_STACK] * 4, a->kinds[ACCOUNT_TABLE] * 4, times,
		a->dynamic ? "its maker sets the limit" : "raise the limit in its MEM_ACCOUNT()");
}

bool account_has_room(gfp_t gfp, unsigned long pages)
{
	struct mem_account *a = current_account();

	if (likely(has_room(a, pages)))
		return true;
	if (gfp & gfp_allowed_mask & __GFP_DIRECT_RECLAIM && !a->exact) {
		on_each_cpu(give_up_here, NULL, true);
		if (has_room(a, pages))
			return true;
	}
	if (gfp & __GFP_NOWARN)
		__atomic_fetch_add(&a->refused, 1, __ATOMIC_RELAXED);
	else
		say_refused(a, pages);
	return false;
}

void account_promise_ends(gfp_t gfp, unsigned int order)
{
	struct mem_account *a = current_account();
	const char *raise = "what its MEM_ACCOUNT() guarantees";
	unsigned long times, charged = READ_ONCE(a->charged);

	/* Larger blocks and certain zones were never promised. */
	if (order || gfp & (GFP_ZONEMASK | __GFP_THISNODE) || !a->guaranteed ||
	    charged < a->guaranteed)
		return;
	IF_ENABLED(CONFIG_ADMISSION, raise = a->promised_by ? a->promised_by : raise;)
	times = count_report(&a->refused);
	if (times)
		pr_warn("account %s: 4K refused, it has all of the %luK that it is promised, %luK "
			"in all, and no more is free (%lu times); raise %s\n", a->name,
			a->guaranteed * 4, charged * 4, times, raise);
}

/* ---- accounts that come and go ---- */

/* [A] 0: there is none. */
static unsigned int free_number(void)
{
	unsigned int nr = 1;

	while (nr < MEM_ACCOUNTS_ALL && accounts[nr])
		nr++;
	return nr % MEM_ACCOUNTS_ALL;
}

static struct mem_account *free_struct(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(dynamic_accounts); i++)
		if (accounts[dynamic_accounts[i].nr] != &dynamic_accounts[i])
			return &dynamic_accounts[i];
	return NULL;
}

struct mem_account *account_create(const char *name, unsigned long limit_pages, bool promised)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);
	unsigned int nr = free_number();
	struct mem_account *a = free_struct();

	if (!nr)
		a = NULL;
	if (a) {
		*a = (struct mem_account){ .name = name, .limit = limit_pages, .exact = promised,
					   .dynamic = true, .nr = (u8)nr };
		WRITE_ONCE(accounts[nr], a);
	}
	spin_unlock_irqrestore(&promise_lock, flags);
	return a;
}

void account_destroy(struct mem_account *a)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);

	ASSERT(a->dynamic && !a->dying, "AC1: account %s does not go, or goes already", a->name);
	promise_set(a, 0);
	/* No CPU has credit of an account that is nowhere current. */
	WRITE_ONCE(a->exact, true);
	a->dying = true;
	if (!a->charged)
		accounts[a->nr] = NULL;
	spin_unlock_irqrestore(&promise_lock, flags);
}

/* ---- looking ---- */

/* A snapshot. */
static long credit_of(const struct mem_account *a)
{
	unsigned int cpu;
	long credit = 0;

	for_each_possible_cpu(cpu) {
		const struct account_here *here = &per_cpu_ptr(&account_area, cpu)->here;

		if (READ_ONCE(here->account) == (a->nr ? a : NULL))
			credit += READ_ONCE(here->credit);
	}
	return credit;
}

bool account_snapshot(unsigned int *nr, struct account_snapshot *s)
{
	unsigned long flags = spin_lock_irqsave(&promise_lock);
	struct mem_account *a = NULL;

	while (*nr < MEM_ACCOUNTS_ALL && !(a = accounts[*nr]))
		(*nr)++;
	if (a) {
		*s = (struct account_snapshot){
			.nr = *nr, .guaranteed = a->guaranteed, .limit = a->limit,
			.used = a->charged - (unsigned long)credit_of(a), .peak = a->peak,
			.refused = a->refused, .dying = a->dying,
			.of_image = a->nr && !a->dynamic,
		};
		for (unsigned int kind = 0; kind < NR_ACCOUNT_KINDS; kind++)
			s->kinds[kind] = a->kinds[kind];
		scnprintf(s->name, sizeof(s->name), "%s", a->name);
	}
	spin_unlock_irqrestore(&promise_lock, flags);
	return a != NULL;
}

/* ---- the audit's part ---- */

static const char *fault_of(const struct mem_account *a, unsigned long pages)
{
	if (!a)
		return pages ? "AC1: frames are charged to an account that does not exist" : NULL;
	if (a->charged - (unsigned long)credit_of(a) != pages)
		return "AC2: an account is not charged for the pages that it has";
	return NULL;
}

const char *accounts_validate(const unsigned long *pages, unsigned int *nr, char *whose,
			      size_t size)
{
	unsigned long promised = 0;
	const char *fault = NULL;

	for (*nr = 0; *nr < MEM_ACCOUNTS_ALL; (*nr)++) {
		const struct mem_account *a = accounts[*nr];

		scnprintf(whose, size, "%u, %s", *nr, a ? a->name : "nobody");
		fault = fault_of(a, pages[*nr]);
		if (fault)
			return fault;
		promised += a ? unused_promise(a) : 0;
	}
	*nr = 0;
	scnprintf(whose, size, "all");
	if (promised != promised_pages)
		return "AC3: the sum of what accounts are promised is wrong";
	if (free_above_marks(ALLOC_NO_WATERMARKS) < promised)
		return "AC3: fewer pages are free than accounts are promised";
	return NULL;
}

/* ---- boot ---- */

static size_t __init name_guarantees(char *buf, size_t size)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int nr = 1; nr < MEM_ACCOUNTS_ALL && accounts[nr]; nr++)
		if (accounts[nr]->guaranteed)
			len += scnprintf(buf + len, size - len, "%s%s %luK", len ? ", " : "",
					 accounts[nr]->name, accounts[nr]->guaranteed * 4);
	return len;
}

void __init accounts_init(void)
{
	struct mem_account *const *row = __mem_accounts_start;
	unsigned long promised = 0, kept;
	char names[160];

	for (u8 nr = 1; row < __mem_accounts_end; row++, nr++) {
		ASSERT(nr, "AC1: the image has more than %u accounts", MEM_ACCOUNTS_ALL - 1);
		(*row)->nr = nr;
		accounts[nr] = *row;
		promised += (*row)->guaranteed;
	}
	kept = free_above_marks(ALLOC_WMARK_MIN);
	if (promised > kept && name_guarantees(names, sizeof(names)))
		boot_failed("accounts are promised %luK, and %luK can be kept free, %luK too few; "
			    "lower what MEM_ACCOUNT() guarantees (%s), or add RAM", promised * 4,
			    kept * 4, (promised - kept) * 4, names);
	promised_pages = promised;
	if (promised)
		pr_info("accounts: %luK promised, of %luK that can be\n", promised * 4, kept * 4);
}
