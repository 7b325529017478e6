/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_DCACHE_H
#define ARCH_DCACHE_H

/* With CONFIG_DMA. Calls dcache_offer() when every CPU of the machine has instructions for that.
 * Boot only, once all CPUs are known. */
void arch_dcache_probe(void);

#endif /* ARCH_DCACHE_H */
