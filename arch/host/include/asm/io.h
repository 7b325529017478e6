/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <kernel/types.h>

/* Registers are memory: there is no device below. */
#define DEFINE_MMIO(suffix, type) \
static inline type mmio_read##suffix(const volatile void *addr) \
{ \
	return *(const volatile type *)addr; \
} \
static inline void mmio_write##suffix(type v, volatile void *addr) \
{ \
	*(volatile type *)addr = v; \
}

DEFINE_MMIO(8, u8)
DEFINE_MMIO(16, u16)
DEFINE_MMIO(32, u32)
DEFINE_MMIO(64, u64)

#endif /* ASM_IO_H */
