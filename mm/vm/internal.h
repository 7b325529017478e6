/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_INTERNAL_H
#define MM_VM_INTERNAL_H

/* What the files of mm/vm/ share and nobody else may include, grouped by owning file. */

#include <kernel/assert.h>
#include <kernel/spinlock.h>
#include <kernel/types.h>
#include <mm/kernel_tables.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/vmalloc.h>

/* ---- kernel_tables.c ---- */

/* The root, all tables below it, and the areas of the vmalloc window. */
extern spinlock_t kernel_tables_lock;

/* ---- areas.c: all with kernel_tables_lock held ---- */

#define VM_GUARD_BYTES	PAGE_SIZE
/* The page before the first area is its guard. */
#define VM_AREAS_START	(VMALLOC_START + VM_GUARD_BYTES)
#define VM_AREAS_END	(VMALLOC_START + VMALLOC_SIZE)

enum vm_kind {
	VM_KIND_NONE,
	VM_KIND_ALLOC,		/* vmalloc(): its frames are the area's */
	VM_KIND_STACK,		/* a CPU's: the same */
	VM_KIND_MOVABLE,	/* vmalloc(), with frames that may move: pages, each by itself */
	VM_KIND_MAP,		/* vmap() */
	VM_KIND_IOREMAP,
};

/* The letters say what guards a field: docs/locking.md. */
struct vm_area {
	/* [T] The tree: areas.c. */
	unsigned long start, end;	/* end: behind the guard page */
	unsigned long gap;		/* free bytes from the area before it to this one */
	unsigned long largest_gap;	/* of its subtree */
	struct vm_area *parent, *child[2];
	struct vm_area *prev, *next;	/* by address */
	u8 height;			/* of its subtree */
	u8 kind;			/* [c] enum vm_kind */
	/* Its pages may be moved: vm_movable.c. */
	IF_ENABLED(CONFIG_MIGRATION, bool going;)	/* the last mover takes it away */
	IF_ENABLED(CONFIG_MIGRATION, u32 moving;)	/* pages of it that movers have */
	IF_ENABLED(CONFIG_MIGRATION, u32 fast;)		/* of them, those that nobody calls back */
	IF_ENABLED(CONFIG_MIGRATION, u32 pins;)		/* its frames stay where they are */
	IF_ENABLED(CONFIG_MIGRATION, const char *pinned_by;)
	bool whole;			/* all of it is mapped, and nobody is taking it away */
	u32 rights;			/* [c] of its leaves, when they were made */
	unsigned long pages;		/* [c] */
	phys_addr_t pa;			/* [c] VM_KIND_IOREMAP: of its first page */
	const void *caller;		/* [c] who asked for it */
};

/* Are the frames that are mapped the area's own? */
static inline bool vm_has_frames(const struct vm_area *area)
{
	return area->kind <= VM_KIND_MOVABLE;
}

/*
 * A place for bytes and a guard page, the lowest that is large enough wherever it begins, at a
 * multiple of align. False, and nothing was done, when there is none.
 */
bool vm_area_insert(struct vm_area *area, unsigned long bytes, unsigned long align);
void vm_area_erase(struct vm_area *area);
/* Pages that areas with frames of their own have. Takes no lock. */
unsigned long vm_own_pages(void);
/* The area that va is in, its guard page included; NULL: none. */
struct vm_area *vm_area_find(unsigned long va);
/* The first area that ends above va; NULL behind the last. */
struct vm_area *vm_area_above(unsigned long va);
/* Says in buf which area va is in, or before; takes no lock, for reports. */
bool vm_area_describe(unsigned long va, char *buf, size_t size);
/* NULL, or the rule that the tree breaks. */
const char *vm_areas_validate(void);

/* ---- vm_validate.c ---- */

/* NULL, or the rule that areas, tables and frames break. Nobody changes any of them meanwhile. */
const char *vm_validate(void);

/* ---- area_leaves.c ---- */

/* Pieces of memory that are mapped, or taken away, under one hold of the lock, and the most pages
 * that they have: those that may move need more for each. */
#define VM_RUNS		16u
#define VM_HOLD_PAGES	64ul
#define VM_HOLD_MOVABLE	16ul
/* The same where the area gets its place, or loses it, under the same hold. */
#define VM_SMALL_RUNS	6u
#define VM_SMALL_PAGES	16ul

/* Of a leaf that is larger than a page. */
#define HUGE_ORDER	9u
#define HUGE_PAGES	(1ul << HUGE_ORDER)
#define HUGE_BYTES	(PAGE_SIZE << HUGE_ORDER)

struct vm_runs {
	struct pgtable_run run[VM_RUNS];
	unsigned int nr;
};

/* Gives an area of one page its place, and maps the page at pa there. False: no room or no memory,
 * and the area is to be released. */
bool vm_area_map_page(struct vm_area *area, phys_addr_t pa);
/* Gives the area its place; large: at a multiple of HUGE_BYTES, where that is to be had. False: no
 * room. */
