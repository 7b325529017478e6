/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include <kernel/types.h>

/*
 * The device tree of this boot: checked once by fdt_check_full with a bound, mapped
 * read-only, reserved for good. All readers go through libfdt with this pointer.
 */
extern const void *boot_fdt;
extern phys_addr_t boot_fdt_pa;
extern u32 boot_fdt_bytes;

/*
 * Checks blob (at most limit bytes readable there) and makes it boot_fdt.
 * Returns NULL, or a sentence that says what is wrong.
 */
const char *fdt_adopt(const void *blob, phys_addr_t pa, size_t limit);

/* Reads /cpus into cpu_descs; boot_hart gets number 0. */
void setup_cpus(unsigned long boot_hart);

/* Ticks per second from /cpus (or from the first cpu node that says); 0 when nobody does. */
u64 fdt_timebase(void);

/* A property that is text and ends within itself; NULL otherwise. */
const char *fdt_text(int node, const char *property);

/* The root's model, or "unknown". */
const char *fdt_model(void);

/* /chosen/bootargs; NULL when absent. */
const char *fdt_bootargs(void);
/* Offset of the node that /chosen/stdout-path names (aliases resolved); negative if none. */
int fdt_stdout_node(void);

/* reg entry nr of a node, translated through its parents' ranges; 0 or -Exxx. */
int fdt_node_reg(int node, unsigned int nr, phys_addr_t *base, phys_addr_t *size);

/* A u32 property, or value when absent or of another width. */
u32 fdt_u32(int node, const char *property, u32 value);

/* Cell-aware number of 1 or 2 cells at p. */
u64 fdt_read_cells(const void *p, int cells);

#endif /* KERNEL_FDT_H */
