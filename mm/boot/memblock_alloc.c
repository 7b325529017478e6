/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Allocation from memblock: find a gap in what is reserved, reserve it.
 *
 * Structure
 *   First fit over the free ranges, from the top down or, with bottom_up, from the bottom up.
 *   A range is first cut to [start, end):
 *
 *     memory       [                                        ]
 *     reserved             [   ]                 [     ]
 *     top down                                          [ X]   fits, at its aligned top
 *     bottom up    [X ]                                        fits, at its aligned bottom
 *
 *   What cannot be met is tried again with less asked: first without the node (unless exact),
 *   then without mirrored memory, then where only movable pages should lie, at last (pointer forms)
 *   without the lower bound.
 *
 * Invariants
 *   MB6  No allocation holds the first page of physical memory: its address would say failure.
 *   MB7  align is a power of two.
 *
 * Locking
 *   None: one hart, boot only.
 *
 * Configuration
 *   ZONE_MOVABLE: where it begins (zone_movable.c) ranges end.
 */
#include "memblock_internal.h"

#include <kernel/bitops.h>
#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <mm/zone_movable.h>

bool memblock_has_mirror __initdata;		/* [i] */

static const char *alloc_owner __initdata;	/* [i] */

struct request {
	phys_addr_t size, align, start, end;
	int nid;
	enum memblock_flags flags;
	bool movable_too;		/* what is for movable pages may be taken */
};

/* Where the request fits into [start, end); 0 when it does not. */
static phys_addr_t __init fit(const struct request *q, phys_addr_t start, phys_addr_t end,
			      bool bottom_up)
{
	phys_addr_t at;

	start = clamp(start, q->start, q->end);
	end = clamp(end, q->start, q->end);
	if (end - start < q->size)
		return 0;
	if (bottom_up) {
		at = ALIGN_UP(start, q->align);
		return at >= start && at <= end - q->size ? at : 0;
	}
	at = ALIGN_DOWN(end - q->size, q->align);
	return at >= start ? at : 0;
}

/* Where the request sees the end of a node's free range [start, end): Z5. */
static phys_addr_t __init usable_end(const struct request *q, phys_addr_t start, phys_addr_t end,
				     int nid)
{
	unsigned long movable_pfn = 0;

	if (IS_ENABLED(CONFIG_ZONE_MOVABLE) && !q->movable_too)
		movable_pfn = movable_start_pfn[nid >= 0 && nid < MAX_NUMNODES ? nid : 0];
	return movable_pfn ? clamp(PFN_PHYS(movable_pfn), start, end) : end;
}

static phys_addr_t __init find_free(const struct request *q)
{
	phys_addr_t start, end, at;
	int nid;
	u64 i;

	if (memblock.bottom_up) {
		for_each_free_mem_range(i, q->nid, q->flags, &start, &end, &nid) {
			at = fit(q, start, usable_end(q, start, end, nid), true);
			if (at)
				return at;
		}
		return 0;
	}
	for_each_free_mem_range_reverse(i, q->nid, q->flags, &start, &end, &nid) {
		at = fit(q, start, usable_end(q, start, end, nid), false);
		if (at)
			return at;
	}
	return 0;
}

static void __init prepare(struct request *q, phys_addr_t size, phys_addr_t align,
			   phys_addr_t start, phys_addr_t end, int nid)
{
	q->size = size;
	q->align = align ? align : SMP_CACHE_BYTES;
	ASSERT(is_power_of_2(q->align), "MB7: align 0x%llx", (unsigned long long)align);
	q->start = max_t(phys_addr_t, start, PAGE_SIZE);
	q->end = end <= MEMBLOCK_ALLOC_NOLEAKTRACE ? memblock.current_limit : end;
	q->end = max(q->start, q->end);
	q->nid = numa_valid_node(nid) ? nid : NUMA_NO_NODE;
	q->flags = memblock_has_mirror ? MEMBLOCK_MIRROR : MEMBLOCK_NONE;
	q->movable_too = false;
}

/* On the request's node; unless it must be that one, on any. */
static phys_addr_t __init find_on_node(struct request *q, bool exact_nid)
{
	phys_addr_t at = find_free(q);
	int wanted = q->nid;

	if (!at && wanted != NUMA_NO_NODE && !exact_nid) {
		q->nid = NUMA_NO_NODE;
		at = find_free(q);
		q->nid = wanted;
	}
	return at;
}

phys_addr_t __init memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align,
					    phys_addr_t start, phys_addr_t end, int nid,
					    bool exact_nid)
{
	struct request q;
	phys_addr_t at;

	if (!size)
		return 0;
	prepare(&q, size, align, start, end, nid);
	at = find_on_node(&q, exact_nid);
	if (!at && q.flags & MEMBLOCK_MIRROR) {
		pr_warn("Could not allocate 0x%016llx bytes of mirrored memory\n",
			(unsigned long long)size);
		q.flags = MEMBLOCK_NONE;
		at = find_on_node(&q, exact_nid);
	}
	if (!at && IS_ENABLED(CONFIG_ZONE_MOVABLE)) {
		q.movable_too = true;
		at = find_on_node(&q, exact_nid);
		if (at)
			zone_movable_entered(alloc_owner, size);
	}
	if (at)
		memblock_reserve_owner(at, size, alloc_owner);
	return at;
}

