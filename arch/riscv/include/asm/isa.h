/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_ISA_H
#define ASM_ISA_H

#include <kernel/types.h>

/* Does the tree say that a hart has an extension of several letters, written small? By node of the
 * hart; among the texts of riscv,isa-extensions, or in riscv,isa behind the one letters. */
bool hart_isa_has(int node, const char *name);

#endif /* ASM_ISA_H */
