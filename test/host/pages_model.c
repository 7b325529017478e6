/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random allocations of all orders, types and zones against a model that shares no code with mm/
 * (pages_shadow.h). The model says who owns each frame, what must be free, and which request must
 * succeed.
 *
 * 	pages_model [seed [operations]]
 *
 * The same seed and operations give the same run.
 */
#include <unistd.h>

#include <mm/page_isolation.h>

#include "pages_rules.h"
#include "pages_shadow.h"

#define CHECK_EVERY	10000
#define MAX_LIVE	(1u << 16)
#define ASIDE_MOST	3
#define KEPT_MOST	(16 * NR_ZONE_IDS)

static struct random_plan plan;
static struct rng rng;
static struct shadow shadow;
static const struct map *machine;
static u64 op_nr;
static unsigned long refused, retried;

/* Ends the program at once, so that what is still allocated is not reported as a leak. */
static __noreturn void fail_at(int line, const char *what)
{
	printf("not ok 1 - pages_model: %s:%d: %s\n# \"%s\", operation %llu, seed %llu of %llu "
	       "operations\n", __FILE__, line, what, machine->name, (unsigned long long)op_nr,
	       (unsigned long long)plan.seed, (unsigned long long)plan.operations);
	fflush(stdout);
	_exit(1);
}

#define NEED(cond) \
	do { \
		if (!(cond)) \
			fail_at(__LINE__, #cond); \
	} while (0)

/* what() returns NULL, or a sentence about what is wrong. */
#define NEED_NULL(what) \
	do { \
		const char *_wrong = (what); \
		if (_wrong) \
			fail_at(__LINE__, _wrong); \
	} while (0)

static unsigned int below(unsigned long n)
{
	return (unsigned int)rng_below(&rng, n);
}

/* ---- what is handed out ---- */

struct live {
	unsigned long pfn, pages, token;
	bool exact;
	size_t bytes;			/* of an exact one */
	unsigned int order;		/* of another */
};

static struct live live[MAX_LIVE];
static unsigned int nr_live;
static unsigned long live_pages;

static u64 *first_word(const struct live *l)
{
	return page_address(pfn_to_page(l->pfn));
}

static u64 *last_word(const struct live *l)
{
	return (u64 *)((char *)first_word(l) + l->pages * PAGE_SIZE) - 1;
}

static void check_tokens(const struct live *l)
{
	NEED(*first_word(l) == l->token);
	NEED(*last_word(l) == ~l->token);
}

static void enter(struct live l)
{
	l.token = rng_next(&rng);
	*first_word(&l) = l.token;
	*last_word(&l) = ~l.token;
	live[nr_live++] = l;
	live_pages += l.pages;
}

/* ---- which request must succeed ---- */

struct want {
	gfp_t gfp;
	unsigned int order, mt, highest;
};

/* The highest zone for a request, where the zone that the flags name is not built. */
static unsigned int highest_zone(gfp_t gfp)
{
	return gfp & __GFP_DMA ? ZONE_DMA : gfp & __GFP_DMA32 ? ZONE_DMA32 :
	       gfp & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_NORMAL;
}

static bool zone_allowed(const struct want *w, const struct zone *zone)
{
	if (w->gfp & __GFP_THISNODE && zone->nid != 0)
		return false;
	return zone->idx <= w->highest;
}

static unsigned long mark_of(const struct want *w, const struct zone *zone, bool low)
{
	unsigned long mark = zone->watermark[low ? WMARK_LOW : WMARK_MIN];

	if (!low && w->gfp & __GFP_MEMALLOC)
		return 0;
	if (!low && w->gfp & __GFP_HIGH)
		mark -= mark / 2;
	if (!low && w->gfp & __GFP_ATOMIC)
		mark -= mark / 4;
	return mark + zone->lowmem_reserve[w->highest];
}

/* Has the zone a block for the request above the mark? Per-CPU lists are hidden or empty. */
static bool zone_can_serve(const struct want *w, const struct zone *zone, bool low)
{
	const unsigned long *nr_full = shadow.nr_full[zone_id(zone)];

	return zone_allowed(w, zone) && nr_full[w->order] &&
	       nr_full[0] >= mark_of(w, zone, low) + (1ul << w->order);
}

static bool someone_can_serve(const struct want *w)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone_can_serve(w, zone, false))
			return true;
	return false;
}

