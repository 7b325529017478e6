/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PROBE_H
#define ASM_PROBE_H

#include <kernel/types.h>

/* arch_peek() through a leaf with these flags: false, too, where the hart takes none such. */
bool peek_as(phys_addr_t pa, u64 prot, u64 *value);

/* Finds out whether leaves may say how memory is seen. Boot only. */
#ifdef CONFIG_RISCV_ISA_SVPBMT
void svpbmt_probe(phys_addr_t some_ram);
#else
static inline void svpbmt_probe(phys_addr_t some_ram)
{
	(void)some_ram;
}
#endif

#endif /* ASM_PROBE_H */
