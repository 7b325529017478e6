/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * asm/io.h gives access to device registers, as static inline:
 *   u8 mmio_read8(const volatile void *addr)       done before later accesses to memory;
 *   void mmio_write8(u8 v, volatile void *addr)    done after earlier ones; and the same for
 *   ..16, ..32, ..64                               u16, u32 and u64
 */
#include <asm/io.h>

/*
 * Maps the register at pa, and all that follows it in its page, for good. NULL when no page is
 * left: there are a few, for devices that are needed before there is memory, and mapping them needs
 * no memory. Any context, one caller at a time.
 */
__cold void *arch_map_device(phys_addr_t pa);

#endif /* ARCH_IO_H */
