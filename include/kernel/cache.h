/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of the cache: what several CPUs write, and what others read beside it, stand on lines of
 * their own, or each write takes the line from all who read.
 */
#ifndef KERNEL_CACHE_H
#define KERNEL_CACHE_H

#include <kernel/compiler.h>

/* Of every machine that Tessera runs on. */
#define L1_CACHE_BYTES	64u

/* Begins a line where CPUs can be in each other's way; one CPU alone pays no padding. */
#define __cacheline_aligned_in_smp	__aligned(CONFIG_NR_CPUS > 1 ? L1_CACHE_BYTES : 8)

#endif /* KERNEL_CACHE_H */
