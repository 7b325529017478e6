/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_HART_H
#define ASM_HART_H

#include <kernel/types.h>

/* What arch_cpu_usable() says, under a name of its own: the plan program asks it from within a port
 * that has the other one. */
bool hart_usable(int fdt_node, const char **why);

#endif /* ASM_HART_H */
