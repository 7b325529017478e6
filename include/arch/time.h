/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_TIME_H
#define ARCH_TIME_H

#include <kernel/types.h>

/* Free-running ticks at timebase_hz. */
u64 arch_ticks(void);

/* Instructions retired by this CPU; exact under QEMU -icount. */
u64 arch_instret(void);

/* The counter's reading at the kernel's first instruction; 0 where it cannot be read. */
u64 arch_entry_instret(void);

#endif /* ARCH_TIME_H */
