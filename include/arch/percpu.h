/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

/*
 * asm/percpu.h gives, as static inline:
 *   unsigned long arch_percpu_offset(void);       see kernel/percpu.h
 *   void arch_set_percpu_offset(unsigned long);   of the running CPU
 *   size_t arch_percpu_bytes(void);               bytes of a CPU's copy; may be out of line
 */
#include <asm/percpu.h>

#endif /* ARCH_PERCPU_H */
