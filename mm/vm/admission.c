/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: guarantees of programs: what address spaces may come to need is taken out of a guarantee
 * before it is needed.
 *
 * Structure: an admission has a memory account that is promised all of the guarantee from its
 * beginning on, so that those pages are free for it or its own (mm/page/account.c). A space counts
 * what its regions may need at worst:
 *
 *	needs  =  pages of regions that are private and were ever to be written; of a stack,
 *		  as many as it may grow to
 *		+ COPY_PAGES, for a copy on write: the page that is copied is there until the
 *		  copy is, and while two spaces copy one page there are three
 *		+ tables: for each level the spans that regions lie in, a span being what a
 *		  table of that level serves; one that neighbours share counts once
 *
 * and holds as much out of the guarantee. A call that makes regions takes its worst case first, and
 * afterwards gives back what it did not need. A page of a space is charged to the account when it
 * is made: so the account never has more pages than its spaces hold, and its promise covers the
 * rest. Two spaces that share a page after fork both hold one: the copy.
 *
 * What the kernel takes for such programs (threads' stacks, objects of slabs, root tables, pages of
 * files) comes from an account of their own, kernel_part, which is promised ADMISSION_KERNEL_KB
 * from the first admission on. What lacks memory there fails in the call that asks.
 *
 * Invariants:
 * AD1 What a space holds is at least what it needs, and outside of calls not more, but for a
 *     program that begins.
 * AD2 committed of an admission is the sum of what its spaces hold, and at most its guarantee.
 * AD3 The account of an admission has at most as many pages as are committed.
 *
 * Locking: the space's lock; committed is atomic.
 *
 * Bounds: asking and giving back look at a region and its neighbours, for each level once.
 *
 * Configuration: ADMISSION.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <mm/account.h>
#include <mm/admission.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "admission.h"
#include "cleared_pages.h"

#define COPY_PAGES	1ul
#define NAME_BYTES	24

struct admission {
	char name[NAME_BYTES];		/* [c] */
	struct mem_account *account;	/* [c] */
	unsigned long guaranteed;	/* [c] pages */
	unsigned long committed;	/* [a] pages */
	unsigned long peak;		/* [a] of committed */
	unsigned long refused;		/* [a] */
	u32 users;			/* [a] spaces, and who made it */
};

/* One account of the image, since slabs may outlive each program. */
static struct mem_account kernel_part = {					/* [f] */
	.name = "programs", .exact = true, .promised_by = "CONFIG_ADMISSION_KERNEL_KB",
};
static struct mem_account *const kernel_part_row __used __section(".mem_accounts") __aligned(8) =
	&kernel_part;
static u32 kernel_part_kept;		/* [a] */

/* ---- the guarantee ---- */

/* Once for all: true, or *missing says how many pages there are not. */
static bool keep_kernel_part(unsigned long *missing)
{
	const unsigned long pages = CONFIG_ADMISSION_KERNEL_KB / 4;

	if (__atomic_exchange_n(&kernel_part_kept, 1, __ATOMIC_RELAXED))
		return true;
	if (account_reserve(&kernel_part, pages))
		return true;
	UNDO_PATH("the kernel's part for programs cannot be kept");
	__atomic_store_n(&kernel_part_kept, 0, __ATOMIC_RELAXED);
	*missing = pages;
	return false;
}

struct mem_account *admission_kernel_part(void)
{
	return &kernel_part;
}

struct admission *admission_create(const char *name, unsigned long pages, unsigned long *missing)
{
	struct admission *a = kzalloc(sizeof(*a), GFP_KERNEL | __GFP_NOWARN);
	bool kept = keep_kernel_part(missing);
	unsigned long room = account_reservable();

	if (!a || !kept) {
		UNDO_PATH("no memory for a program's books, or for the kernel's part");
		kfree(a);
		return NULL;
	}
	*missing = pages > room ? pages - room : 0;
	strlcpy(a->name, name, sizeof(a->name));
	a->guaranteed = pages;
	a->users = 1;
	a->account = account_create(a->name, 0, true);
	if (a->account && account_reserve(a->account, pages))
		return a;
	UNDO_PATH("no account for a program, or its guarantee cannot be kept");
	if (a->account)
		account_destroy(a->account);
	kfree(a);
	return NULL;
}

struct admission *admission_get(struct admission *a)
{
	if (a)
		__atomic_fetch_add(&a->users, 1, __ATOMIC_RELAXED);
	return a;
}

