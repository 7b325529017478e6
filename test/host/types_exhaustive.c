/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zone of 8 frames in two pageblocks, in every state that it can come to, with all six migrate
 * types, and every operation from each of them:
 *
 *	alloc	each order and type, ordinary and such as cannot wait
 *	free	each block that is used
 *	set	each pageblock aside, and give it back
 *	give	back what is kept for requests that cannot wait
 *	take	each range of frames as contiguous memory, which moves what moves
 *	release	each range of frames that are used and do not move
 *
 * The walk begins with each pageblock free, as an ordinary one or as one of CMA. It goes on from
 * each state that an operation led to, as long as few enough blocks are used. What an operation may
 * do is worked out from the state, by rules that share nothing with mm/.
 *
 * The long run goes further: with four blocks used, and with four pageblocks. There one state
 * stands for those that differ from it in no way that counts (representative()), and is walked with
 * its mirror image. That nothing is lost by this is seen where both kinds of walk end.
 */
#include <kernel/errno.h>
#include <mm/contig.h>

#include "types_zone.h"

#define ROOM		(1u << 24)	/* of the table of states */

static unsigned int most_used;		/* blocks, of a state from which the walk goes on */
static bool reduced;			/* states that differ in no way that counts are one */

/* ---- states that were met ---- */

static struct state *found;
static u32 *slots, nr_found;

static u64 hash_of(const struct state *s)
{
	const u8 *byte = (const u8 *)s;
	u64 hash = 14695981039346656037ull;

	for (size_t i = 0; i < sizeof(*s); i++)
		hash = (hash ^ byte[i]) * 1099511628211ull;
	return hash ^ hash >> 32;
}

static unsigned int used_blocks(const struct state *s)
{
	unsigned int nr = 0;

	for_each_block(s, at)
		nr += is_used(s, at);
	return nr;
}

/* The state with its last frame first. */
static struct state mirrored(const struct state *s)
{
	struct state m = { .type = { 0 } };

	for_each_block(s, at) {
		unsigned int there = nr_frames - at - (1u << s->order[at]);

		m.what[there] = s->what[at];
		m.order[there] = s->order[at];
	}
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		m.type[nr_pageblocks() - 1 - pb] = s->type[pb];
		m.was[nr_pageblocks() - 1 - pb] = s->was[pb];
	}
	return m;
}

/*
 * The state that stands for all that differ from it in no way that counts: mm/ only asks of a used
 * block that stays whether it counts as movable, an isolated pageblock that was an ordinary one
 * comes back as any of them, and buddies have no left and no right.
 */
static struct state representative(const struct state *s)
{
	struct state r = *s, m;

	for_each_block(s, at)
		if (s->what[at] == USED_RECLAIMABLE)
			r.what[at] = USED_UNMOVABLE;
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++)
		if (s->type[pb] == MIGRATE_ISOLATE && !is_special(s->was[pb]))
			r.was[pb] = MIGRATE_MOVABLE;
	m = mirrored(&r);
	return memcmp(&m, &r, sizeof(r)) < 0 ? m : r;
}

/* Where the state is in slots, or the empty slot for it. */
static u64 slot_of(const struct state *s)
{
	u64 slot = hash_of(s) % ROOM;

	while (slots[slot] && memcmp(&found[slots[slot] - 1], s, sizeof(*s)) != 0)
		slot = (slot + 1) % ROOM;
	return slot;
}

static void meet(const struct state *s)
{
	struct state r = reduced ? representative(s) : *s;
	u64 slot;

	if (used_blocks(s) > most_used)
		return;
	slot = slot_of(&r);
	if (slots[slot])
		return;
	NEED(nr_found < ROOM / 2);
	found[nr_found++] = r;
	slots[slot] = nr_found;
}

/* ---- the rules ---- */

static u32 mask_of(unsigned int at, unsigned int order)
{
	return (u32)(((1ull << (1u << order)) - 1) << at);
}

static u32 range_mask(unsigned int from, unsigned int to)
{
	return (u32)((1ull << to) - (1ull << from));
}

