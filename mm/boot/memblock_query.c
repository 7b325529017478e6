/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Questions about memblock's tables, and the limits that cut them to size.
 *
 * Structure
 *   A table is searched by bisection (MB1). The limits turn "so many bytes of RAM" into an
 *   address first:
 *
 *     memory     [   A   ]      [   B   ]     limit = size(A) + size(B) / 2
 *     limit at   ...................|         everything above goes
 *
 * Invariants
 *   None of its own; memblock_validate() checks MB1-MB5 (memblock.c).
 *
 * Locking
 *   None: one hart, boot only.
 *
 * Configuration
 *   None of its own.
 */
#include "memblock_internal.h"

#include <kernel/init.h>

unsigned long min_low_pfn, max_low_pfn, max_pfn;	/* [c] */

long __init memblock_search(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long low = 0, high = type->cnt;

	while (low < high) {
		unsigned long mid = low + (high - low) / 2;
		const struct memblock_region *r = &type->regions[mid];

		if (addr < r->base)
			high = mid;
		else if (addr >= region_end(r))
			low = mid + 1;
		else
			return (long)mid;
	}
	return -1;
}

const char *__init memblock_validate(const struct memblock_type *type)
{
	phys_addr_t total = 0;

	if (type->cnt > type->max)
		return "MB5: cnt is out of range";
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i], *below = i ? r - 1 : NULL;

		if (!r->size)
			return "MB2: a region is empty";
		if (r->size > PHYS_ADDR_MAX - r->base)
			return "MB1: a region wraps";
		if (below && region_end(below) > r->base)
			return "MB1: regions overlap or do not ascend";
		if (below && memblock_regions_join(below, r))
			return "MB3: regions that could be one are apart";
		total += r->size;
	}
	return total == type->total_size ? NULL : "MB4: total_size is not the sum";
}

phys_addr_t __init memblock_phys_mem_size(void)
{
	return memblock.memory.total_size;
}

phys_addr_t __init memblock_reserved_size(void)
{
	return memblock.reserved.total_size;
}

unsigned long __init memblock_estimated_nr_free_pages(void)
{
	return PFN_DOWN(memblock_phys_mem_size() - memblock_reserved_size());
}

phys_addr_t __init memblock_start_of_DRAM(void)
{
	return memblock.memory.regions[0].base;
}

phys_addr_t __init memblock_end_of_DRAM(void)
{
	unsigned long cnt = memblock.memory.cnt;

	return cnt ? region_end(&memblock.memory.regions[cnt - 1]) : 0;
}

void __init memblock_find_pfn_limits(void)
{
	min_low_pfn = PFN_UP(memblock_start_of_DRAM());
	max_pfn = PFN_DOWN(memblock_end_of_DRAM());
	max_low_pfn = max_pfn;
}

bool __init memblock_is_memory(phys_addr_t addr)
{
	return memblock_search(&memblock.memory, addr) >= 0;
}

bool __init memblock_is_map_memory(phys_addr_t addr)
{
	long idx = memblock_search(&memblock.memory, addr);

	return idx >= 0 && !memblock_is_nomap(&memblock.memory.regions[idx]);
}

bool __init memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	long idx = memblock_search(&memblock.memory, base);

	return idx >= 0 &&
	       region_end(&memblock.memory.regions[idx]) >= base + memblock_cap(base, size);
}

int __init memblock_search_pfn_nid(unsigned long pfn, unsigned long *start_pfn,
				   unsigned long *end_pfn)
{
	long idx = memblock_search(&memblock.memory, PFN_PHYS(pfn));
	const struct memblock_region *r;

	if (idx < 0)
		return NUMA_NO_NODE;
	r = &memblock.memory.regions[idx];
	*start_pfn = PFN_DOWN(r->base);
	*end_pfn = PFN_DOWN(region_end(r));
	return memblock_get_region_node(r);
}

bool __init memblock_validate_numa_coverage(unsigned long threshold_bytes)
{
	unsigned long start_pfn, end_pfn, pages = 0;
	int i, nid;

	for_each_mem_pfn_range(i, NUMA_NO_NODE, &start_pfn, &end_pfn, &nid)
		if (!numa_valid_node(nid))
			pages += end_pfn - start_pfn;
	if (pages << PAGE_SHIFT <= threshold_bytes)
		return true;
	pr_err("NUMA: %lu MiB of %llu MiB of RAM have no node\n", pages >> (20 - PAGE_SHIFT),
	       (unsigned long long)memblock_phys_mem_size() >> 20);
	return false;
}

bool __init memblock_is_reserved(phys_addr_t addr)
{
	return memblock_search(&memblock.reserved, addr) >= 0;
}

bool __init memblock_overlaps_region(struct memblock_type *type, phys_addr_t base,
				     phys_addr_t size)
{
	phys_addr_t end = base + memblock_cap(base, size);

	for (unsigned long i = 0; i < type->cnt; i++)
		if (base < region_end(&type->regions[i]) && type->regions[i].base < end)
			return true;
	return false;
}

bool __init memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	return memblock_overlaps_region(&memblock.reserved, base, size);
}

void __init memblock_set_current_limit(phys_addr_t limit)
{
	memblock.current_limit = limit;
}

phys_addr_t __init memblock_get_current_limit(void)
{
	return memblock.current_limit;
}

void __init memblock_set_bottom_up(bool enable)
{
	memblock.bottom_up = enable;
}

bool __init memblock_bottom_up(void)
{
	return memblock.bottom_up;
}

void __init memblock_allow_resize(void)
{
}

/* Address below which lie limit bytes of RAM; PHYS_ADDR_MAX when there is no more than that, and
 * for 0, which is no limit. */
static phys_addr_t __init limit_to_address(phys_addr_t limit)
{
	const struct memblock_region *r;

	if (!limit)
		return PHYS_ADDR_MAX;
	for_each_mem_region(r) {
		if (limit <= r->size)
			return r->base + limit;
		limit -= r->size;
	}
	return PHYS_ADDR_MAX;
}

void __init memblock_enforce_memory_limit(phys_addr_t limit)
{
	phys_addr_t end = limit_to_address(limit);

	if (end == PHYS_ADDR_MAX)
		return;
	memblock_remove_range(&memblock.memory, end, PHYS_ADDR_MAX);
	memblock_remove_range(&memblock.reserved, end, PHYS_ADDR_MAX);
}

/* NOMAP memory outside the range stays known: it is never handed out, and is still there. */
void __init memblock_cap_memory_range(phys_addr_t base, phys_addr_t size)
{
	struct memblock_type *memory = &memblock.memory;
	unsigned long first, last;

	if (!size)
		return;
	if (!memory->total_size) {
		pr_warn("memblock_cap_memory_range: No memory registered yet\n");
		return;
	}

	memblock_isolate_range(memory, base, size, &first, &last);
	for (unsigned long i = memory->cnt; i-- > 0;)
		if ((i < first || i >= last) && !memblock_is_nomap(&memory->regions[i]))
			memblock_drop_regions(memory, i, i + 1);
	memblock_settle(memory, base, size);

	size = memblock_cap(base, size);
	memblock_remove_range(&memblock.reserved, 0, base);
	memblock_remove_range(&memblock.reserved, base + size, PHYS_ADDR_MAX);
}

void __init memblock_mem_limit_remove_map(phys_addr_t limit)
{
	phys_addr_t end = limit_to_address(limit);

	if (end == PHYS_ADDR_MAX)
		return;
	memblock_cap_memory_range(0, end);
}
