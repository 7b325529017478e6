/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Device registers. A read is done before later accesses to memory, a write after earlier
 * ones; the fences order devices against memory, which the base ISA does not.
 */
#define DEFINE_MMIO(suffix, type) \
static inline type mmio_read##suffix(const volatile void *addr) \
{ \
	type v = *(const volatile type *)addr; \
	\
	__asm__ volatile("fence i, ir" : : : "memory"); \
	return v; \
} \
static inline void mmio_write##suffix(type v, volatile void *addr) \
{ \
	__asm__ volatile("fence w, o" : : : "memory"); \
	*(volatile type *)addr = v; \
}

DEFINE_MMIO(8, u8)
DEFINE_MMIO(16, u16)
DEFINE_MMIO(32, u32)
DEFINE_MMIO(64, u64)

#endif /* ASM_IO_H */