static u32 free_mask(const struct state *s)
{
	u32 mask = 0;

	for_each_block(s, at)
		if (s->what[at] == FREE_BLOCK)
			mask |= mask_of(at, s->order[at]);
	return mask;
}

/* Frames of pageblocks whose type is one of these bits. */
static u32 typed_mask(const struct state *s, u32 types)
{
	u32 mask = 0;

	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++)
		if (types >> s->type[pb] & 1)
			mask |= mask_of(pb << PB_ORDER, PB_ORDER);
	return mask;
}

#define ORDINARY	((1u << MIGRATE_PCPTYPES) - 1)
#define KEPT		(1u << MIGRATE_HIGHATOMIC)
#define LENT		(1u << MIGRATE_CMA)

static bool has_range(u32 mask, unsigned int order)
{
	for (unsigned int at = 0; at < nr_frames; at += 1u << order)
		if (!(mask_of(at, order) & ~mask))
			return true;
	return false;
}

/* Where a request may be met, with nothing that is kept given back. */
static bool can_at_once(const struct state *s, unsigned int order, unsigned int mt, bool atomic)
{
	u32 free = free_mask(s);

	return has_range(free & typed_mask(s, ORDINARY), order) ||
	       (mt == MIGRATE_MOVABLE && order == 0 && free & typed_mask(s, LENT)) ||
	       (atomic && order > 0 && order < PB_ORDER &&
		has_range(free & typed_mask(s, KEPT), order));
}

/* Special types are in after where they were in before, those of the bits in but aside where no
 * frame of touched is. */
static void same_types_in(const struct state *before, const struct state *after, u32 but,
			  u32 touched)
{
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		if (but >> before->type[pb] & 1 && !(mask_of(pb << PB_ORDER, PB_ORDER) & touched))
			continue;
		NEED(is_special(before->type[pb]) ? after->type[pb] == before->type[pb]
						  : !is_special(after->type[pb]));
		NEED(after->was[pb] == before->was[pb]);
	}
}

static void same_types(const struct state *before, const struct state *after, u32 but)
{
	same_types_in(before, after, but, 0);
}

/* Blocks outside mask are as they were. */
static void same_blocks(const struct state *before, const struct state *after, u32 mask)
{
	for_each_block(before, at)
		if (is_used(before, at) && !(mask_of(at, before->order[at]) & mask)) {
			NEED(after->what[at] == before->what[at]);
			NEED(after->order[at] == before->order[at]);
		}
}

static void nothing_changed(const struct state *before, const struct state *after)
{
	NEED(memcmp(before, after, sizeof(*after)) == 0);
}

/* ---- operations ---- */

static u64 allocs, allocs_refused, frees, asides, asides_refused, takes, takes_refused, moves;

static struct state after_all(void)
{
	struct state s = read_state();

	check_sums(&s);
	meet(&s);
	return s;
}

/* Which type the pageblock of a block may have that a request was met with. */
static void check_where(const struct state *before, const struct state *after, unsigned int at,
			unsigned int mt, bool atomic)
{
	unsigned int order = after->order[at], was = before->type[at >> PB_ORDER];
	unsigned int is = after->type[at >> PB_ORDER], kept = 0;

	NEED(was != MIGRATE_ISOLATE);
	NEED(was != MIGRATE_CMA || (mt == MIGRATE_MOVABLE && order == 0));
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++)
		kept += before->type[pb] == MIGRATE_HIGHATOMIC;
	/* Two pageblocks are 1 % of the zone and one; the third is not kept. */
	if (atomic && order > 0 && order < PB_ORDER && !is_special(was))
		NEED((is == MIGRATE_HIGHATOMIC) == (kept < 2));
	else
		NEED(is == was || (!is_special(is) && was != MIGRATE_CMA));
}