bool vm_area_place(struct vm_area *area, bool large);
/* Maps the pieces behind the first done bytes, for one hold, or one of HUGE_BYTES where area and
 * memory lie so; the area gets its place if it has none. False: no room or no memory, and of these
 * pieces nothing is mapped. */
bool vm_area_map(struct vm_area *area, u64 done, const struct vm_runs *runs);

/* Where what is mapped of it ends, and its guard page begins. */
static inline unsigned long vm_mapped_end(const struct vm_area *area)
{
	return area->end - VM_GUARD_BYTES;
}

/* The first half of taking away, and all CPUs have forgotten it. */
void vm_area_retire(const struct vm_area *area);

/* What one hold takes away at most. */
struct vm_reaping {
	struct vm_runs runs;
	struct pgtable_harvest h;
};

/*
 * [T] The last half, what one hold does of it from *va on, at the most to a multiple of
 * VM_HOLD_PAGES. fenced: the first came before. True: that was all, and the area has no place.
 */
bool vm_area_reap(struct vm_area *area, unsigned long *va, bool fenced, struct vm_reaping *r);

/* ---- vmalloc.c ---- */

/* [f] Of struct vm_area. */
extern struct kmem_cache vm_area_cache;

/* An area that is in no tree yet; NULL: no memory, or there are VMALLOC_AREAS. */
static inline struct vm_area *vm_area_new(enum vm_kind kind, unsigned long pages,
					  unsigned int rights, const void *caller)
{
	struct vm_area *area;

	if (!pages || pages >= VMALLOC_SIZE / PAGE_SIZE)
		return NULL;
	area = kmem_cache_alloc(&vm_area_cache, GFP_NOWAIT | __GFP_NOWARN);
	if (!area)
		return NULL;
	area->start = area->end = 0;
	area->kind = (u8)kind;
	area->whole = false;
	area->rights = rights;
	area->pages = pages;
	area->pa = 0;
	area->caller = caller;
	IF_ENABLED(CONFIG_MIGRATION, area->going = false;)
	IF_ENABLED(CONFIG_MIGRATION, area->moving = area->fast = area->pins = 0;)
	return area;
}

/* All of it is mapped. */
static inline void vm_area_done(struct vm_area *area)
{
	__atomic_store_n(&area->whole, true, __ATOMIC_RELEASE);
}
/* Takes away what is mapped of the area, and the area; gives back the frames that are its own. */
void vm_area_release(struct vm_area *area);
/* An area of vmalloc()'s sort; frames of the node, or of the nearest when nid is negative. */
void *vm_alloc(size_t bytes, gfp_t gfp, enum vm_kind kind, int nid, const void *caller);
/* The area that begins at va's page, of one of these kinds, goes; stops the kernel when there is
 * none. */
void vm_free(const void *va, unsigned int kinds);

#define VM_KIND_BIT(kind)	(1u << (kind))

/* Whose call it was, for reports. */
static inline const char *vm_freed_by(unsigned int kinds)
{
	if (kinds & VM_KIND_BIT(VM_KIND_STACK))
		return "free of a stack";
	if (kinds & VM_KIND_BIT(VM_KIND_MAP))
		return "vunmap";
	return kinds & VM_KIND_BIT(VM_KIND_IOREMAP) ? "iounmap" : "vfree";
}

static inline bool vm_is_movable(const struct vm_area *area)
{
	return IS_ENABLED(CONFIG_MIGRATION) && area->kind == VM_KIND_MOVABLE;
}

/* Frames of areas go by a state of their own. */
static inline enum page_state vm_frame_state(const struct vm_area *area)
{
	if (vm_is_movable(area))
		return PG_MOVABLE;
	return area->kind == VM_KIND_STACK ? PG_STACK : PG_VMALLOC;
}

/* ---- vm_movable.c: with MIGRATION ---- */

/* Frames that were mapped behind the first done bytes of an area that is not whole yet. */
void vm_make_movable(const struct vm_area *area, u64 done, const struct vm_runs *runs);
/* [T] Frames that are not mapped any more. */
void vm_unmake_movable(const struct pgtable_run *run, unsigned int nr);
/* [T] An area is to be taken away: are pages of it being moved? Then the last mover does it.
 * The kernel stops when the area is pinned. */
#ifdef CONFIG_MIGRATION
static inline bool vm_left_to_movers(struct vm_area *area)
{
	ASSERT(!area->pins, "VB1: %s of 0x%lx, which is pinned by %s",
	       vm_freed_by(VM_KIND_BIT(area->kind)), area->start, area->pinned_by);
	area->going = true;
	return area->moving;
}
#else
static inline bool vm_left_to_movers(struct vm_area *area)
{
	(void)area;
	return false;
}
#endif

/* ---- space.c ---- */

/* [T] An entry of the kernel's root has changed: it is the same in every program's. */
void spaces_root_changed(unsigned int index, u64 entry);

#endif /* MM_VM_INTERNAL_H */