/* The allocator may pass over a zone only if the request would take the zone below its low mark. */
static void check_preference(const struct want *w, const struct zone *got)
{
	struct zone *zone;

	shadow_for_pcp(&shadow, shadow_hide);
	for_each_populated_zone(zone)
		if (zone->nid == got->nid && zone->idx > got->idx)
			NEED(!zone_can_serve(w, zone, true));
	shadow_for_pcp(&shadow, shadow_show);
}

/* ---- operations ---- */

/* Number of blocks of the wanted kind on this CPU's lists; the marks do not apply to them. */
static unsigned int held(const struct want *w, unsigned int id)
{
	if (!pcp_order(w->order))
		return 0;
	return this_cpu_ptr(pcp_list_of(zone_of_id(id), w->order, w->mt))->count;
}

/* A constant order takes the inline path, where there is one for it. */
static struct page *alloc_with_constants(gfp_t gfp, unsigned int order)
{
	if (order == 0 && gfp == __GFP_NOWARN)
		return alloc_pages(__GFP_NOWARN, 0);
	if (order == 0 && gfp == (__GFP_NOWARN | GFP_MOVABLE))
		return alloc_pages(__GFP_NOWARN | GFP_MOVABLE, 0);
	if (order == 0 && gfp == (__GFP_NOWARN | GFP_DMA32))
		return alloc_pages(__GFP_NOWARN | GFP_DMA32, 0);
	if (order == 1 && gfp == (__GFP_NOWARN | __GFP_RECLAIMABLE))
		return alloc_pages(__GFP_NOWARN | __GFP_RECLAIMABLE, 1);
	if (order == 3 && gfp == __GFP_NOWARN)
		return alloc_pages(__GFP_NOWARN, 3);
	return alloc_pages(gfp, order);
}

static struct live allocate(const struct want *w, size_t exact_bytes)
{
	struct live l = { .pages = 1ul << w->order, .order = w->order, .exact = exact_bytes,
			  .bytes = exact_bytes };
	struct page *page;

	if (exact_bytes) {
		void *va = alloc_pages_exact(exact_bytes, w->gfp);

		page = va ? virt_to_page(va) : NULL;
		l.pages = DIV_ROUND_UP(exact_bytes, PAGE_SIZE);
	} else if (below(2)) {
		page = alloc_with_constants(w->gfp, w->order);
	} else {
		page = alloc_pages(w->gfp, w->order);
	}
	l.pfn = page ? page_to_pfn(page) : 0;
	if (!page)
		l.pages = 0;
	return l;
}

/* ---- pageblocks that are kept for requests that cannot wait ---- */

static unsigned long kept_pfn[KEPT_MOST];
static unsigned int nr_kept;
static unsigned long kept_ever;

static bool is_kept(unsigned long pfn)
{
	IF_ENABLED(CONFIG_HIGHATOMIC,
		   const struct page *head = pfn_to_page(block_head_pfn(pfn));
		   return (page_order(head) >= pageblock_order
			   ? page_migratetype(head) : pfn_to_pageblock(pfn)->mt) ==
			  MIGRATE_HIGHATOMIC;)
	(void)pfn;
	return false;
}

/* Their frames are aside as long as they are kept. A request may have ended that. */
static void drop_kept(void)
{
	for (unsigned int k = 0; k < nr_kept;) {
		if (is_kept(kept_pfn[k])) {
			k++;
			continue;
		}
		shadow_set_aside(&shadow, kept_pfn[k], false);
		kept_pfn[k] = kept_pfn[--nr_kept];
	}
}

/* The pageblock from which a request was met may be kept from now on. */
static void add_kept(const struct live *l)
{
	unsigned long pfn = ALIGN_DOWN(l->pfn, pageblock_nr_pages);

	if (!is_kept(l->pfn) || shadow.aside[(pfn - shadow.start_pfn) >> CONFIG_PAGEBLOCK_ORDER])
		return;
	NEED(nr_kept < KEPT_MOST);
	shadow_set_aside(&shadow, pfn, true);
	kept_pfn[nr_kept++] = pfn;
	kept_ever++;
}

