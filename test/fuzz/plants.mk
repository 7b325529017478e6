# SPDX-License-Identifier: BSD-2-Clause
# Faults that the fuzz target must find. Each is a file of the kernel that sed -E changes by these
# expressions, one after the other. A plant that changes nothing fails the build: plants move with
# the code.

PLANTS := pair-count pair-wrap blob-unchecked nomap-short place-below frame-below frame-above \
	frame-last section-short border-kept number-width region-lost crash-short line-lost

# A list of (base, size) pairs is read one pair past its end.
plant-pair-count-file := mm/boot/dt_read.c
plant-pair-count-sed := 's/(pairs->count = len \/ pair_bytes);/\1 + 1;/'

# base + size may wrap.
plant-pair-wrap-file := mm/boot/dt_read.c
plant-pair-wrap-sed := 's/(range->base \+) min\(size, PHYS_ADDR_MAX - range->base\)/\1 size/'

# Every number is taken to have two cells.
plant-number-width-file := mm/boot/dt_read.c
plant-number-width-sed := 's/fdt_read_cells\(data, len \/ CELL_BYTES\)/fdt_read_cells(data, 2)/'

# Nobody checks that the blob is whole.
plant-blob-unchecked-file := kernel/fdt.c
plant-blob-unchecked-sed := 's/wrong = fdt_find_fault\(blob, limit\)/wrong = NULL/'

# The last frame of what may not be mapped stays mapped.
plant-nomap-short-file := mm/boot/dt_reserved.c
plant-nomap-short-sed := 's/(memblock_mark_nomap\(at, keep.base - at)\)/\1 - PAGE_SIZE)/'

# A range of the reservation block is reserved without a line about it.
plant-line-lost-file := mm/boot/dt_reserved.c
plant-line-lost-sed := 's/(dt_claim\(CLAIM_MEMRESERVE)/if (i != 1) \1/'

# The last frame of a crash kernel's memory is not reserved.
plant-crash-short-file := mm/boot/crash_kernel.c
plant-crash-short-sed := 's/(alloc_range\(size)(, CRASH_ALIGN, 0, SZ_4G)/\1 - PAGE_SIZE\2/'

# A request that does not fit into a free range is placed there all the same.
plant-place-below-file := mm/boot/memblock_alloc.c
plant-place-below-sed := 's/return at >= start \? at : 0;/return at;/'

# Hand-over frees the frame in which a reservation begins, or that in which it ends.
plant-frame-below-file := mm/page/handover.c
plant-frame-below-sed := 's/PFN_DOWN\(r->base\)/PFN_UP(r->base)/'
plant-frame-above-file := mm/page/handover.c
plant-frame-above-sed := 's/PFN_UP\(r->base \+ r->size\)/PFN_DOWN(r->base + r->size)/'

# Rounding up wraps at the last frame of all.
plant-frame-last-file := mm/page/handover.c
plant-frame-last-sed := 's/PFN_UP\(reserved/(PAGE_SIZE - 1 + reserved/' \
	's/(c->reserved\].size\)) <= pfn/\1 >> PAGE_SHIFT <= pfn/'

# The last descriptors of a section are missing.
plant-section-short-file := mm/page/sparse.c
plant-section-short-sed := 's/u32 hi = \(u32\)ALIGN_UP/u32 hi = (u32)ALIGN_DOWN/'

# A largest block may belong to two nodes.
plant-border-kept-file := mm/boot/numa.c
plant-border-kept-sed := 's/if \(.* \|\| b->base >= end\)/if (b->base)/'

# Adding a range fills one hole too few.
plant-region-lost-file := mm/boot/memblock.c
plant-region-lost-sed := 's/^(\tfill_holes\(type, &range, ADD_INSERT\);)/\tif (type->cnt != 5)\n\1/'
