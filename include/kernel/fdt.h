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
 * Checks blob, of which at most limit bytes are readable, and makes it boot_fdt. Returns NULL, or a
 * sentence that says what is wrong.
 */
const char *fdt_adopt(const void *blob, phys_addr_t pa, size_t limit);

/* Reads /cpus into cpu_descs; boot_hart gets number 0. */
void setup_cpus(unsigned long boot_hart);

/* Returns ticks per second from /cpus, or from the first cpu node that has them; 0 when no node
 * does. */
u64 fdt_timebase(void);

/* Returns a property that is text and ends within itself, or NULL. */
const char *fdt_text(int node, const char *property);

/* The root's model, or "unknown". */
const char *fdt_model(void);

/* /chosen/bootargs; NULL when absent. */
const char *fdt_bootargs(void);
/* Offset of the node that /chosen/stdout-path names (aliases resolved); negative if none. */
int fdt_stdout_node(void);

/* reg entry nr of a node, translated through its parents' ranges; 0 or -Exxx. */
int fdt_node_reg(int node, unsigned int nr, phys_addr_t *base, phys_addr_t *size);

/* Returns a u32 property, or value when the property is missing or has another width. */
u32 fdt_u32(int node, const char *property, u32 value);

/* Cell-aware number of 1 or 2 cells at p. */
u64 fdt_read_cells(const void *p, int cells);

#endif /* KERNEL_FDT_H */