void admission_put(struct admission *a)
{
	if (!a || __atomic_fetch_sub(&a->users, 1, __ATOMIC_ACQ_REL) != 1)
		return;
	ASSERT(!a->committed, "AD2: program %s ends, and %lu pages are committed", a->name,
	       a->committed);
	account_destroy(a->account);
	kfree(a);
}

void admission_see(const struct admission *a, struct admission_seen *seen)
{
	if (!a)
		return;
	*seen = (struct admission_seen){
		.guaranteed = a->guaranteed, .refused = READ_ONCE(a->refused),
		.committed = READ_ONCE(a->committed), .peak = READ_ONCE(a->peak),
		.used = READ_ONCE(a->account->charged), .used_peak = READ_ONCE(a->account->peak),
	};
}

static void say_refused(struct admission *a, unsigned long pages, unsigned long had,
			const char *what)
{
	unsigned long times = count_report(&a->refused);

	if (!times)
		return;
	pr_warn("program %s: %s refused: it may need %luK more, and %luK of the %luK that are "
		"guaranteed are left (%lu times); raise guarantee= in its line of the manifest\n",
		a->name, what, pages * 4, had * 4, a->guaranteed * 4, times);
}

static bool commit(struct admission *a, unsigned long pages, const char *what)
{
	unsigned long before = __atomic_load_n(&a->committed, __ATOMIC_RELAXED), after, peak;

	do {
		if (pages > a->guaranteed - before) {
			say_refused(a, pages, a->guaranteed - before, what);
			return false;
		}
		after = before + pages;
	} while (!__atomic_compare_exchange_n(&a->committed, &before, after, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	peak = __atomic_load_n(&a->peak, __ATOMIC_RELAXED);
	while (after > peak && !__atomic_compare_exchange_n(&a->peak, &peak, after, true,
							    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return true;
}

static void uncommit(struct admission *a, unsigned long pages)
{
	unsigned long before = __atomic_fetch_sub(&a->committed, pages, __ATOMIC_RELAXED);

	ASSERT(before >= pages, "AD2: program %s gives %lu pages back and has %lu", a->name, pages,
	       before);
}

/* ---- what a space needs ---- */

struct span {
	uintptr_t first, last;		/* the first and the last byte */
	unsigned long pages;		/* of its own */
};

/* A stack counts as long as it may become. */
static struct span span_of(const struct address_space *s, const struct region *r)
{
	struct span span = { .first = r->start, .last = r->end - 1 };

	if (r->flags & REGION_GROWS_DOWN)
		span.first = min(span.first, s->admitted.stack_low);
	if (r->flags & REGION_COMMITTED)
		span.pages = (span.last + 1 - span.first) >> PAGE_SHIFT;
	return span;
}

/* A table at level has entries of LEVEL_SIZE(level), and is one entry of the level above. */
static unsigned long tables_of(const struct span *span)
{
	unsigned long tables = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++)
		tables += span->last / LEVEL_SIZE(level) - span->first / LEVEL_SIZE(level) + 1;
	return tables;
}

/* Tables that two neighbours share. */
static unsigned long shared_tables(const struct span *low, const struct span *high)
{
	unsigned long tables = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++)
		tables += low->last / LEVEL_SIZE(level) == high->first / LEVEL_SIZE(level);
	return tables;
}

/* What becomes of a space's needs when r comes between these two, or goes. */
static unsigned long share_of(struct address_space *s, const struct region *before,
			      const struct region *r, const struct region *after)
{
	struct span span, low, high;
	unsigned long pages;

	if (r->flags & REGION_GROWS_DOWN && !s->admitted.stack_low)
		s->admitted.stack_low = r->end > s->stack_limit ?
					ALIGN_UP(r->end - s->stack_limit, PAGE_SIZE) : PAGE_SIZE;
	span = span_of(s, r);
	pages = span.pages + tables_of(&span);
	if (before) {
		low = span_of(s, before);
		pages -= shared_tables(&low, &span);
	}
	if (after) {
		high = span_of(s, after);
		pages -= shared_tables(&span, &high);
	}
	if (before && after)
		pages += shared_tables(&low, &high);
	return pages;
}

void admit_region_slow(struct address_space *s, const struct region *before,
		       const struct region *r, const struct region *after, bool comes)
{
	unsigned long pages = share_of(s, before, r, after);

	s->admitted.needs += comes ? pages : -pages;
}

/* What is there in the place of r will be gone by then: of its neighbours that reach into it the
 * rest counts. */
static unsigned long need_at(struct address_space *s, const struct region *r)
{
	struct region *first = region_after(s, r->start), *last = region_after(s, r->end);
	struct region before, after;
	bool has_before = true;

	if (first && first->start < r->start)
		before = *first;
	else if (first ? region_previous(s, first) != NULL : !list_empty(&s->regions))
		before = first ? *region_previous(s, first) :
				 *list_entry(s->regions.prev, struct region, order);
	else
		has_before = false;
	if (has_before)
		before.end = min(before.end, r->start);
	if (last) {
		after = *last;
		after.start = max(after.start, r->end);
	}
	return share_of(s, has_before ? &before : NULL, r, last ? &after : NULL);
}

unsigned long admit_worst_slow(struct address_space *s, uintptr_t start, size_t bytes, u32 rights,
			       u32 flags)
{
	const struct region r = { .start = start, .end = start + bytes,
				  .flags = admit_flags(s, rights, flags) };
	unsigned long pages;

	if (start)
		return need_at(s, &r);
	pages = r.flags & REGION_COMMITTED ? bytes >> PAGE_SHIFT : 0;
	/* Wherever it may lie, it reaches into one span more than it fills. */
	for (unsigned int level = 1; level <= ROOT_LEVEL; level++)
		pages += bytes / LEVEL_SIZE(level) + 2;
	return pages;
}

/* ---- calls ---- */

int admit_slow(struct address_space *s, unsigned long pages, const char *what)
{
	struct admitted *m = &s->admitted;
	unsigned long want = m->needs + pages;

	if (want <= m->held)
		return 0;
	if (!commit(m->by, want - m->held, what))
		return -ENOMEM;
	m->held = want;
	return 0;
}

void admit_settle_slow(struct address_space *s)
{
	struct admitted *m = &s->admitted;

	ASSERT(m->held >= m->needs, "AD1: a space needs %lu pages and holds %lu", m->needs,
	       m->held);
	if (m->keeps || m->held == m->needs)
		return;
	uncommit(m->by, m->held - m->needs);
	m->held = m->needs;
}

bool space_admit(struct address_space *s, struct admission *a, unsigned long pages,
		 const char *what)
{
	if (!a)
		return true;
	pages = max(pages, COPY_PAGES);
	if (!commit(a, pages, what))
		return false;
	s->admitted = (struct admitted){ .by = admission_get(a), .needs = COPY_PAGES,
					 .held = pages, .keeps = true };
	return true;
}

int admit_fork_slow(const struct address_space *s, struct address_space *copy)
{
	if (!space_admit(copy, s->admitted.by, s->admitted.needs, "fork"))
		return -ENOMEM;
	copy->admitted.stack_low = s->admitted.stack_low;
	copy->admitted.keeps = false;
	return 0;
}

void admit_end_slow(struct address_space *s)
{
	struct admission *a = s->admitted.by;

	uncommit(a, s->admitted.held);
	s->admitted = (struct admitted){ .by = NULL };
	admission_put(a);
}

void space_admit_end(struct address_space *s)
{
	mutex_lock(&s->lock);
	s->admitted.keeps = false;
	admit_settle(s);
	mutex_unlock(&s->lock);
}

struct admission *space_admission(const struct address_space *s)
{
	return s ? s->admitted.by : NULL;
}

/* ---- pages ---- */

static struct page *take(const struct address_space *s, gfp_t gfp)
{
	struct mem_account *before = account_enter(s->admitted.by->account);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | gfp, 0);

	account_enter(before);
	return page;
}

struct page *admitted_page_alloc(const struct address_space *s, struct user_place place,
				 bool zeroed)
{
	struct page *page = zeroed ? take_cleared(true) : NULL;

	/* Of the kernel's account until now; the promise covers it, as any other. */
	if (page) {
		bool adopted = account_adopt(s->admitted.by->account, page);

		ASSERT(adopted, "AD3: the account of program %s has a limit", s->admitted.by->name);
		return user_page_begin(page, place);
	}
	page = take(s, IS_ENABLED(CONFIG_MIGRATION) ? __GFP_MOVABLE : 0);
	return page ? user_page_from(page, place, zeroed) : NULL;
}

struct page *admitted_table_alloc(const struct address_space *s)
{
	struct page *page = take(s, 0);

	return page ? user_table_from(page) : NULL;
}

/* On no CPU's list of spare tables, where it would still be the program's. */
void admitted_table_free(struct page *page)
{
	page_become(page, PG_ALLOCATED);
	__free_pages(page, 0);
}
