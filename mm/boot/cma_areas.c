/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Which ranges are kept for cma_alloc(), and lent to movable pages until then.
 *
 * Structure
 *   A table in the order of finding: nodes of /reserved-memory that are "shared-dma-pool" and
 *   reusable (dt_reserved_nodes.c), then the default area, where no node is marked as that:
 *
 *     cma=SIZE[@OFFSET]      there, or the highest free place below 4 GiB; 0 is none
 *     CMA_SIZE_MB            where there is no such argument
 *
 *   An area is reserved in memblock by its name, and hand-over gives its frames to the buddy as
 *   pageblocks of type CMA (handover.c).
 *
 * Invariants
 *   CA1  An area is whole pageblocks of RAM that nobody else has claimed.
 *
 * Locking
 *   None: boot only; constant after it.
 *
 * Configuration
 *   CMA, CMA_SIZE_MB.
 */
#include <mm/cma_areas.h>

#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/memblock.h>

#include "dt_internal.h"

#define SZ_4G		(4ull * SZ_1G)

struct cma_area cma_areas[CMA_AREAS_MAX];	/* [c] */
unsigned int cma_area_count;			/* [c] */

static void __init enter(const char *name, phys_addr_t base, phys_addr_t bytes, bool is_default)
{
	cma_areas[cma_area_count++] = (struct cma_area){
		.name = name, .base_pfn = PFN_DOWN(base), .pages = PFN_DOWN(bytes),
		.is_default = is_default,
	};
}

void __init cma_area_placed(const char *name, phys_addr_t base, phys_addr_t bytes,
			    bool is_default)
{
	if (cma_area_count == CMA_AREAS_MAX) {
		pr_warn("cma: %s is not lent: it is one area too many\n", name);
		return;
	}
	enter(name, base, bytes, is_default);
	pr_info("Reserved memory: created CMA memory pool at 0x%016llx, size %llu MiB\n", ULL(base),
		ULL(bytes >> 20));
}

bool __init cma_area_add(const char *name, phys_addr_t base, phys_addr_t bytes, bool is_default)
{
	const char *wrong = NULL;

	if (!IS_ALIGNED(base | bytes, CMA_AREA_ALIGN))
		wrong = "is not whole pageblocks";
	else if (!dt_range_is_ram((struct dt_range){ base, base + bytes }))
		wrong = "is not RAM";
	else if (memblock_is_region_reserved(base, bytes))
		wrong = "is in use";
	if (wrong) {
		pr_warn("cma: %s is not lent: it %s\n", name, wrong);
		return false;
	}
	cma_area_placed(name, base, bytes, is_default);
	return true;
}

void __init cma_area_claimed(const char *name, phys_addr_t base, phys_addr_t end)
{
	for (unsigned int i = 0; i < cma_area_count; i++) {
		struct cma_area *a = &cma_areas[i];

		if (!strcmp(a->name, name) || base >= PFN_PHYS(a->base_pfn + a->pages) ||
		    end <= PFN_PHYS(a->base_pfn))
			continue;
		pr_warn("cma: %s is not lent: %s claims a part of it\n", a->name, name);
		*a = cma_areas[--cma_area_count];
		i--;
	}
}

bool __init cma_argument_given(void)
{
	char text[64];

	return cmdline_get("cma", text, sizeof(text)) != -ENOENT;
}

/* What cma= says; false, with a line, where it says nothing that can be read. */
static bool __init read_argument(u64 *size, u64 *offset)
{
	const char *at;
	char text[64];
	bool ok;

	*size = (u64)CONFIG_CMA_SIZE_MB << 20;
	*offset = 0;
	if (cmdline_get("cma", text, sizeof(text)) == -ENOENT)
		return true;
	*size = memparse(text, &at, &ok);
	if (ok && *at == '@')
		*offset = memparse(at + 1, &at, &ok);
	if (ok && !*at)
		return true;
	pr_warn("cma=%s is ignored: a size such as 64M or 64M@0x90000000 is expected\n", text);
	return false;
}

void __init cma_place_default(void)
{
	const char *former;
	u64 size, offset;
	phys_addr_t at;

	for (unsigned int i = 0; i < cma_area_count; i++)
		if (cma_areas[i].is_default)
			return;
	if (!read_argument(&size, &offset) || !size)
		return;
	if (cma_area_count == CMA_AREAS_MAX) {
		pr_warn("cma: there is no default area: it is one area too many\n");
		return;
	}
	/* An area that no RAM can hold has no place, and perhaps no next pageblock. */
	if (size <= memblock_phys_mem_size())
		size = ALIGN_UP(size, CMA_AREA_ALIGN);
	former = memblock_set_alloc_owner(CMA_DEFAULT_NAME);
	if (offset)
		at = memblock_phys_alloc_range(size, CMA_AREA_ALIGN, offset, offset + size);
	else
		at = memblock_phys_alloc_range(size, CMA_AREA_ALIGN, 0, SZ_4G);
	if (!at && !offset)
		at = memblock_phys_alloc_range(size, CMA_AREA_ALIGN, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
	memblock_set_alloc_owner(former);
	if (!at) {
		pr_err("cma: Failed to reserve %llu MiB\n", ULL(size >> 20));
		return;
	}
	enter(CMA_DEFAULT_NAME, at, size, true);
	pr_info("cma: Reserved %llu MiB at 0x%016llx\n", ULL(size >> 20), ULL(at));
}
