/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: vmalloc() and how all areas end: from a size to frames, an area of them, and back.
 *
 * Structure: an area comes in pieces. For each of them frames are taken with no lock held; then
 * they are mapped (area_leaves.c). Nobody lists the frames: the tables say which they are, up to
 * the moment when they are given back.
 *
 * Frames come as blocks, the largest that the size wants, up to VM_BLOCK_ORDER: a few calls of
 * the page allocator in place of one for each page, and no block as large as those that memory is
 * soon short of. 2 MiB are one block and one leaf where both can be had. A block goes back as it
 * came: its head says how large it is.
 *
 * Invariants:
 * VM1 What is mapped in an area of vmalloc() are whole blocks of its own, of state PG_VMALLOC
 *     (PG_STACK for a CPU's stack), each once, and nobody frees them but who takes the area away.
 * VM2 No frame is freed, and no address given out again, before all CPUs have forgotten it.
 * VM3 An area that is not whole is in the hands of the one who makes it or takes it away.
 *
 * Locking: kernel_tables_lock for areas and tables.
 *
 * Bounds: holds as in area_leaves.c.
 *
 * Configuration: VMALLOC_AREAS.
 */
#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/math.h>
#include <kernel/undo.h>
#include <mm/account.h>
#include <mm/slab.h>
#include <arch/smp.h>

#include "internal.h"

#define VM_BLOCK_ORDER	MIN_CONST(5, MAX_ORDER)
#define HUGE_LEAVES	(MAX_ORDER >= HUGE_ORDER)

BUILD_ASSERT(1ul << VM_BLOCK_ORDER <= VM_HOLD_PAGES, "a hold has room for one block");

/* [f] */
DEFINE_KMEM_CACHE(vm_area_cache, "vm_area", sizeof(struct vm_area), 0, 0);

/* ---- areas ---- */

static void area_gone(struct vm_area *area)
{
	kmem_cache_free(&vm_area_cache, area);
}

/* ---- frames ---- */

/* From handed out to that state, or back: its owner alone. areas.c counts them. */
static inline void page_flip(struct page *page, enum page_state state)
{
	u32 word = page->word;

	if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
		account_note(word_account(word), ACCOUNT_VMALLOC,
			     PAGE_FIELD(word, STATE) == PG_ALLOCATED ? 1l << page_order(page)
								     : -(1l << page_order(page)));
	WRITE_ONCE(page->word, word ^ ((u32)PG_ALLOCATED ^ (u32)state) << PAGE_STATE_SHIFT);
}

/*
 * Gives back what was taken away: whole blocks, each head says how large. The last one may go on in
 * the next piece: *rest pages of it do.
 */
static inline void free_frames(const struct pgtable_run *run, unsigned int nr, unsigned long *rest)
{
	for (; nr--; run++) {
		unsigned long pfn = PFN_DOWN(run->pa), end_pfn = pfn + (run->bytes >> PAGE_SHIFT);

		for (pfn += *rest; pfn < end_pfn;) {
			struct page *page = pfn_to_page(pfn);
			unsigned int order = page_order(page);

			if (page_state(page) == PG_VMALLOC)
				page_flip(page, PG_VMALLOC);
			else if (page_state(page) != PG_ALLOCATED)
				page_become(page, PG_ALLOCATED);
			if (likely(!order))
				__free_pages(page, 0);
			else
				free_pages_any(page, order);
			pfn += 1ul << order;
		}
		*rest = pfn - end_pfn;
	}
}

static inline struct page *take_block(gfp_t gfp, unsigned int order, int nid)
{
	/* Pages do as well. */
	if (order)
		gfp |= __GFP_NOWARN | __GFP_NORETRY;
	return nid < 0 ? alloc_pages(gfp, order) : alloc_pages_node(nid, gfp, order);
}

static inline void add_block(struct vm_runs *runs, struct page *page, unsigned int order,
			     enum page_state state)
{
	/* What moves becomes so when it is mapped. */
	if (likely(state == PG_VMALLOC))
		page_flip(page, PG_VMALLOC);
	else if (state == PG_STACK)
		page_become(page, state);
	runs->run[runs->nr++] = (struct pgtable_run){ page_to_phys(page), PAGE_SIZE << order };
}

static inline bool take_one(struct vm_runs *runs, gfp_t gfp, unsigned int order, int nid,
			    enum page_state state)
{
	struct page *page = take_block(gfp, order, nid);

	if (page)
		add_block(runs, page, order, state);
	return page != NULL;
}

/*
 * Blocks for the pages of an area from done on. Each lies at a multiple of its size, so that no
 * hold of VM_HOLD_PAGES ends within one of VM_BLOCK_ORDER. Returns pages; 0: no memory.
 */
static __noinline unsigned long take_blocks(struct vm_runs *runs, const struct vm_area *area,
					    unsigned long done, gfp_t gfp, int nid)
{
	unsigned long pages = min(area->pages - done, VM_HOLD_PAGES), taken = 0;
	enum page_state state = vm_frame_state(area);
	bool movable = vm_is_movable(area);
	unsigned int order = movable ? 0 : VM_BLOCK_ORDER;

	gfp |= movable ? __GFP_MOVABLE : 0;
	if (HUGE_LEAVES && !movable && IS_ALIGNED(area->start + done * PAGE_SIZE, HUGE_BYTES) &&
	    area->pages - done >= HUGE_PAGES && take_one(runs, gfp, HUGE_ORDER, nid, state))
		return HUGE_PAGES;
	while (runs->nr < VM_RUNS && taken < pages) {
		unsigned long mask = 1ul << order;

		if (mask > pages - taken || (done + taken) & (mask - 1))
			order--;
		else if (take_one(runs, gfp, order, nid, state))
			taken += mask;
		else if (!order--)
			break;
	}
	return taken;
}

/*
 * A large block lies at a border of such, and so does the area that begins with one. Blocks are
 * smaller where there is no such place.
 */
static unsigned long take_first_blocks(struct vm_runs *runs, struct vm_area *area, gfp_t gfp,
				       int nid)
{
	unsigned long got = take_blocks(runs, area, 0, gfp, nid), rest = 0;

	if (got != HUGE_PAGES || !vm_area_place(area, true) || IS_ALIGNED(area->start, HUGE_BYTES))
		return got;
	free_frames(runs->run, runs->nr, &rest);
	runs->nr = 0;
	return take_blocks(runs, area, 0, gfp, nid);
}

/* ---- taking away ---- */

static bool alone(void)
{
	return !IS_ENABLED(CONFIG_SMP) || cpus_online() == cpumask_of(smp_processor_id());
}

/* No block of such an area goes on in the next hold. */
static inline bool holds_end_with_blocks(const struct vm_area *area)
{
	return area->pages < HUGE_PAGES;
}

static inline void give_back(const struct vm_area *area, struct vm_reaping *r, unsigned long *rest)
{
	if (unlikely(r->h.tables.nr))
		pgtable_tables_free(&kernel_pgtable, &r->h.tables);
	if (vm_has_frames(area))
		free_frames(r->runs.run, r->h.nr, rest);
}

/* An area that has a place, hold by hold, the first of which has begun: [T]. fenced: the first half
 * is done. */
static __noinline void take_away(struct vm_area *area, bool fenced, unsigned long flags)
{
	unsigned long va = area->start, rest = 0;
	struct vm_reaping r;
	bool gone;

	for (;;) {
		gone = vm_area_reap(area, &va, fenced, &r);
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
		give_back(area, &r, &rest);
		ASSERT(fenced || !rest, "VM2: %lu pages of a freed block are mapped", rest);
		if (gone)
			break;
		flags = spin_lock_irqsave(&kernel_tables_lock);
	}
	ASSERT(!rest, "VM1: %lu pages of the last block are mapped nowhere", rest);
	area_gone(area);
}

void vm_area_release(struct vm_area *area)
{
	bool fenced = !alone() || !holds_end_with_blocks(area);

	if (!area->end) {
		area_gone(area);
		return;
	}
	if (fenced)
		vm_area_retire(area);
	take_away(area, fenced, spin_lock_irqsave(&kernel_tables_lock));
}

/* ---- vmalloc() ---- */

static __noinline bool fill_area(struct vm_area *area, gfp_t gfp, int nid)
{
	unsigned long done, got;
	struct vm_runs runs;

	for (done = 0; done < area->pages; done += got) {
		unsigned long rest = 0;

		runs.nr = 0;
		got = done ? take_blocks(&runs, area, done, gfp, nid)
			   : take_first_blocks(&runs, area, gfp, nid);
		if (got && vm_area_map(area, done * PAGE_SIZE, &runs)) {
			if (vm_is_movable(area))
				vm_make_movable(area, done * PAGE_SIZE, &runs);
			continue;
		}
		UNDO_PATH("no frames, no table or no place for a piece of an area");
		free_frames(runs.run, runs.nr, &rest);
		vm_area_release(area);
		return false;
	}
	return true;
}

static inline struct page *take_page(gfp_t gfp)
{
	struct page *page = NULL;

	if (PAGES_INLINE && !(gfp & GFP_SLOW_FLAGS))
		page = alloc_pages_fast(gfp, 0);
	return likely(page) ? page : alloc_pages(gfp, 0);
}

/* The same for a single page. */
static inline bool fill_page(struct vm_area *area, gfp_t gfp)
{
	struct page *page = take_page(gfp);

	if (unlikely(!page)) {
		UNDO_PATH("no page for an area of one");
		area_gone(area);
		return false;
	}
	page_flip(page, PG_VMALLOC);
	if (likely(vm_area_map_page(area, page_to_phys(page))))
		return true;
	UNDO_PATH("no place or no table for an area of one page");
	page_flip(page, PG_VMALLOC);
	__free_pages(page, 0);
	vm_area_release(area);
	return false;
}

void *vm_alloc(size_t bytes, gfp_t gfp, enum vm_kind kind, int nid, const void *caller)
{
	struct vm_area *area = vm_area_new(kind, PFN_UP(bytes), VM_KERNEL_RW, caller);
	bool is_small = bytes <= PAGE_SIZE && kind == VM_KIND_ALLOC;

	if (!area || !(is_small ? fill_page(area, gfp) : fill_area(area, gfp, nid)))
		return NULL;
	vm_area_done(area);
	return (void *)area->start;
}

/* False: a table may go with it. */
static inline bool free_page_area(struct vm_area *area, unsigned long flags)
{
	unsigned long va = area->start;
	phys_addr_t pa = pgtable_reap_page(&kernel_pgtable, va);

	if (unlikely(pa == PGTABLE_NONE))
		return false;
	flush_tlb_kernel_range(va, va + PAGE_SIZE);
	vm_area_erase(area);
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	if (vm_has_frames(area)) {
		struct page *page = pfn_to_page(PFN_DOWN(pa));

		if (unlikely(area->kind == VM_KIND_STACK))
			page_become(page, PG_ALLOCATED);
		else
			page_flip(page, PG_VMALLOC);
		__free_pages(page, 0);
	}
	area_gone(area);
	return true;
}

void vm_free(const void *va, unsigned int kinds)
{
	unsigned long flags = spin_lock_irqsave(&kernel_tables_lock);
	struct vm_area *area = vm_area_find((unsigned long)va);
	unsigned long pages;

	ASSERT(area && area->whole && VM_KIND_BIT(area->kind) & kinds &&
	       area->start == ((unsigned long)va & PAGE_MASK),
	       "VM3: %s of 0x%lx, where no such area begins", vm_freed_by(kinds),
	       (unsigned long)va);
	area->whole = false;
	pages = area->pages;
	if (vm_left_to_movers(area)) {
		spin_unlock_irqrestore(&kernel_tables_lock, flags);
		return;
	}
	/* At once, where nobody else is to be asked. */
	if (alone()) {
		if (pages == 1 && !vm_is_movable(area) && free_page_area(area, flags))
			return;
		if (holds_end_with_blocks(area)) {
			take_away(area, false, flags);
			return;
		}
	}
	spin_unlock_irqrestore(&kernel_tables_lock, flags);
	vm_area_release(area);
}

/* Where nothing moves they are pages like others. */
#define KIND_MOVABLE	(IS_ENABLED(CONFIG_MIGRATION) ? VM_KIND_MOVABLE : VM_KIND_ALLOC)

void *__vmalloc(size_t bytes, gfp_t gfp)
{
	return vm_alloc(bytes, gfp, VM_KIND_ALLOC, -1, __builtin_return_address(0));
}

void *vmalloc(size_t bytes)
{
	return vm_alloc(bytes, GFP_KERNEL, VM_KIND_ALLOC, -1, __builtin_return_address(0));
}

void *vzalloc(size_t bytes)
{
	return vm_alloc(bytes, GFP_KERNEL | __GFP_ZERO, VM_KIND_ALLOC, -1,
			__builtin_return_address(0));
}

void *vmalloc_movable(size_t bytes, gfp_t gfp)
{
	return vm_alloc(bytes, gfp, KIND_MOVABLE, -1, __builtin_return_address(0));
}

void vfree(const void *va)
{
	if (va)
		vm_free(va, VM_KIND_BIT(VM_KIND_ALLOC) | VM_KIND_BIT(VM_KIND_MOVABLE));
}

void *kvmalloc(size_t bytes, gfp_t gfp)
{
	if (bytes <= min(PAGE_SIZE, KMALLOC_MAX_BYTES))
		return __kmalloc(bytes, gfp);
	return vm_alloc(bytes, gfp, KIND_MOVABLE, -1, __builtin_return_address(0));
}

void kvfree(const void *va)
{
	if (is_vmalloc_addr(va))
		vfree(va);
	else
		kfree(va);
}

static int copy_leaf(const struct pgtable_leaf *leaf, void *ctx)
{
	*(struct pgtable_leaf *)ctx = *leaf;
	return 1;
}

struct page *vmalloc_to_page(const void *va)
{
	struct pgtable_leaf leaf = { .va = (unsigned long)va & PAGE_MASK };

	if (!is_vmalloc_addr(va) || !pgtable_for_each_leaf(&kernel_pgtable, leaf.va, PAGE_SIZE,
							   copy_leaf, &leaf))
		return NULL;
	return pfn_to_page(PFN_DOWN(leaf.pa + ((unsigned long)va & PAGE_MASK) - leaf.va));
}