/* Exactly the frames of the allocation change hands, in blocks that follow from its size. */
static void take_frames(const struct live *l)
{
	unsigned long pfn = l->pfn, left = l->pages;

	while (left) {
		unsigned int order = 0;

		while (2ul << order <= left)
			order++;
		NEED(shadow_take(&shadow, pfn, order));
		NEED(page_state(pfn_to_page(pfn)) == PG_ALLOCATED);
		NEED(page_order(pfn_to_page(pfn)) == order);
		NEED(block_head_pfn(pfn + below(1ul << order)) == pfn);
		pfn += 1ul << order;
		left -= 1ul << order;
	}
}

static void check_zeroed(const struct live *l)
{
	const u64 *words = first_word(l);
	unsigned long nr = l->pages * PAGE_SIZE / sizeof(*words);

	NEED(words[0] == 0 && words[nr - 1] == 0);
	for (unsigned int i = 0; i < 64; i++)
		NEED(words[below(nr)] == 0);
}

static void accept(const struct want *w, struct live l, const unsigned int *held_before)
{
	const struct page *page = pfn_to_page(l.pfn);
	unsigned int id;

	NEED(l.pfn >= shadow.start_pfn && l.pfn < shadow.end_pfn);
	NEED((l.pfn & ((1ul << w->order) - 1)) == 0);
	id = shadow.zone[l.pfn - shadow.start_pfn];
	NEED(page_zone_id(page) == id);
	NEED(zone_allowed(w, zone_of_id(id)));
	NEED(page_migratetype(page) == w->mt);
	drop_kept();
	take_frames(&l);
	add_kept(&l);
	if (!held_before[id] && !is_kept(l.pfn))
		NEED(zone_of_id(id)->nr_free_pages >= mark_of(w, zone_of_id(id), false));
	if (zone_of_id(id)->idx < w->highest)
		check_preference(w, zone_of_id(id));
	if (w->gfp & __GFP_ZERO)
		check_zeroed(&l);
	enter(l);
}

/* A refusal is right if no zone has a block; once the lists are drained it must still be right. */
static void refuse(const struct want *w, size_t exact_bytes)
{
	static const unsigned int nothing_held[NR_ZONE_IDS];
	bool must_succeed, may_succeed;
	struct live l;

	refused++;
	if (w->order > CONFIG_MAX_ORDER)
		return;
	drop_kept();
	shadow_for_pcp(&shadow, shadow_hide);
	NEED(!someone_can_serve(w));
	shadow_for_pcp(&shadow, shadow_show);
	drain_all_cpus();
	must_succeed = someone_can_serve(w);
	/* What came back from lists may be free in pageblocks that are kept. */
	may_succeed = must_succeed || nr_kept > 0;
	l = allocate(w, exact_bytes);
	NEED(l.pages ? may_succeed : !must_succeed);
	if (l.pages) {
		retried++;
		accept(w, l, nothing_held);
	} else {
		drop_kept();
	}
}

static void op_alloc(const struct want *w, size_t exact_bytes)
{
	unsigned int held_before[NR_ZONE_IDS], id;
	struct live l;

	for_each_zone_id(id)
		held_before[id] = held(w, id);
	l = allocate(w, exact_bytes);
	if (l.pages)
		accept(w, l, held_before);
	else
		refuse(w, exact_bytes);
}

static struct want random_want(void)
{
	struct want w = { .gfp = __GFP_NOWARN };
	unsigned int r = below(100);

	/* Most orders are small; now and then there is any order, up to one that cannot be. */
	w.order = r < 60 ? 0 : r < 90 ? below(PCP_SMALL_ORDERS) : below(CONFIG_MAX_ORDER + 2);
	r = below(100);
	w.gfp |= r < 5 ? __GFP_DMA : r < 15 ? __GFP_DMA32 : 0;
	r = below(100);
	w.gfp |= r < 40 ? __GFP_MOVABLE : r < 55 ? __GFP_RECLAIMABLE : 0;
	r = below(100);
	w.gfp |= r < 4 ? __GFP_HIGH : r < 8 ? GFP_ATOMIC : r < 10 ? __GFP_MEMALLOC : 0;
	if (w.order <= 4 && below(16) == 0)
		w.gfp |= __GFP_ZERO;
	if (below(32) == 0)
		w.gfp |= __GFP_THISNODE;
	w.highest = highest_zone(w.gfp);
	if (page_group_by_mobility)
		w.mt = w.gfp & __GFP_MOVABLE ? 1 : w.gfp & __GFP_RECLAIMABLE ? 2 : 0;
	return w;
}