phys_addr_t __init memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align,
					     phys_addr_t start, phys_addr_t end)
{
	return memblock_alloc_range_nid(size, align, start, end, NUMA_NO_NODE, false);
}

phys_addr_t __init memblock_phys_alloc_try_nid(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_range_nid(size, align, MEMBLOCK_LOW_LIMIT,
					MEMBLOCK_ALLOC_ACCESSIBLE, nid, false);
}

static void *__init alloc_va(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
			     phys_addr_t max_addr, int nid, bool exact_nid)
{
	phys_addr_t at;

	max_addr = min(max_addr, memblock.current_limit);
	at = memblock_alloc_range_nid(size, align, min_addr, max_addr, nid, exact_nid);
	if (!at && min_addr)
		at = memblock_alloc_range_nid(size, align, 0, max_addr, nid, exact_nid);
	return at ? __va(at) : NULL;
}

void *__init memblock_alloc_exact_nid_raw(phys_addr_t size, phys_addr_t align,
					  phys_addr_t min_addr, phys_addr_t max_addr, int nid)
{
	return alloc_va(size, align, min_addr, max_addr, nid, true);
}

void *__init memblock_alloc_try_nid_raw(phys_addr_t size, phys_addr_t align,
					phys_addr_t min_addr, phys_addr_t max_addr, int nid)
{
	return alloc_va(size, align, min_addr, max_addr, nid, false);
}

void *__init memblock_alloc_try_nid(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
				    phys_addr_t max_addr, int nid)
{
	void *va = alloc_va(size, align, min_addr, max_addr, nid, false);

	return va ? memset(va, 0, size) : NULL;
}

void *__init memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

void *__init memblock_alloc_raw(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid_raw(size, align, MEMBLOCK_LOW_LIMIT,
					  MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
}

void *__init memblock_alloc_from(phys_addr_t size, phys_addr_t align, phys_addr_t min_addr)
{
	return memblock_alloc_try_nid(size, align, min_addr, MEMBLOCK_ALLOC_ACCESSIBLE,
				      NUMA_NO_NODE);
}

void *__init memblock_alloc_low(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, ARCH_LOW_ADDRESS_LIMIT,
				      NUMA_NO_NODE);
}

void *__init memblock_alloc_node(phys_addr_t size, phys_addr_t align, int nid)
{
	return memblock_alloc_try_nid(size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE,
				      nid);
}

const char *__init memblock_set_alloc_owner(const char *owner)
{
	const char *former = alloc_owner;

	alloc_owner = owner;
	return former;
}

/*
 * Says how far a request that did not fit was from fitting, and what would help: mend, where some
 * option makes the request smaller, and in any case more memory or fewer reservations.
 */
static __noreturn __init void no_room(const struct request *q, const char *owner,
				      const char *mend)
{
	const char *more = cmdline_has("mem") ? "raise mem=" : "give the machine more memory";
	phys_addr_t start, end, at, largest = 0, total = 0;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		start = clamp(start, q->start, q->end);
		end = clamp(end, q->start, q->end);
		total += end - start;
		at = ALIGN_UP(start, q->align);
		if (at >= start && at < end)
			largest = max(largest, end - at);
	}
	if (!total)
		boot_failed("No room for the %s: all %llu KiB of RAM are reserved: %s, or reserve less "
			    "of it (/memreserve/ and /reserved-memory of the device tree)", owner,
			    ULL(memblock_phys_mem_size() >> 10), more);
	boot_failed("No room for the %s: %llu KiB in one piece are asked for, the largest free one "
		    "has %llu KiB (of %llu KiB free), so %llu KiB are missing: %s%s%s, or reserve less "
		    "of it (/memreserve/ and /reserved-memory of the device tree)", owner,
		    ULL(DIV_ROUND_UP(q->size, SZ_1K)), ULL(largest >> 10), ULL(total >> 10),
		    ULL(DIV_ROUND_UP(q->size - largest, SZ_1K)), mend ? mend : "",
		    mend ? ", " : "", more);
}

phys_addr_t __init memblock_phys_alloc_or_stop(phys_addr_t size, phys_addr_t align, int nid,
					       const char *owner, const char *mend)
{
	const char *former = memblock_set_alloc_owner(owner);
	phys_addr_t at = memblock_phys_alloc_try_nid(size, align, nid);
	struct request q;

	memblock_set_alloc_owner(former);
	if (at)
		return at;
	prepare(&q, size, align, MEMBLOCK_LOW_LIMIT, MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE);
	no_room(&q, owner, mend);
}
