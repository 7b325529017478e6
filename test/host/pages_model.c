/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on pages of all orders, types and zones against a model that shares no code
 * with mm/ (pages_shadow.h). The model says who owns each frame, what must be free, and which
 * request must succeed. Blocks move, pageblocks are set aside, contiguous memory is lent and taken
 * back, and sections come and go meanwhile (pages_live.h, pages_ranges.h).
 *
 * 	pages_model [seed [operations]]
 *
 * The same seed and operations give the same run.
 */
#include "pages_live.h"
#include "pages_ranges.h"

#define OPERATIONS	1000000ull	/* of a run, if nobody says how many */
#define CHECK_EVERY	10000
#define MOVES_ORDER	2u		/* blocks up to this may move */

static unsigned long refused, retried, immovable;
/* Had a machine these? */
static bool grouped_ever, areas_ever, sections_ever;

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
	NEED(!is_lent(l.pfn) || (w->mt == MIGRATE_MOVABLE && l.pages == 1));
	take_frames(&l);
	add_kept(l.pfn);
	if (!held_before[id] && !is_kept(l.pfn) && !is_lent(l.pfn))
		NEED(zone_of_id(id)->nr_free_pages >= mark_of(w, zone_of_id(id), false));
	if (zone_of_id(id)->idx < w->highest)
		check_preference(w, zone_of_id(id));
	if (w->gfp & __GFP_ZERO)
		check_zeroed(&l);
	enter(l, IS_ENABLED(CONFIG_MIGRATION) && w->mt == MIGRATE_MOVABLE && !l.exact &&
		 l.order <= MOVES_ORDER && l.order < CONFIG_PAGEBLOCK_ORDER && below(8));
}

/* Free frames of areas that are on no CPU's list: a movable page may be had from there. */
static unsigned long lent_free(const struct want *w)
{
	unsigned long pages = 0;

	IF_ENABLED(CONFIG_CMA,
		   struct zone *zone;

		   for_each_populated_zone(zone)
			   if (zone_allowed(w, zone) && w->mt == MIGRATE_MOVABLE && w->order == 0)
				   pages += zone_nr_special(zone, MIGRATE_CMA);)
	(void)w;
	return pages;
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
	NEED(!someone_can_serve(w) && !lent_free(w));
	shadow_for_pcp(&shadow, shadow_show);
	drain_all_cpus();
	must_succeed = someone_can_serve(w) || lent_free(w);
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
	struct live l = leave(nr);
	unsigned long pfn = l.pfn, left = l.pages;

	if (IS_ENABLED(CONFIG_CMA) && l.contig) {
		free_contig(l);
		return;
	}
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

/* A block goes elsewhere, by itself; or it stays, and nothing has changed. */
static void op_move(void)
{
	struct want w = { .gfp = __GFP_MOVABLE | __GFP_NOWARN, .mt = MIGRATE_MOVABLE };
	struct live *l = &live[below(nr_live)];
	unsigned long pfn = l->pfn;
	int err;

	if (!l->moves)
		return;
	w.order = l->order;
	w.highest = highest_zone(w.gfp);
	refuse_copy = below(16) == 0;
	err = migrate_page(pfn, w.gfp);
	NEED(l->pinned ? err == -EBUSY :
	     err == 0 || err == -ENOMEM || (refuse_copy && err == -EIO));
	NEED((l->pfn == pfn) == (err != 0));
	refuse_copy = false;
	check_pattern(l);
	drop_kept();
	immovable += err != 0;
	if (err != -ENOMEM)
		return;
	shadow_for_pcp(&shadow, shadow_hide);
	NEED(!someone_can_serve(&w) && !lent_free(&w));
	shadow_for_pcp(&shadow, shadow_show);
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
	NEED(a.pages[PG_ALLOCATED] + (IF_ENABLED(CONFIG_MIGRATION, a.pages[PG_MOVABLE]) + 0) ==
	     live_pages + books_pages);
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
	if (IS_ENABLED(CONFIG_MEMORY_ISOLATION) && page_group_by_mobility && below(512) == 0)
		op_isolate();
	if (IS_ENABLED(CONFIG_CMA) && map_areas() && below(512) == 0)
		op_contig();
	if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG) && nr_sections && below(512) == 0)
		op_section(below(nr_sections));
	if (IS_ENABLED(CONFIG_MIGRATION) && nr_live && below(8) == 0)
		op_move();
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
	begin_contig();
	begin_sections();
	grouped_ever |= page_group_by_mobility;
	areas_ever |= map_areas() != 0;
	sections_ever |= nr_sections != 0;
	drain_all_cpus();
	NEED_NULL(shadow_compare(&shadow));
	for_each_zone_id(id)
		for (k = 0; k < SHADOW_ORDERS; k++)
			blocks[id][k] = free_blocks(zone_of_id(id), k);

	for (op_nr = 0; op_nr < operations; op_nr++)
		one_operation(goals[op_nr * ARRAY_SIZE(goals) / operations]);
	check_all();
	while (nr_live)
		op_free(below(nr_live));
	while (IS_ENABLED(CONFIG_MEMORY_ISOLATION) && nr_aside)
		give_aside_back(0);
	drain_all_cpus();
	unreserve_highatomic();
	drop_kept();
	NEED(nr_kept == 0);
	check_all();
	end_sections();
	drain_all_cpus();
	NEED(nr_free_pages() == totalram_pages() - books_pages - nr_tables);
	for_each_zone_id(id)
		for (k = 0; k < SHADOW_ORDERS; k++)
			NEED(blocks[id][k] == free_blocks(zone_of_id(id), k));
	shadow_fini(&shadow);
}

