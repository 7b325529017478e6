/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: every relation between options, as a build error. It is the second line: make refuses a
 * configuration that breaks one before anything is compiled.
 *
 * Structure: relations.h has a row for each relation; its message names the options and the mend.
 * What follows is about the widths of fields, which no option within its range can break.
 *
 * Invariants: none at run time.
 *
 * Locking: none.
 *
 * Configuration: all of it.
 */
#include <kernel/cmdline.h>
#include <mm/config.h>
#include <mm/mmzone.h>
#include <mm/page.h>

#include "mm/page/internal.h"

#define RELATION(condition, wrong, mend)	BUILD_ASSERT(condition, wrong ": " mend);
#include "mm/check/relations.h"
BUILD_ASSERT(PAGE_SHIFT == 12, "the relations and Kconfig's ranges count frames of 2^12 bytes");
BUILD_ASSERT(COMMAND_LINE_SIZE == 1024, "the relations count so many bytes of boot arguments");

/* Kconfig's own range keeps the option within what the window of each address mode holds. */
BUILD_ASSERT(!IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) || VMEMMAP_SIZE <= VMEMMAP_SIZE_MAX,
	     "MAX_PHYSMEM_BITS needs more descriptors than the vmemmap window of this address "
	     "mode holds: lower MAX_PHYSMEM_BITS or choose SV48");

/* Options whose values are fields of a descriptor's word (mm/page_word.h). */
BUILD_ASSERT(MAX_ORDER < 1 << PAGE_ORDER_BITS, "MAX_ORDER does not fit struct page");
BUILD_ASSERT((int)MAX_NR_ZONES <= 1 << PAGE_ZONE_BITS, "zones do not fit struct page");
BUILD_ASSERT(MAX_NUMNODES <= 1 << PAGE_NODE_BITS, "NODES_SHIFT does not fit struct page");
BUILD_ASSERT(CONFIG_SLAB_CACHES <= 1 << PAGE_TAG_BITS,
	     "SLAB_CACHES does not fit struct page: lower SLAB_CACHES");

/* The classic model divides addresses by a size that is no power of two; the window by one. */
BUILD_ASSERT(PAGE_SIZE % STRUCT_PAGE_BYTES == 0, "descriptors do not fill pages");
