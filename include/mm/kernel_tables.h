/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_KERNEL_TABLES_H
#define MM_KERNEL_TABLES_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <arch/pgtable.h>

/*
 * The kernel's own page tables after boot: one root for good, whose entries of the kernel half
 * every address space will share.
 */

/* Boot, before the first of the calls below, once pages have descriptors. */
void kernel_tables_init(void);

/* To be read with pgtable_for_each_leaf(); who changes anything there calls what follows. */
extern struct pgtable kernel_pgtable;

/*
 * As the pgtable_ calls (arch/pgtable.h), one at a time, from when pages can be allocated. Any
 * context; interrupts are off meanwhile, so a large range is cut by its caller.
 */
int kernel_map(unsigned long va, phys_addr_t pa, u64 bytes, unsigned int rights) __must_check;
int kernel_protect(unsigned long va, u64 bytes, unsigned int rights) __must_check;
/* No leaf reaches across va and end; 0, or -ENOMEM. No translation changes. */
int kernel_split(unsigned long va, unsigned long end) __must_check;
int kernel_unmap(unsigned long va, u64 bytes) __must_check;

/* NULL, or the rule that the kernel's root breaks. Nobody changes tables meanwhile. */
const char *kernel_tables_validate(void);

#endif /* MM_KERNEL_TABLES_H */
