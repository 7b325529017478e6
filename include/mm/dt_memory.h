/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_DT_MEMORY_H
#define MM_DT_MEMORY_H

#include <kernel/types.h>

/*
 * Device tree -> memblock. Boot only; fdt is a blob that fdt_check_full accepted.
 *
 * What the tree claims is not trusted: sizes that wrap are cut, empty and disabled entries
 * skipped, ranges outside what the kernel can map dropped, each with one line that names the
 * node.
 */

/* The part of the image that boot alone needs and then gives back. */
#define OWNER_KERNEL_INIT	"kernel init"

/* The header of the kernel that died, which one that runs after a crash is told of. */
#define OWNER_ELFCOREHDR	"elfcorehdr"

/* /memory nodes -> memblock.memory, then mem= and linux,usable-memory-range. fdt: the blob. */
void dt_scan_memory(const void *fdt);

/*
 * What must not be handed out, in this order, each under its name: the image, initrd, the blob,
 * linux,elfcorehdr, /memreserve/, static /reserved-memory, firmware below the kernel. pa: where the
 * blob lies.
 */
void dt_scan_reserved(const void *fdt, phys_addr_t fdt_pa);
/* After it, what has no place yet: dynamic /reserved-memory, and what crashkernel= asks for. Then
 * all claims are compared. */
void dt_place_reserved(const void *fdt);

/*
 * Holds the RAM that is free so far against the machine: stops boot, with the node's name, where
 * nothing answers or where two addresses are one memory. All that must not be written is reserved
 * by then.
 */
void ram_probe(void);

/* Initial RAM disk of /chosen; size 0 without. */
extern phys_addr_t initrd_start_pa, initrd_bytes;

/* What is kept for a kernel that runs after a crash; size 0 without. */
extern phys_addr_t crash_kernel_pa, crash_kernel_bytes;

#endif /* MM_DT_MEMORY_H */