/* MiB of a section that comes and goes. One of more than 128 MiB would take the model too long. */
#if CONFIG_SECTION_SIZE_BITS == 25
#define HOT_MB	32
#define HOT_RAM	"32M@0x82000000"
#elif CONFIG_SECTION_SIZE_BITS == 26
#define HOT_MB	64
#define HOT_RAM	"64M@0x84000000"
#elif CONFIG_SECTION_SIZE_BITS == 27
#define HOT_MB	128
#define HOT_RAM	"128M@0x88000000"
#else
#define HOT_MB	16
#define HOT_RAM	"16M@0x81000000"
#endif

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
	{ .name = "an area of contiguous memory, three CPUs", .banks = { { GB(2), MB(44) } },
	  .area = { GB(2) + MB(20), MB(12) }, .cpus = 3 },
	/* Where there is ZONE_MOVABLE, it begins below the section, or with it. */
	{ .name = "a section that comes and goes, and an area",
	  .banks = { { GB(2), MB(2 * HOT_MB + 12) } },
	  .area = { GB(2) + MB(2 * HOT_MB + 4), MB(8) },
	  .cmdline = "movablecore=1024M memhp=" HOT_RAM },
	{ .name = "two nodes", .banks = { { GB(2), MB(16) }, { GB(2) + MB(16), MB(32) } },
	  .nids = { 0, 1 }, .cpus = 3 },
};

/* Does boot find room for a record of each frame, the holes of a section included? */
static bool has_room_for_owners(const struct map *map)
{
	unsigned int shift = IS_ENABLED(CONFIG_FLATMEM) ? 63 : CONFIG_SECTION_SIZE_BITS;
	u64 frames = 0, ram = 0;

	for (unsigned int i = 0; i < MAP_BANKS; i++) {
		const struct bank *b = &map->banks[i];
		u64 end = i ? b[-1].base + b[-1].bytes : 0;

		ram += b->bytes / FRAME;
		frames += b->bytes / FRAME;
		if (i && b->bytes && (end - 1) >> shift == b->base >> shift)
			frames += (b->base - end) / FRAME;
	}
	return !IS_ENABLED(CONFIG_PAGE_OWNER) || frames < 2 * ram;
}

/* Has its RAM frame numbers and its books room, and does no largest block have two nodes? */
static bool exists(const struct map *map)
{
	if (!has_room_for_owners(map))
		return false;
	for (unsigned int i = 0; i < MAP_BANKS; i++) {
		if (map->banks[i].base + map->banks[i].bytes > MAX_PHYSMEM_PFN * FRAME)
			return false;
		if (IS_ENABLED(CONFIG_NUMA) && i > 0 && map->nids[i] != map->nids[i - 1] &&
		    map->banks[i].base % (FRAME << CONFIG_MAX_ORDER))
			return false;
	}
	return true;
}

/*
 * Kinds of operations, how many came, and why none can come here; NULL when some can.
 */
static const char *no_isolation(void)
{
	return !IS_ENABLED(CONFIG_MEMORY_ISOLATION) ? " (MEMORY_ISOLATION is off)" :
	       !grouped_ever ? " (no machine is large enough for pageblocks)" : NULL;
}

static const char *no_emptying(void)
{
	return IS_ENABLED(CONFIG_MIGRATION) ? no_isolation() : " (MIGRATION is off)";
}

static const char *no_move(void)
{
	return !IS_ENABLED(CONFIG_MIGRATION) ? " (MIGRATION is off)" :
	       !CONFIG_PAGEBLOCK_ORDER ? " (a pageblock is a page)" :
	       !grouped_ever ? " (no machine is large enough for pageblocks)" : NULL;
}

static const char *no_contig(void)
{
	return !IS_ENABLED(CONFIG_CMA) ? " (CMA is off)" :
	       !areas_ever ? " (pageblocks are too large for an area)" : NULL;
}

static const char *no_section(void)
{
	return !IS_ENABLED(CONFIG_MEMORY_HOTPLUG) ? " (MEMORY_HOTPLUG is off)" :
	       !sections_ever ? " (a section is too large for a machine)" : NULL;
}

static const struct {
	const char *what;
	const unsigned long *count;
	const char *(*never)(void);
} kinds[] = {
	{ "pageblocks isolated", &isolations, no_isolation },
	{ "not", &obstacles, no_isolation },
	{ "emptied", &emptied, no_emptying },
	{ "blocks moved", &moved, no_move },
	{ "not", &immovable, no_move },
	{ "ranges of an area taken", &contigs, no_contig },
	{ "not", &contigs_refused, no_contig },
	{ "sections came", &onlines, no_section },
	{ "went", &offlines, no_section },
};

int main(int argc, char **argv)
{
	unsigned int nr = 0, i;

	plan = random_plan(argc, argv, OPERATIONS, 10 * OPERATIONS);
	rng.state = plan.seed;
	fflush(stdout);
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		nr += exists(&machines[i]);
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		if (exists(&machines[i]))
			run_machine(&machines[i], plan.operations / nr, i % 2);
	printf("1..1\nok 1 - pages_model: %llu operations on %u machines, %lu refused, %lu of "
	       "them served after a drain, %lu pageblocks kept", (unsigned long long)plan.operations,
	       nr, refused, retried, kept_ever);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *never = kinds[i].never();

		printf("; %lu %s%s", *kinds[i].count, kinds[i].what, never ? never : "");
		/* A run of some thousand operations may come to none. */
		NEED(!never == (*kinds[i].count > 0) ||
		     (!never && plan.operations < OPERATIONS));
	}
	printf("\n");
	return 0;
}