static void do_alloc(const struct state *s, unsigned int order, unsigned int mt, bool atomic)
{
	gfp_t gfp = (mt << GFP_MOVABLE_SHIFT) | __GFP_NOWARN | (atomic ? GFP_ATOMIC : GFP_NOWAIT);
	struct page *page = alloc_pages(gfp, order);
	bool at_once = can_at_once(s, order, mt, atomic);
	u32 spare = free_mask(s) & typed_mask(s, ORDINARY | KEPT);
	struct state after;
	unsigned int at;

	allocs++;
	NEED(!!page == (at_once || has_range(spare, order)));
	if (!page) {
		allocs_refused++;
		after = after_all();
		same_blocks(s, &after, 0);
		NEED(free_mask(&after) == free_mask(s));
		/* No pageblock is kept any more of which anything was free. */
		NEED(!(free_mask(&after) & typed_mask(&after, KEPT)));
		same_types(s, &after, KEPT);
		return;
	}
	at = (unsigned int)(page_to_pfn(page) - base_pfn);
	NEED(at < nr_frames && page->word == page_word(PG_ALLOCATED, order, mt, zone_id(zone)));
	NEED((mask_of(at, order) & ~free_mask(s)) == 0);
	if (mt == MIGRATE_MOVABLE)
		make_movable(at, page, order);
	after = after_all();
	NEED(free_mask(&after) == (free_mask(s) & ~mask_of(at, order)));
	same_blocks(s, &after, 0);
	check_where(s, &after, at, mt, atomic);
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++)
		if (pb != at >> PB_ORDER && at_once)
			NEED(is_special(s->type[pb]) ? after.type[pb] == s->type[pb]
						     : !is_special(after.type[pb]));
	if (!at_once)
		same_types(s, &after, KEPT | (atomic ? ORDINARY : 0));
}

static void do_free(const struct state *s, unsigned int at)
{
	u32 mask = mask_of(at, s->order[at]);
	struct state after;

	frees++;
	if (s->what[at] == MOVES) {
		check_contents(at);
		page_unmake_movable(page_at(at));
	}
	__free_pages(page_at(at), s->order[at]);
	after = after_all();
	NEED(free_mask(&after) == (free_mask(s) | mask));
	same_blocks(s, &after, mask);
	same_types(s, &after, 0);
}

static void do_set_aside(const struct state *s, unsigned int pb)
{
	unsigned long pfn = base_pfn + (pb << PB_ORDER);
	unsigned int head = pb << PB_ORDER;
	struct page_obstacle o;
	struct state after;
	bool can;

	while (s->what[head] == INSIDE)
		head--;
	can = s->type[pb] != MIGRATE_ISOLATE && (!is_whole(s, pb) || !is_used(s, head));
	NEED((start_isolate_page_range(pfn, pfn + PB_FRAMES, &o) == 0) == can);
	after = after_all();
	asides++;
	asides_refused += !can;
	if (!can) {
		nothing_changed(s, &after);
		return;
	}
	NEED(after.type[pb] == MIGRATE_ISOLATE && after.was[pb] == s->type[pb]);
	for (unsigned int other = 0; other < nr_pageblocks(); other++)
		NEED(other == pb || (after.type[other] == s->type[other] &&
				     after.was[other] == s->was[other]));
	same_blocks(s, &after, 0);
	NEED(free_mask(&after) == free_mask(s));
	/* Gives the block back at once: all is as it was, but for types of pageblocks that
	 * merged. */
	undo_isolate_page_range(pfn, pfn + PB_FRAMES);
	after = read_state();
	check_sums(&after);
	same_types(s, &after, 0);
	same_blocks(s, &after, 0);
	NEED(free_mask(&after) == free_mask(s));
}

static void do_give_back(const struct state *s, unsigned int pb)
{
	unsigned long pfn = base_pfn + (pb << PB_ORDER);
	struct state after, expected = *s;

	undo_isolate_page_range(pfn, pfn + PB_FRAMES);
	after = after_all();
	expected.type[pb] = s->was[pb];
	expected.was[pb] = 0;
	same_types(&expected, &after, 0);
	same_blocks(s, &after, 0);
	NEED(free_mask(&after) == free_mask(s));
}

