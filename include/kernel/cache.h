/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of the cache. Data that several CPUs write, and data that others read beside it, stand on
 * lines of their own; otherwise each write takes the line away from all readers.
 */
#ifndef KERNEL_CACHE_H
#define KERNEL_CACHE_H

#include <kernel/compiler.h>

/* Of every machine that Tessera runs on. */
#define L1_CACHE_BYTES	64u

/* Begins a new line where CPUs can be in each other's way; a kernel for one CPU pays no padding. */
#define __cacheline_aligned_in_smp	__aligned(CONFIG_NR_CPUS > 1 ? L1_CACHE_BYTES : 8)

#endif /* KERNEL_CACHE_H */
