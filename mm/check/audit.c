/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: proves that every frame has one owner: walks all blocks once and adds up.
 *
 * Structure: section by section, from head to head; a head's order says where the next block
 * begins. Each block's frames are counted under its state (and its owner, when reserved). Then
 * the sums are held against what was counted on the way: RAM of the memory map, the zones'
 * free lists, the CPUs' lists, managed pages.
 *
 * Invariants checked: G1, G2 (page.c), B1-B6 (buddy.c), P1, P2, P4 (pcp.c), H2 (handover.c), and
 * U1  Frames of all states but PG_HOLE add up to RAM.
 * U2  Frames in state PG_BUDDY are the sum of the zones' nr_free_pages, those in PG_PCP of
 *     the CPUs' lists.
 * U3  Frames of all states but PG_HOLE and PG_RESERVED are the sum of managed pages.
 *
 * Locking: none over the whole walk: nothing is allocated meanwhile, on any CPU (stop_machine).
 *
 * Configuration: none.
 */
#include <stdarg.h>
#include <stdio.h>

#include <kernel/cpu.h>
#include <kernel/string.h>
#include <mm/audit.h>

#include "mm/page/internal.h"

static unsigned long owner_pages[CONFIG_MEMBLOCK_REGIONS];

struct walk {
	struct audit *a;
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

__printf(2, 3) static void broken(struct walk *w, const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	w->a->errors++;
	if (w->say)
		w->say(w->ctx, line);
}

/* Counts the block at pfn; returns where the next one begins. */
static unsigned long count_block(struct walk *w, unsigned long pfn, unsigned long end_pfn)
{
	const struct page *page = pfn_to_page(pfn);
	enum page_state state = page_state(page);
	unsigned int order = page_order(page);
	unsigned long pages = 1ul << order;

	if (state == PG_TAIL || state >= NR_PAGE_STATES || order > MAX_ORDER ||
	    pfn & (pages - 1) || pfn + pages > end_pfn) {
		broken(w, "G1: frame 0x%lx should begin a block, its word is 0x%x", pfn,
		       page->word);
		return pfn + 1;
	}
	w->a->pages[state] += pages;
	if (state == PG_RESERVED && page->owner < ARRAY_SIZE(owner_pages))
		owner_pages[page->owner] += pages;
	return pfn + pages;
}

static void count_sections(struct walk *w)
{
	const struct mem_section *s;

	for_each_present_section(s) {
		unsigned long pfn = s->start_pfn, faults = w->a->errors;

		while (pfn < s->end_pfn && w->a->errors - faults < 8)
			pfn = count_block(w, pfn, s->end_pfn);
		w->a->ram_pages += s->ram_pages;
	}
}

/* One CPU's lists of one zone; returns the frames on them. */
static unsigned long check_pcp(struct walk *w, struct zone *zone, unsigned int cpu)
{
	unsigned long pages = 0;
	unsigned int order, mt, i;

	for_each_pcp_order(order) {
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			const struct pcp_list *list = per_cpu_ptr(pcp_list_of(zone, order, mt),
								  cpu);
			u32 word = page_word(PG_PCP, order, mt, zone_id(zone));

			if (list->count > list->limit || list->limit > PCP_LIST_MAX(order)) {
				broken(w, "P1: CPU %u, zone %s, order %u: %u blocks, limit %u",
				       cpu, zone->name, order, list->count, list->limit);
				continue;
			}
			if (list->count && !cpu_online(cpu))
				broken(w, "P4: CPU %u is not online and its list of zone %s, "
				       "order %u, holds %u blocks", cpu, zone->name, order,
				       list->count);
			for (i = 0; i < list->count; i++)
				if (!pfn_valid(list->pfn[i]) ||
				    pfn_to_page(list->pfn[i])->word != word)
					broken(w, "P2: CPU %u, zone %s: frame 0x%x does not "
					       "belong on its list", cpu, zone->name,
					       list->pfn[i]);
			pages += (unsigned long)list->count << order;
		}
	}
	return pages;
}

static void check_sums(struct walk *w)
{
	unsigned long free = 0, pcp = 0, managed = 0, ram = 0, used = 0;
	struct zone *zone;
	unsigned int cpu, state;

	for_each_populated_zone(zone) {
		const char *fault = zone_validate(zone);

		if (fault)
			broken(w, "zone %s: %s", zone->name, fault);
		free += zone->nr_free_pages;
		managed += zone->managed_pages;
		for_each_possible_cpu(cpu)
			pcp += check_pcp(w, zone, cpu);
	}
	for (state = PG_RESERVED; state < NR_PAGE_STATES; state++)
		ram += w->a->pages[state];
	used = ram - w->a->pages[PG_RESERVED];
	if (ram != w->a->ram_pages)
		broken(w, "U1: owners have %lu frames, RAM has %lu", ram, w->a->ram_pages);
	if (free != w->a->pages[PG_BUDDY])
		broken(w, "U2: free lists count %lu frames, the walk %lu", free,
		       w->a->pages[PG_BUDDY]);
	if (pcp != w->a->pages[PG_PCP])
		broken(w, "U2: per-CPU lists count %lu frames, the walk %lu", pcp,
		       w->a->pages[PG_PCP]);
	if (used != managed)
		broken(w, "U3: zones manage %lu frames, the walk finds %lu", managed, used);
}

unsigned long memory_audit(struct audit *a, void (*say)(void *ctx, const char *line), void *ctx)
{
	struct walk w = { .a = a, .say = say, .ctx = ctx };

	memset(a, 0, sizeof(*a));
	memset(owner_pages, 0, sizeof(owner_pages));
	count_sections(&w);
	check_sums(&w);
	return a->errors;
}

unsigned long audit_owner_pages(u32 nr)
{
	return nr < ARRAY_SIZE(owner_pages) ? owner_pages[nr] : 0;
}
