/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: proves that every frame has one owner: walks all blocks once and adds up.
 *
 * Structure: section by section, from head to head; a head's order says where the next block
 * begins. Each block's frames are counted under its state (and its owner, when reserved), and for
 * its zone. Then the sums are held against what was counted on the way: RAM of the memory map,
 * the zones' counters and free lists, the CPUs' lists.
 *
 * Invariants: checks G1, G2 (page.c), B1-B6 (buddy.c), P1-P4 (pcp.c), H2 (handover.c), Z2, Z3
 * (zone.c), and through audit_pageblocks.c, audit_movable.c, audit_accounts.c and audit_zones.c
 * K2-K4, MV1, AC1-AC3, Z1, W1, W2, PS1, L1, L2; and
 * U1  Frames of all states but PG_HOLE add up to RAM.
 * U2  Frames in state PG_BUDDY are the sum of what the zones' lists count, those in PG_PCP of
 *     the CPUs' lists, on which each is once.
 * U3  Frames of all states but PG_HOLE and PG_RESERVED are the sum of managed pages.
 * U4  One audit is under way at a time: what it counts by owner and by zone lies in one place.
 *
 * Locking: none over the whole walk: nothing is allocated meanwhile, on any CPU (stop_machine).
 *
 * Bounds: steps grow with blocks, lists and CPUs; of a fault that is all over memory AUDIT_LINES
 * are told, for a section or in all.
 *
 * Configuration: none.
 */
#include <stdarg.h>
#include <stdio.h>

#include <kernel/cpu.h>
#include <kernel/string.h>
#include <mm/movable.h>

#include "internal.h"

static unsigned long owner_pages[MEM_OWNERS_MAX];			/* [M] */
static struct tally tallies[MAX_NUMNODES * MAX_NR_ZONES];		/* [M] */
static u32 auditing;							/* [a] */

struct tally *audit_tally(const struct zone *zone)
{
	return &tallies[(unsigned int)zone->nid * MAX_NR_ZONES + zone->idx];
}

static void tell(struct walk *w, const char *fmt, va_list args)
{
	char line[160];

	vsnprintf(line, sizeof(line), fmt, args);
	if (w->say)
		w->say(w->ctx, line);
}

void audit_broken(struct walk *w, const char *fmt, ...)
{
	va_list args;

	w->a->errors++;
	va_start(args, fmt);
	tell(w, fmt, args);
	va_end(args);
}

void audit_broken_again(struct walk *w, unsigned int *nr, const char *fmt, ...)
{
	va_list args;

	w->a->errors++;
	if ((*nr)++ >= AUDIT_LINES)
		return;
	va_start(args, fmt);
	tell(w, fmt, args);
	va_end(args);
}

/* Zone of a block of RAM; NULL when its word names none, or one that does not reach there. */
static const struct zone *zone_of_block(struct walk *w, const struct page *page, unsigned long pfn,
					unsigned long pages)
{
	const struct zone *zone = NULL;

	if (page_zone_idx(page) < MAX_NR_ZONES && page_nid(page) < MAX_NUMNODES)
		zone = page_zone(page);
	if (zone && pfn >= zone->zone_start_pfn && pfn + pages <= zone_end_pfn(zone))
		return zone;
	audit_broken_again(w, &w->stray, "Z3: frame 0x%lx is said to be in zone %s of node %d, "
			   "which does not reach there", pfn, zone ? zone->name : "?",
			   page_nid(page));
	return NULL;
}

/* Adds a block of RAM up for its zone; NULL when it is in none. */
static struct tally *count_in_zone(struct walk *w, const struct page *page, unsigned long pfn,
				   unsigned long pages)
{
	const struct zone *zone = zone_of_block(w, page, pfn, pages);

	if (!zone)
		return NULL;
	if (zone != w->zone) {
		if (w->largest == pfn >> MAX_ORDER)
			audit_broken_again(w, &w->stray, "Z2: zones %s and %s share the largest "
					   "block around frame 0x%lx", w->zone->name, zone->name,
					   pfn);
		w->zone = zone;
		w->tally = audit_tally(zone);
	}
	w->largest = pfn >> MAX_ORDER;
	w->tally->ram_pages += pages;
	if (page_state(page) != PG_RESERVED)
		w->tally->used_pages += pages;
	return w->tally;
}