static void do_unreserve(const struct state *s)
{
	struct state after;

	unreserve_highatomic();
	after = after_all();
	same_blocks(s, &after, 0);
	NEED(free_mask(&after) == free_mask(s));
	NEED(!(free_mask(&after) & typed_mask(&after, KEPT)));
	same_types(s, &after, KEPT);
}

/* ---- contiguous memory ---- */

/* What must become of a call for [from, to). */
enum outcome { TAKEN, REFUSED, NO_ROOM, TAKEN_OR_NO_ROOM };

/* Frames of the pageblocks that a range has part of. */
static u32 touched_by(unsigned int from, unsigned int to)
{
	return range_mask(from >> PB_ORDER << PB_ORDER,
			  (to + PB_FRAMES - 1) >> PB_ORDER << PB_ORDER);
}

/* What is free at the front of a range is taken before the rest is set aside, block by block: the
 * first frame of the rest. */
static unsigned int front_of(const struct state *s, unsigned int from, unsigned int to)
{
	u32 free = free_mask(s);

	while (from < to) {
		unsigned int order = min(from ? ctz32(from) : top, ilog2(to - from));

		if (range_mask(from, from + (1u << min(order, top))) & ~free)
			break;
		from += 1u << min(order, top);
	}
	return from;
}

static enum outcome outcome_of(const struct state *s, unsigned int from, unsigned int to)
{
	u32 free = free_mask(s), range = range_mask(from, to), touched = touched_by(from, to);
	unsigned int to_move = 0, largest = 0;
	u32 elsewhere;

	if (typed_mask(s, 1u << MIGRATE_ISOLATE) & touched)
		return (range & ~free) || (typed_mask(s, 1u << MIGRATE_ISOLATE) & range) ? REFUSED
											 : TAKEN;
	if (!(range & ~free))
		return TAKEN;
	for_each_block(s, at) {
		if (!is_used(s, at) || !(mask_of(at, s->order[at]) & touched))
			continue;
		/* A whole pageblock does not move, nor does any that holds part of the range. */
		if (s->order[at] >= PB_ORDER)
			return REFUSED;
		if (!(mask_of(at, s->order[at]) & range))
			continue;
		if (s->what[at] != MOVES)
			return REFUSED;
		to_move += 1u << s->order[at];
		largest = max(largest, (unsigned int)s->order[at]);
	}
	elsewhere = free & ~range & ~touched_by(front_of(s, from, to), to) &
		    typed_mask(s, ORDINARY | KEPT | (largest ? 0 : LENT));
	if ((unsigned int)__builtin_popcount(elsewhere) < to_move)
		return largest ? TAKEN_OR_NO_ROOM : NO_ROOM;
	return largest ? TAKEN_OR_NO_ROOM : TAKEN;
}

/* Every block that moves is somewhere, whole, with its contents. */
static void check_book(const struct state *before, const struct state *after)
{
	unsigned int nr = 0;

	for_each_block(before, at) {
		unsigned int now = (unsigned int)(book[at].pfn - base_pfn);

		if (before->what[at] != MOVES)
			continue;
		NEED(now < nr_frames && after->what[now] == MOVES);
		NEED(after->order[now] == before->order[at]);
		check_contents(at);
		moves += now != at;
		nr++;
	}
	for_each_block(after, at)
		nr -= after->what[at] == MOVES;
	NEED(nr == 0);
}

static void blocks_that_stay(const struct state *before, const struct state *after, u32 mask)
{
	for_each_block(before, at)
		if (is_used(before, at) && before->what[at] != MOVES &&
		    !(mask_of(at, before->order[at]) & mask)) {
			NEED(after->what[at] == before->what[at]);
			NEED(after->order[at] == before->order[at]);
		}
}

