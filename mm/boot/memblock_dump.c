/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   memblock's tables as text in the boot log, and the copy of them that outlives boot.
 *
 * Structure
 *   The copy is one allocation: the struct, then both tables, each as long as it is filled.
 *
 *     [ struct memblock | memory regions ... | reserved regions ... ]
 *
 * Invariants
 *   MB8  The copy holds what the tables held when memblock_keep_copy() returned, itself
 *        included.
 *
 * Locking
 *   The copy is written once, before it is published, and constant from then on.
 *
 * Configuration
 *   MEMBLOCK_REGIONS bounds its size.
 */
#include "memblock_internal.h"

#include <kernel/init.h>
#include <kernel/string.h>

const struct memblock *memblock_copy;	/* [c] */

#define REGION_FORMAT	" %s[0x%lx]\t[0x%016llx-0x%016llx], 0x%016llx bytes"

static void __init dump_type(const struct memblock_type *type)
{
	pr_info(" %s.cnt  = 0x%lx\n", type->name, type->cnt);
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		unsigned long long base = r->base, size = r->size;

		if (MAX_NUMNODES > 1 && r->nid >= 0 && r->nid < MAX_NUMNODES)
			pr_info(REGION_FORMAT " on node %d flags: 0x%x\n", type->name, i, base,
				base + size - 1, size, r->nid, (unsigned int)r->flags);
		else
			pr_info(REGION_FORMAT " flags: 0x%x\n", type->name, i, base,
				base + size - 1, size, (unsigned int)r->flags);
	}
}

void __init __memblock_dump_all(void)
{
	pr_info("MEMBLOCK configuration:\n");
	pr_info(" memory size = 0x%016llx reserved size = 0x%016llx\n",
		(unsigned long long)memblock.memory.total_size,
		(unsigned long long)memblock.reserved.total_size);
	dump_type(&memblock.memory);
	dump_type(&memblock.reserved);
}

void __init memblock_dump_all(void)
{
	if (memblock_debug)
		__memblock_dump_all();
}

/* Copies type's regions to to, and type, pointing there; returns what follows. max stays what
 * the table's was: it is to be read, and nothing is added to the copy. */
static struct memblock_region *__init copy_type(struct memblock_type *copy,
						const struct memblock_type *type,
						struct memblock_region *to)
{
	*copy = *type;
	copy->regions = to;
	memcpy(to, type->regions, type->cnt * sizeof(*to));
	return to + type->cnt;
}

void __init memblock_keep_copy(void)
{
	/* Reserving the copy adds at most one region to those counted here. */
	unsigned long regions = memblock.memory.cnt + memblock.reserved.cnt + 1;
	size_t bytes = sizeof(struct memblock) + regions * sizeof(struct memblock_region);
	phys_addr_t at = memblock_phys_alloc_or_stop(bytes, SMP_CACHE_BYTES, NUMA_NO_NODE,
						     "memblock copy", NULL);
	struct memblock *copy = __va(at);
	struct memblock_region *next = (struct memblock_region *)(copy + 1);

	*copy = memblock;
	next = copy_type(&copy->memory, &memblock.memory, next);
	copy_type(&copy->reserved, &memblock.reserved, next);
	memblock_copy = copy;
}
