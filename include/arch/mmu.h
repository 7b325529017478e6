/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_MMU_H
#define ARCH_MMU_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * To be called before memblock is used: sets the largest physical range that the linear map can
 * show. The caller drops RAM outside [*start, *end) with a message.
 */
void arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end);

/*
 * Maps every region of memblock.memory that is not NOMAP into the linear map, with the largest
 * leaves, and the image's text and rodata read-only. Takes its tables from memblock under the owner
 * "page tables". Boot only, once. From here on __va() may be dereferenced.
 */
void arch_paging_init(void);

/*
 * Backs [va, va + bytes) of the vmemmap window with physical memory from pa (bytes long), both
 * multiples of PAGE_SIZE. Boot only. May take tables from memblock.
 */
void arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes);

/*
 * After boot the kernel's tables show RAM in [va, va + bytes) of the linear map or of the vmemmap
 * window from now on, or are about to show none there. For a machine whose windows are not those
 * tables; with CONFIG_MEMORY_HOTPLUG alone.
 */
void arch_window_changes(unsigned long va, u64 bytes, bool shown);

/* The image's init part becomes plain read-write memory in the linear map and vanishes from
 * the image's window. Called once, with no init code left to run. */
void arch_protect_initmem(void);

/* [c] Physical range of the image [start, end), of its init part, and of its sections. */
struct image_layout {
	phys_addr_t start, end;
	phys_addr_t text_start, text_end, rodata_start, rodata_end;
	phys_addr_t init_start, init_end, data_start, data_end, bss_start, bss_end;
};
const struct image_layout *arch_image_layout(void);

/* Returns a read-only window on the device tree, of which at most *limit bytes are readable, and
 * sets *pa to the address that the firmware gave. Boot only, before fdt_adopt(). */
const void *arch_map_fdt(phys_addr_t *pa, size_t *limit);

/*
 * Read and write one word of physical memory, at a multiple of 8, whether memory is there or not:
 * false where nothing answers. Boot only, with interrupts off, before arch_paging_init().
 */
bool arch_peek(phys_addr_t pa, u64 *value);
bool arch_poke(phys_addr_t pa, u64 value);

/* Can a mapping say that RAM is seen past the caches (VM_UNCACHED)? Constant from
 * arch_paging_init() on. */
bool arch_maps_uncached(void);

/* Is the byte at va mapped? Walks the tables. Any context. */
bool arch_va_mapped(unsigned long va);

/* Does RAM keep what is written to it? It does not where a process plans for another machine. Boot
 * only. */
bool arch_ram_is_real(void);

/* Prints lines about the virtual layout and the mode into the boot log. */
void arch_report_layout(void);

#endif /* ARCH_MMU_H */
