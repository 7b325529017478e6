/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_PERCPU_H
#define ASM_PERCPU_H

#include <stddef.h>

#include <host/here.h>

/* host_become_cpu() sets it. */

static inline unsigned long arch_percpu_offset(void)
{
	return host_percpu_offset;
}

static inline void arch_set_percpu_offset(unsigned long offset)
{
	host_percpu_offset = offset;
}

size_t arch_percpu_bytes(void);

#endif /* ASM_PERCPU_H */