/* Counts the block at pfn; returns where the next one begins. */
static unsigned long count_block(struct walk *w, unsigned long pfn, unsigned long end_pfn)
{
	const struct page *page = pfn_to_page(pfn);
	enum page_state state = page_state(page);
	unsigned int order = page_order(page);
	unsigned long pages = 1ul << order;
	struct tally *tally = NULL;

	if (state == PG_TAIL || state >= NR_PAGE_STATES || order > MAX_ORDER ||
	    pfn & (pages - 1) || pfn + pages > end_pfn) {
		w->lost++;
		audit_broken(w, "G1: frame 0x%lx should begin a block, its word is 0x%x", pfn,
			     page->word);
		return pfn + 1;
	}
	if (state != PG_HOLE)
		tally = count_in_zone(w, page, pfn, pages);
	if (PAGEBLOCKS_KEPT && pfn >= w->pageblock.end_pfn)
		audit_pageblock_next(w, pfn);
	if (PAGEBLOCKS_KEPT && tally)
		audit_pageblock_add(&w->pageblock, page, tally);
	w->a->pages[state] += pages;
	if (state == PG_PCP)
		w->pcp_squares += (u64)pfn * pfn;
	if (IS_ENABLED(CONFIG_MIGRATION) && state == PG_MOVABLE)
		audit_movable_add(w, pfn, pages);
	if (user_page_can_move(page, page->word))
		audit_user_page(w, pfn);
	if (IS_ENABLED(CONFIG_PAGE_OWNER) && state == PG_ALLOCATED)
		audit_callers_add(pfn, pages);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		audit_account_add(page, pages);
	if (state == PG_RESERVED && page->owner < ARRAY_SIZE(owner_pages))
		owner_pages[page->owner] += pages;
	return pfn + pages;
}

static void count_sections(struct walk *w)
{
	const struct mem_section *s;

	for_each_present_section(s) {
		unsigned long pfn = s->start_pfn;

		w->lost = 0;
		while (pfn < s->end_pfn && w->lost < AUDIT_LINES)
			pfn = count_block(w, pfn, s->end_pfn);
		w->a->ram_pages += s->ram_pages;
	}
	if (PAGEBLOCKS_KEPT)
		audit_pageblocks_end(w);
}

/* One list of a CPU; returns the blocks on it. */
static unsigned int check_pcp_list(struct walk *w, const struct zone *zone, unsigned int cpu,
				   const struct pcp_list *list, unsigned int order, u32 word)
{
	unsigned int i;

	if (list->count > list->limit || list->limit > PCP_LIST_MAX(order)) {
		audit_broken(w, "P1: CPU %u, zone %s, order %u: %u blocks, limit %u", cpu,
			     zone->name, order, list->count, list->limit);
		return 0;
	}
	if (list->count && !cpu_online(cpu))
		audit_broken(w, "P4: CPU %u is not online and its list of zone %s, order %u, "
			     "holds %u blocks", cpu, zone->name, order, list->count);
	for (i = 0; i < list->count; i++) {
		u32 pfn = list->pfn[i];

		w->pcp_squares -= (u64)pfn * pfn;
		if (!pfn_valid(pfn) || pfn_to_page(pfn)->word != word)
			audit_broken(w, "P2: CPU %u, zone %s: frame 0x%x does not belong on its "
				     "list", cpu, zone->name, pfn);
	}
	return list->count;
}