static void do_take(const struct state *s, unsigned int from, unsigned int to)
{
	enum outcome outcome = outcome_of(s, from, to);
	u32 range = range_mask(from, to);
	struct page_obstacle o;
	struct state after;
	int err = alloc_contig_range(base_pfn + from, base_pfn + to, GFP_NOWAIT, &o);

	takes++;
	takes_refused += err != 0;
	NEED(err == 0 || err == -EBUSY || err == -ENOMEM);
	NEED(outcome == TAKEN ? err == 0 : outcome == REFUSED ? err == -EBUSY :
	     outcome == NO_ROOM ? err == -ENOMEM : err != -EBUSY);
	after = after_all();
	if (err == -EBUSY) {
		nothing_changed(s, &after);
		return;
	}
	check_book(s, &after);
	blocks_that_stay(s, &after, 0);
	/* Types stay, but what is kept elsewhere may have gone to make room for copies. */
	same_types_in(s, &after, range & ~free_mask(s) ? KEPT : 0,
		      touched_by(front_of(s, from, to), to));
	NEED(__builtin_popcount(free_mask(&after)) ==
	     __builtin_popcount(free_mask(s)) - (err ? 0 : __builtin_popcount(range)));
	for_each_block(&after, at)
		if (!err && mask_of(at, after.order[at]) & range) {
			NEED(is_used(&after, at) && after.what[at] != MOVES);
			NEED(!(mask_of(at, after.order[at]) & ~range));
		}
}

/* Frames that are used and do not move, as if a call had taken them. */
static void do_release(const struct state *s, unsigned int from, unsigned int to)
{
	u32 range = range_mask(from, to);
	struct state after;

	free_contig_range(base_pfn + from, to - from);
	after = after_all();
	NEED(free_mask(&after) == (free_mask(s) | range));
	same_blocks(s, &after, range);
	same_types(s, &after, 0);
}

/* ---- the walk ---- */

#define FROM(s, ascending, call) \
	do { \
		put_into(s, ascending); \
		call; \
	} while (0)

static void walk_ranges(const struct state *s, bool ascending, bool each)
{
	u32 stays = 0;

	for_each_block(s, at)
		if (is_used(s, at) && s->what[at] != MOVES)
			stays |= mask_of(at, s->order[at]);
	for (unsigned int from = 0; from < nr_frames; from++)
		for (unsigned int to = from + 1; to <= nr_frames; to++) {
			/* Most calls are refused; of those some are enough where time is short. */
			if (each || outcome_of(s, from, to) != REFUSED)
				FROM(s, ascending, do_take(s, from, to));
			if (!(range_mask(from, to) & ~stays))
				FROM(s, ascending, do_release(s, from, to));
		}
}

/* Every operation from a state, with its lists filled in one order. each: refused ranges as well */
static void walk_state(const struct state *s, bool ascending, bool each)
{
	for (unsigned int order = 0; order <= top; order++)
		for (unsigned int mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			FROM(s, ascending, do_alloc(s, order, mt, false));
			FROM(s, ascending, do_alloc(s, order, mt, true));
		}
	for_each_block(s, at)
		if (is_used(s, at))
			FROM(s, ascending, do_free(s, at));
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		FROM(s, ascending, do_set_aside(s, pb));
		if (s->type[pb] == MIGRATE_ISOLATE && (!is_whole(s, pb) || !used_blocks(s)))
			FROM(s, ascending, do_give_back(s, pb));
	}
	FROM(s, ascending, do_unreserve(s));
	walk_ranges(s, ascending, each);
}

/* Each pageblock is free, Movable or CMA. */
static struct state first_state(unsigned int cma)
{
	struct state s = { .type = { 0 } };

	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		s.what[pb << PB_ORDER] = FREE_BLOCK;
		s.order[pb << PB_ORDER] = PB_ORDER;
		s.type[pb] = cma >> pb & 1 ? MIGRATE_CMA : MIGRATE_MOVABLE;
	}
	/* Blocks of one class lie merged, which only a real free tells. */
	put_into(&s, false);
	for (unsigned int pb = 0; pb < nr_pageblocks(); pb++) {
		unsigned long pfn = base_pfn + (pb << PB_ORDER);
		struct page_obstacle o;

		NEED(start_isolate_page_range(pfn, pfn + PB_FRAMES, &o) == 0);
		undo_isolate_page_range(pfn, pfn + PB_FRAMES);
	}
	return read_state();
}

