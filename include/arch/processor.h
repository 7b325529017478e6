/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_PROCESSOR_H
#define ARCH_PROCESSOR_H

/*
 * asm/processor.h gives, as static inline:
 *   void arch_cpu_relax(void);     in a loop that waits for another CPU; a compiler barrier
 */
#include <asm/processor.h>

#endif /* ARCH_PROCESSOR_H */
