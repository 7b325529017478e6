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

long __init memblock_search(const struct memblock_type *type, phys_addr_t addr)
{
	unsigned long low = 0, high = memblock_used(type);

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

	if (!type->cnt || type->cnt > type->max)
		return "MB5: cnt is out of range";
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i], *below = i ? r - 1 : NULL;

		if (!r->size && (type->cnt > 1 || r->base))
			return "MB2: a region is empty";
		if (r->size > PHYS_ADDR_MAX - r->base)
			return "MB1: a region wraps";
		if (below && region_end(below) > r->base)
			return "MB1: regions overlap or do not ascend";
		if (below && region_end(below) == r->base && below->flags == r->flags &&
		    below->nid == r->nid && below->owner == r->owner)
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

phys_addr_t __init memblock_start_of_DRAM(void)
{
	return memblock.memory.regions[0].base;
}

phys_addr_t __init memblock_end_of_DRAM(void)
{
	return region_end(&memblock.memory.regions[memblock.memory.cnt - 1]);
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

bool __init memblock_is_reserved(phys_addr_t addr)
{
	return memblock_search(&memblock.reserved, addr) >= 0;
}

bool __init memblock_overlaps_region(struct memblock_type *type, phys_addr_t base,
				     phys_addr_t size)
{
	phys_addr_t end = base + memblock_cap(base, size);

	for (unsigned long i = 0; i < memblock_used(type); i++)
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

/* Address below which lie limit bytes of RAM; PHYS_ADDR_MAX when there is no more than that. */
static phys_addr_t __init limit_to_address(phys_addr_t limit)
{
	const struct memblock_region *r;

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

	if (limit == PHYS_ADDR_MAX || end == PHYS_ADDR_MAX)
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
		pr_warn("memblock_cap_memory_range: no memory registered yet\n");
		return;
	}

	memblock_isolate_range(memory, base, size, &first, &last);
	for (unsigned long i = memblock_used(memory); i-- > 0;)
		if ((i < first || i >= last) && !memblock_is_nomap(&memory->regions[i]))
			memblock_drop_regions(memory, i, i + 1);
	memblock_settle(memory);

	size = memblock_cap(base, size);
	memblock_remove_range(&memblock.reserved, 0, base);
	memblock_remove_range(&memblock.reserved, base + size, PHYS_ADDR_MAX);
}

void __init memblock_mem_limit_remove_map(phys_addr_t limit)
{
	phys_addr_t end = limit_to_address(limit);

	if (limit == PHYS_ADDR_MAX || end == PHYS_ADDR_MAX)
		return;
	memblock_cap_memory_range(0, end);
}
