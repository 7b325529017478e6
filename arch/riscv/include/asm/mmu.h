/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_MMU_H
#define ASM_MMU_H

#include <kernel/types.h>

/* The kernel's tables, for what changes in the image's window after boot has mapped it. */
struct pgtable;
extern struct pgtable own_tables;

/* Frames of the image that hold page tables. */
extern unsigned int image_table_pages;

/* Boundaries as physical addresses; first thing in C. */
void image_layout_init(void);

/* Does the linear map show the byte at pa? */
bool memory_is_linear(phys_addr_t pa);

#endif /* ASM_MMU_H */
