/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: every relation between options that Kconfig cannot state, as a build error.
 *
 * Structure: one assertion a relation; its message names both options and the mend.
 *
 * Invariants: none at run time.
 *
 * Locking: none.
 *
 * Configuration: all of it.
 */
#include <mm/config.h>
#include <mm/mmzone.h>
#include <mm/page.h>

#include "mm/page/internal.h"

BUILD_ASSERT(CONFIG_MAX_ORDER + PAGE_SHIFT <= CONFIG_SECTION_SIZE_BITS,
	     "MAX_ORDER + 12 is more than SECTION_SIZE_BITS, but a block lies in one section: "
	     "lower MAX_ORDER or raise SECTION_SIZE_BITS");
BUILD_ASSERT(CONFIG_PAGEBLOCK_ORDER <= CONFIG_MAX_ORDER,
	     "PAGEBLOCK_ORDER is more than MAX_ORDER, but a pageblock is at most a largest "
	     "block: lower PAGEBLOCK_ORDER or raise MAX_ORDER");
BUILD_ASSERT(CONFIG_SECTION_SIZE_BITS < CONFIG_MAX_PHYSMEM_BITS,
	     "SECTION_SIZE_BITS is not less than MAX_PHYSMEM_BITS: lower SECTION_SIZE_BITS or "
	     "raise MAX_PHYSMEM_BITS");
BUILD_ASSERT(CONFIG_MAX_PHYSMEM_BITS - PAGE_SHIFT <= 32,
	     "MAX_PHYSMEM_BITS is more than 44, but links are 32-bit frame numbers: lower "
	     "MAX_PHYSMEM_BITS");
BUILD_ASSERT(!IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) || VMEMMAP_SIZE <= VMEMMAP_SIZE_MAX,
	     "MAX_PHYSMEM_BITS needs more descriptors than the vmemmap window of this address "
	     "mode holds: lower MAX_PHYSMEM_BITS or choose SV48");
BUILD_ASSERT(CONFIG_PCP_BATCH >= 1 && CONFIG_PCP_BATCH <= CONFIG_PCP_HIGH,
	     "PCP_BATCH is not within 1 .. PCP_HIGH: lower PCP_BATCH or raise PCP_HIGH");
BUILD_ASSERT(CONFIG_KMALLOC_MIN_SHIFT <= CONFIG_KMALLOC_MAX_SHIFT,
	     "KMALLOC_MIN_SHIFT is more than KMALLOC_MAX_SHIFT: lower the one or raise the other");
BUILD_ASSERT(CONFIG_KMALLOC_MAX_SHIFT <= CONFIG_MAX_ORDER + PAGE_SHIFT,
	     "KMALLOC_MAX_SHIFT is more than MAX_ORDER + 12, the largest block: lower "
	     "KMALLOC_MAX_SHIFT or raise MAX_ORDER");
BUILD_ASSERT(CONFIG_SLAB_MAX_ORDER <= CONFIG_MAX_ORDER,
	     "SLAB_MAX_ORDER is more than MAX_ORDER: lower SLAB_MAX_ORDER or raise MAX_ORDER");
BUILD_ASSERT(ZONE_DMA_LIMIT_MB * SZ_1M % MAX_ORDER_BYTES == 0,
	     "ZONE_DMA_LIMIT_MB is not a multiple of the largest block, 4 KiB << MAX_ORDER: "
	     "change ZONE_DMA_LIMIT_MB or lower MAX_ORDER");
BUILD_ASSERT(!IS_ENABLED(CONFIG_ZONE_DMA32) || ZONE_DMA_LIMIT_MB < 4096,
	     "ZONE_DMA_LIMIT_MB is not below 4096, where ZONE_DMA32 ends: lower "
	     "ZONE_DMA_LIMIT_MB or turn ZONE_DMA32 off");

/* Options whose values are fields of a descriptor's word (mm/page_word.h). */
BUILD_ASSERT(MAX_ORDER < 1 << PAGE_ORDER_BITS, "MAX_ORDER does not fit struct page");
BUILD_ASSERT((int)MAX_NR_ZONES <= 1 << PAGE_ZONE_BITS, "zones do not fit struct page");
BUILD_ASSERT(MAX_NUMNODES <= 1 << PAGE_NODE_BITS, "NODES_SHIFT does not fit struct page");
BUILD_ASSERT(CONFIG_SLAB_CACHES <= 1 << PAGE_TAG_BITS,
	     "SLAB_CACHES does not fit struct page: lower SLAB_CACHES");
BUILD_ASSERT(CONFIG_NR_CPUS >= 1 && CONFIG_NR_CPUS <= 64, "NR_CPUS is not within 1 .. 64");

/* The classic model divides addresses by a size that is no power of two; the window by one. */
BUILD_ASSERT(PAGE_SIZE % STRUCT_PAGE_BYTES == 0, "descriptors do not fill pages");