static void op_exact(void)
{
	struct want w = random_want();
	unsigned long pages = 1 + below(below(8) ? 20 : 1ul << min(CONFIG_MAX_ORDER, 8));

	w.order = 0;
	while (1ul << w.order < pages)
		w.order++;
	op_alloc(&w, pages * PAGE_SIZE - below(PAGE_SIZE));
}

static void op_free(unsigned int nr)
{
	struct live l = live[nr];
	unsigned long pfn = l.pfn, left = l.pages;

	check_tokens(&l);
	live[nr] = live[--nr_live];
	live_pages -= l.pages;
	while (left) {
		unsigned int order = 0;

		while (2ul << order <= left)
			order++;
		NEED(shadow_give(&shadow, pfn, order));
		pfn += 1ul << order;
		left -= 1ul << order;
	}
	if (l.exact)
		free_pages_exact(first_word(&l), l.bytes);
	else if (below(2))
		free_with_constants(pfn_to_page(l.pfn), l.order);
	else if (below(2))
		__free_pages(pfn_to_page(l.pfn), l.order);
	else
		free_pages((unsigned long)first_word(&l), l.order);
}

/* ---- pageblocks set aside ---- */

static unsigned long aside_pfn[ASIDE_MOST];
static unsigned int nr_aside;
static unsigned long isolations, obstacles;

/* May what the frames hold be isolated? Nothing but live blocks and boot's is in the way. */
static bool can_isolate(unsigned long pfn)
{
	unsigned long head_pfn = block_head_pfn(pfn);
	const struct page *head = pfn_to_page(head_pfn);

	if (page_order(head) >= pageblock_order)
		return page_state(head) == PG_BUDDY;
	for (unsigned long i = 0; i < pageblock_nr_pages; i++)
		if (shadow.kind[pfn + i - shadow.start_pfn] == FRAME_KEPT)
			return false;
	return true;
}

/* Gives back what is aside, or sets another pageblock aside. */
static void op_isolate(void)
{
	unsigned long pfn = map_first_pfn() + below(map_end_pfn() - map_first_pfn());
	struct page_obstacle o;
	unsigned int i;
	bool can;
	int err;

	if (nr_aside && below(2)) {
		pfn = aside_pfn[i = below(nr_aside)];
		drain_all_cpus();
		undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
		shadow_set_aside(&shadow, pfn, false);
		aside_pfn[i] = aside_pfn[--nr_aside];
		return;
	}
	pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
	if (nr_aside == ASIDE_MOST || !pfn_valid(pfn) || !pfn_valid(pfn + pageblock_nr_pages - 1))
		return;
	if (is_kept(pfn))
		return;
	drain_all_cpus();
	can = !shadow.aside[(pfn - shadow.start_pfn) >> CONFIG_PAGEBLOCK_ORDER] && can_isolate(pfn);
	err = start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o);
	NEED((err == 0) == can);
	isolations += can;
	obstacles += !can;
	if (can) {
		shadow_set_aside(&shadow, pfn, true);
		aside_pfn[nr_aside++] = pfn;
	}
}

/* ---- the whole ---- */

static void audit_line(void *ctx, const char *line)
{
	(void)ctx;
	printf("# %s\n", line);
}

static void check_all(void)
{
	struct zone *zone;
	struct audit a;

	NEED_NULL(shadow_compare(&shadow));
	for_each_populated_zone(zone)
		NEED_NULL(zone_validate(zone));
	NEED(memory_audit(&a, audit_line, NULL) == 0);
	NEED(a.pages[PG_ALLOCATED] == live_pages);
	NEED_NULL(pageblock_rules());
	for (unsigned int i = 0; i < nr_live; i++)
		check_tokens(&live[i]);
}

static void check_counts(void)
{
	struct zone *zone;

	for_each_populated_zone(zone)
		NEED(zone_listed_pages(zone) + pcp_pages(zone) == shadow.nr_free[zone_id(zone)]);
}

/* goal: the percentage of RAM that is to be handed out. */
static void one_operation(unsigned int goal)
{
	struct want w;
	unsigned int r;

	if (below(64) == 0)
		host_become_cpu(below(nr_cpus_found));
	if (below(4096) == 0)
		drain_all_cpus();
	if (IS_ENABLED(CONFIG_MEMORY_ISOLATION) && page_group_by_mobility && below(2048) == 0)
		op_isolate();
	r = live_pages * 100 < goal * totalram_pages() ? 70 : 30;
	if (nr_live && (below(100) >= r || nr_live == MAX_LIVE)) {
		op_free(below(nr_live));
	} else if (below(16) == 0) {
		op_exact();
	} else {
		w = random_want();
		op_alloc(&w, 0);
	}
	if (op_nr % 32 == 0)
		check_counts();
	if (op_nr % CHECK_EVERY == 0)
		check_all();
}