/* expected: how many states there are, as docs/testing.md says */
static void walk(unsigned int order, unsigned int used, u32 expected)
{
	struct state s;

	top = order;
	nr_frames = 1u << order;
	most_used = used;
	zone->spanned_pages = zone->present_pages = nr_frames;
	zone->managed_pages = 100 * PB_FRAMES;
	nr_found = 0;
	memset(slots, 0, ROOM * sizeof(*slots));
	for (unsigned int cma = 0; cma < 1u << nr_pageblocks(); cma++) {
		s = first_state(cma);
		meet(&s);
	}
	for (u32 nr = 0; nr < nr_found; nr++) {
		s = found[nr];
		walk_state(&s, nr % 2, reduced || nr % 8 == 0);
		/* Left and right are one in theory: so is the mirror image tried, too. */
		if (reduced) {
			s = mirrored(&s);
			walk_state(&s, !(nr % 2), true);
		}
	}
	printf("# %u frames, at most %u blocks used: %u %s, %llu allocs (%llu refused), %llu "
	       "frees, %llu asides (%llu refused), %llu takes (%llu refused), %llu moves\n",
	       nr_frames, used, nr_found, reduced ? "representatives" : "states",
	       (unsigned long long)allocs,
	       (unsigned long long)allocs_refused, (unsigned long long)frees,
	       (unsigned long long)asides, (unsigned long long)asides_refused,
	       (unsigned long long)takes, (unsigned long long)takes_refused,
	       (unsigned long long)moves);
	assert_int_equal(nr_found, expected);
}

/* From here on states have representatives. Each state of the walk that ended has one among those
 * that the same walk now meets. */
static void reduced_walk_misses_nothing(void)
{
	u32 nr_all = nr_found;
	struct state *all = malloc(nr_all * sizeof(*all));

	assert_non_null(all);
	memcpy(all, found, nr_all * sizeof(*all));
	reduced = true;
	walk(3, 2, 12784);
	for (u32 nr = 0; nr < nr_all; nr++) {
		struct state r = representative(&all[nr]);

		begun = all[nr];
		NEED(slots[slot_of(&r)]);
	}
	free(all);
}

/* ---- tests ---- */

/* Boots a machine, and puts a zone of frames out of its middle in the place of its only one. */
static int set_up(void **state)
{
	static const struct map map = { .name = "64 MiB", .banks = { { GB(2), MB(64) } } };
	struct page *page;

	(void)state;
	map_boot(&map);
	page = alloc_pages(GFP_NOWAIT, TOP_MOST + 1);
	assert_non_null(page);
	base_pfn = page_to_pfn(page);
	drain_local_pages();
	zone = page_zone(page);
	zone->zone_start_pfn = base_pfn;
	memset(zone->watermark, 0, sizeof(zone->watermark));
	memset(zone->lowmem_reserve, 0, sizeof(zone->lowmem_reserve));
	zone->pcp_high = zone->pcp_batch = 0;
	pcp_set_limits(zone);
	/* What lies beside the zone is used, whatever it is taken for. */
	for (unsigned int at = 0; at < 2u << TOP_MOST; at++)
		page_begin(page_at(at), base_pfn + at,
			   page_word(PG_RESERVED, at ? 0 : TOP_MOST, 0, zone_id(zone)));
	found = malloc(ROOM / 2 * sizeof(*found));
	slots = malloc(ROOM * sizeof(*slots));
	return found && slots ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(found);
	free(slots);
	return 0;
}

/* proves B2, B4, K1, K2, K3, K4, K5, K6, K7, K8, I1, I2, CR1, CR2, EV1, EV2, MV2 */
static void every_state(void **state)
{
	(void)state;
	if (PB_ORDER != 2 || NR_SPECIAL_TYPES != 3)
		skip();
	walk(3, 2, 64236);
	if (!test_is_long())
		return;
	reduced_walk_misses_nothing();
	walk(3, 4, 392219);
	walk(4, 1, 75436);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_state, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("types_exhaustive", tests, NULL, NULL);
}