/* One CPU's lists of one zone; returns the frames on them. */
static unsigned long check_pcp(struct walk *w, const struct zone *zone, unsigned int cpu)
{
	unsigned long pages = 0;
	unsigned long limit_pages = *per_cpu_ptr(&pcp_spare_pages[zone_id(zone)], cpu);
	unsigned int order, mt;

	for_each_pcp_order(order) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			const struct pcp_list *list = per_cpu_ptr(pcp_list_of(zone, order, mt),
								  cpu);
			u32 word = page_word(PG_PCP, order, mt, zone_id(zone));

			limit_pages += (unsigned long)list->limit << order;
			pages += (unsigned long)check_pcp_list(w, zone, cpu, list, order, word)
				 << order;
		}
	}
	if (limit_pages > pcp_pages_most(zone))
		audit_broken(w, "P3: CPU %u may hold %lu frames of zone %s, more than %lu", cpu,
			     limit_pages, zone->name, pcp_pages_most(zone));
	return pages;
}

/* A zone's counters against the walk's. */
static void check_zone_sums(struct walk *w, struct zone *zone)
{
	const struct tally *t = audit_tally(zone);
	const char *fault = zone_validate(zone);

	if (fault)
		audit_broken(w, "zone %s: %s", zone->name, fault);
	if (zone->present_pages != t->ram_pages)
		audit_broken(w, "Z3: zone %s counts %lu frames of RAM, the walk %lu", zone->name,
			     zone->present_pages, t->ram_pages);
	if (zone->managed_pages != t->used_pages)
		audit_broken(w, "H2: zone %s manages %lu frames, the walk finds %lu", zone->name,
			     zone->managed_pages, t->used_pages);
}

static void check_sums(struct walk *w)
{
	unsigned long free = 0, pcp = 0, managed = 0, ram = 0, used = 0;
	struct zone *zone;
	unsigned int cpu, state;

	for_each_populated_zone(zone) {
		check_zone_sums(w, zone);
		free += zone_listed_pages(zone);
		managed += zone->managed_pages;
		for_each_possible_cpu(cpu)
			pcp += check_pcp(w, zone, cpu);
	}
	for (state = PG_RESERVED; state < NR_PAGE_STATES; state++)
		ram += w->a->pages[state];
	used = ram - w->a->pages[PG_RESERVED];
	if (ram != w->a->ram_pages)
		audit_broken(w, "U1: owners have %lu frames, RAM has %lu", ram, w->a->ram_pages);
	if (free != w->a->pages[PG_BUDDY])
		audit_broken(w, "U2: free lists count %lu frames, the walk %lu", free,
			     w->a->pages[PG_BUDDY]);
	if (pcp != w->a->pages[PG_PCP])
		audit_broken(w, "U2: per-CPU lists count %lu frames, the walk %lu", pcp,
			     w->a->pages[PG_PCP]);
	else if (w->pcp_squares)
		audit_broken(w, "U2: a frame is on the per-CPU lists twice, another on none");
	if (used != managed)
		audit_broken(w, "U3: zones manage %lu frames, the walk finds %lu", managed, used);
}

unsigned long memory_audit(struct audit *a, void (*say)(void *ctx, const char *line), void *ctx)
{
	struct walk w = { .a = a, .say = say, .ctx = ctx, .largest = ~0ul };
	u32 other = __atomic_exchange_n(&auditing, 1, __ATOMIC_ACQUIRE);

	ASSERT(!other, "U4: an audit begins while another one is under way");
	memset(a, 0, sizeof(*a));
	memset(owner_pages, 0, sizeof(owner_pages));
	memset(tallies, 0, sizeof(tallies));
	if (IS_ENABLED(CONFIG_MIGRATION))
		audit_movable_begin();
	if (IS_ENABLED(CONFIG_PAGE_OWNER))
		audit_callers_begin();
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		audit_accounts_begin();
	audit_zones(&w);
	count_sections(&w);
	check_sums(&w);
	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		audit_accounts_end(&w);
	__atomic_store_n(&auditing, 0, __ATOMIC_RELEASE);
	return a->errors;
}

unsigned long audit_owner_pages(u32 nr)
{
	return nr < ARRAY_SIZE(owner_pages) ? owner_pages[nr] : 0;
}
