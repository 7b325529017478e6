/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PAGES_LIVE_H
#define TEST_HOST_PAGES_LIVE_H

/*
 * What the model of the page allocator has handed out, with a token at both ends of each block. A
 * block that moves holds a pattern in each word instead, which is read before each move and after
 * it. Included once by each program.
 */
#include <unistd.h>

#include <kernel/errno.h>
#include <mm/cma_areas.h>
#include <mm/movable.h>
#include <mm/page_isolation.h>

#include "pages_rules.h"
#include "pages_shadow.h"

#define MAX_LIVE	(1u << 16)
#define KEPT_MOST	(16 * NR_ZONE_IDS)

static struct random_plan plan;
static struct rng rng;
static struct shadow shadow;
static const struct map *machine;
static u64 op_nr;

/* Ends the program at once, so that what is still allocated is not reported as a leak. */
static __noreturn void fail_at(const char *file, int line, const char *what)
{
	printf("not ok 1 - pages_model: %s:%d: %s\n# \"%s\", operation %llu, seed %llu of %llu "
	       "operations\n", file, line, what, machine->name, (unsigned long long)op_nr,
	       (unsigned long long)plan.seed, (unsigned long long)plan.operations);
	fflush(stdout);
	_exit(1);
}

#define NEED(cond) \
	do { \
		if (!(cond)) \
			fail_at(__FILE__, __LINE__, #cond); \
	} while (0)

/* what() returns NULL, or a sentence about what is wrong. */
#define NEED_NULL(what) \
	do { \
		const char *_wrong = (what); \
		if (_wrong) \
			fail_at(__FILE__, __LINE__, _wrong); \
	} while (0)

static inline unsigned int below(unsigned long n)
{
	return (unsigned int)rng_below(&rng, n);
}

/* ---- which frames are no ordinary ones ---- */

static inline bool has_type(unsigned long pfn, unsigned int mt)
{
	const struct page *head = pfn_to_page(block_head_pfn(pfn));

	return (page_order(head) >= pageblock_order ? page_migratetype(head)
						    : pfn_to_pageblock(pfn)->mt) == mt;
}

/* Is the pageblock of this frame kept for requests that cannot wait? */
static inline bool is_kept(unsigned long pfn)
{
	return IS_ENABLED(CONFIG_HIGHATOMIC) && has_type(pfn, MIGRATE_HIGHATOMIC);
}

/* Does the frame lie in an area of contiguous memory? */
static inline bool is_lent(unsigned long pfn)
{
	return map_area_of(pfn);
}

static unsigned long kept_pfn[KEPT_MOST];
static unsigned int nr_kept;
static unsigned long kept_ever;

/* Pageblocks that are kept are aside meanwhile. A request may have ended that. */
static inline void drop_kept(void)
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
static inline void add_kept(unsigned long pfn)
{
	pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
	if (!is_kept(pfn) || shadow.aside[(pfn - shadow.start_pfn) >> CONFIG_PAGEBLOCK_ORDER])
		return;
	NEED(nr_kept < KEPT_MOST);
	shadow_set_aside(&shadow, pfn, true);
	kept_pfn[nr_kept++] = pfn;
	kept_ever++;
}

/* ---- what is handed out ---- */

struct live {
	unsigned long pfn, pages, token;
	bool exact;
	size_t bytes;			/* of an exact one */
	unsigned int order;		/* of another */
	bool contig;			/* of an area of contiguous memory, frame by frame */
	bool moves, pinned, isolated;
	u32 part;			/* of what moves: its number in the book */
};

static struct live live[MAX_LIVE];
static unsigned int nr_live;
static unsigned long live_pages;

static u32 book[MAX_LIVE];		/* by part: where in live[] it is */
static u32 spare_parts[MAX_LIVE];
static unsigned int nr_parts, nr_spare;	/* parts that were given, and came back */
static unsigned long moved;
static bool refuse_copy;

static inline u64 *first_word(const struct live *l)
{
	return page_address(pfn_to_page(l->pfn));
}

static inline u64 *last_word(const struct live *l)
{
	return (u64 *)((char *)first_word(l) + l->pages * PAGE_SIZE) - 1;
}

static inline unsigned long words_of(const struct live *l)
{
	return l->pages * PAGE_SIZE / sizeof(u64);
}

static inline u64 pattern(const struct live *l, unsigned long i)
{
	return l->token ^ i * 0x9e3779b97f4a7c15ull;
}

static inline void check_tokens(const struct live *l)
{
	NEED(*first_word(l) == l->token);
	NEED(*last_word(l) == (l->moves ? pattern(l, words_of(l) - 1) : ~l->token));
}

static inline void check_pattern(const struct live *l)
{
	const u64 *word = first_word(l);

	for (unsigned long i = 0; i < words_of(l); i++)
		NEED(word[i] == pattern(l, i));
}

static inline void write_tokens(struct live *l)
{
	u64 *word = first_word(l);

	l->token = rng_next(&rng);
	*word = l->token;
	*last_word(l) = ~l->token;
	for (unsigned long i = 0; l->moves && i < words_of(l); i++)
		word[i] = pattern(l, i);
}

/* ---- who can have it elsewhere ---- */

static inline struct live *in_book(const struct movable *at)
{
	struct live *l;

	if (at->part >= nr_parts || book[at->part] >= nr_live)
		return NULL;
	l = &live[book[at->part]];
	return l->moves && l->part == at->part && l->pfn == at->pfn ? l : NULL;
}

static inline bool model_owns(const struct movable *at)
{
	return in_book(at) != NULL;
}

static inline int model_isolate(const struct movable *at)
{
	struct live *l = in_book(at);

	if (!l)
		return -EAGAIN;
	if (l->pinned)
		return -EBUSY;
	NEED(!l->isolated);
	check_pattern(l);
	l->isolated = true;
	return 0;
}

/* Checks a block that was handed out for contents that move. */
static inline void take_copy(const struct live *l, const struct page *dst)
{
	unsigned long pfn = page_to_pfn(dst);

	NEED(page_state(dst) == PG_MOVABLE && page_order(dst) == l->order);
	NEED(!is_lent(pfn) || l->order == 0);
	NEED(!IS_ENABLED(CONFIG_MEMORY_ISOLATION) || !pageblock_is_isolated(pfn));
	drop_kept();
	NEED(shadow_take(&shadow, pfn, l->order));
}

static inline int model_migrate(const struct movable *at, struct page *dst)
{
	struct live *l = in_book(at);

	NEED(l && l->isolated);
	if (refuse_copy)
		return -EIO;
	take_copy(l, dst);
	memcpy(page_address(dst), first_word(l), l->pages * PAGE_SIZE);
	memset(first_word(l), 0xee, l->pages * PAGE_SIZE);
	NEED(shadow_give(&shadow, l->pfn, l->order));
	l->pfn = page_to_pfn(dst);
	l->isolated = false;
	check_pattern(l);
	moved++;
	return 0;
}

static inline void model_put_back(const struct movable *at)
{
	struct live *l = in_book(at);

	NEED(l && l->isolated);
	check_pattern(l);
	l->isolated = false;
}

static inline void model_describe(const struct movable *at, char *buf, size_t size)
{
	snprintf(buf, size, "part %u", at->part);
}

IF_ENABLED(CONFIG_MIGRATION,
	   MOVABLE_KIND(model, .owns = model_owns, .isolate = model_isolate,
			.migrate = model_migrate, .put_back = model_put_back,
			.describe = model_describe);)

/* A block that was handed out as movable becomes one that moves, now and then one that is pinned.
 * It is the last of live[]. */
static inline void begin_to_move(struct live *l)
{
	l->part = nr_spare ? spare_parts[--nr_spare] : nr_parts++;
	book[l->part] = (u32)(l - live);
	l->moves = true;
	l->pinned = below(256) == 0;
	IF_ENABLED(CONFIG_MIGRATION,
		   page_make_movable(pfn_to_page(l->pfn), movable_kind_nr(model), 1, l->part);)
}

static inline struct live *enter(struct live l, bool moves)
{
	struct live *at = &live[nr_live++];

	NEED(nr_live < MAX_LIVE);
	*at = l;
	if (moves)
		begin_to_move(at);
	write_tokens(at);
	live_pages += l.pages;
	return at;
}

/* It is no more; what moved may be freed. */
static inline struct live leave(unsigned int nr)
{
	struct live l = live[nr];

	check_tokens(&l);
	if (l.moves) {
		check_pattern(&l);
		spare_parts[nr_spare++] = l.part;
		IF_ENABLED(CONFIG_MIGRATION, page_unmake_movable(pfn_to_page(l.pfn));)
	}
	live[nr] = live[--nr_live];
	if (live[nr].moves)
		book[live[nr].part] = nr;
	live_pages -= l.pages;
	return l;
}

/* Whose the frame is; NULL: nobody's. */
static inline const struct live *live_at(unsigned long pfn)
{
	for (unsigned int i = 0; i < nr_live; i++)
		if (pfn - live[i].pfn < live[i].pages)
			return &live[i];
	return NULL;
}

#endif /* TEST_HOST_PAGES_LIVE_H */