/* Makes per-CPU lists as long as the options allow, as on a machine with much more RAM. */
static void enlarge_lists(void)
{
	struct zone *zone;

	for_each_populated_zone(zone) {
		zone->pcp_high = CONFIG_PCP_HIGH;
		zone->pcp_batch = CONFIG_PCP_BATCH;
		pcp_set_limits(zone);
	}
}

static void run_machine(const struct map *map, u64 operations, bool long_lists)
{
	static const unsigned int goals[] = { 50, 101, 15, 90, 101, 0 };
	unsigned long blocks[NR_ZONE_IDS][SHADOW_ORDERS] = { 0 };
	unsigned int id, k;

	machine = map;
	map_boot(map);
	if (long_lists)
		enlarge_lists();
	shadow_init(&shadow);
	NEED_NULL(shadow_compare(&shadow));
	for_each_zone_id(id)
		for (k = 0; k < SHADOW_ORDERS; k++)
			blocks[id][k] = free_blocks(zone_of_id(id), k);

	for (op_nr = 0; op_nr < operations; op_nr++)
		one_operation(goals[op_nr * ARRAY_SIZE(goals) / operations]);
	check_all();
	while (nr_live)
		op_free(below(nr_live));
	while (nr_aside)
		op_isolate();
	drain_all_cpus();
	unreserve_highatomic();
	drop_kept();
	NEED(nr_kept == 0);
	check_all();
	NEED(nr_free_pages() == totalram_pages());
	for_each_zone_id(id)
		for (k = 0; k < SHADOW_ORDERS; k++)
			NEED(blocks[id][k] == free_blocks(zone_of_id(id), k));
	shadow_fini(&shadow);
}

static const struct map machines[] = {
	{ .name = "48 MiB", .banks = { { GB(2), MB(48) } } },
	{ .name = "both sides of 4 GiB, four CPUs", .banks = { { GB(4) - MB(20), MB(44) } },
	  .cpus = 4 },
	{ .name = "too small for grouping", .banks = { { GB(2), MB(5) + 7 * FRAME } } },
	{ .name = "two ragged banks with reserved pieces", .cpus = 2,
	  .banks = { { GB(2) + 0x3000, MB(15) }, { GB(2) + MB(23) + 0x9000, MB(18) } },
	  .keeps = { { GB(2) + MB(3) + 0x100, 0x6000, "a", false },
		     { GB(2) + MB(7), MB(3) + 0x1000, "b", false },
		     { GB(2) + MB(24), 0x5000, NULL, true },
		     { GB(2) + MB(33) - 1, 2, "c", false } } },
	{ .name = "movablecore=12M over three banks", .cpus = 2,
	  .banks = { { GB(3) - MB(12), MB(20) }, { GB(4) - MB(8), MB(16) },
		     { GB(5), MB(8) + FRAME } },
	  .cmdline = "movablecore=12M" },
	{ .name = "two nodes", .banks = { { GB(2), MB(16) }, { GB(2) + MB(16), MB(32) } },
	  .nids = { 0, 1 }, .cpus = 3 },
};

static bool exists(const struct map *map)
{
	for (unsigned int i = 0; i < MAP_BANKS; i++)
		if (map->banks[i].base + map->banks[i].bytes > MAX_PHYSMEM_PFN * FRAME)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	unsigned int nr = 0, i;

	plan = random_plan(argc, argv, 1000000, 10000000);
	rng.state = plan.seed;
	fflush(stdout);
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		nr += exists(&machines[i]);
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		if (exists(&machines[i]))
			run_machine(&machines[i], plan.operations / nr, i % 2);
	printf("1..1\nok 1 - pages_model: %llu operations on %u machines, %lu refused, %lu of "
	       "them served after a drain; %lu pageblocks isolated, %lu not, %lu kept\n",
	       (unsigned long long)plan.operations, nr, refused, retried, isolations, obstacles,
	       kept_ever);
	return 0;
}
