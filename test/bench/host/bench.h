/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BENCH_HOST_H
#define TEST_BENCH_HOST_H

/* Declarations that the benchmarks of this machine share. */
#include <stdbool.h>

#include <kernel/types.h>

#define BULK		100000ul
#define NS_PER_S	1000000000ull

u64 now_ns(void);

/* Is this work asked for? */
bool wanted(const char *name);

/* Makes a machine with page allocator and slab; returns the nanoseconds from memblock to the page
 * allocator. */
u64 boot(unsigned int cpus);

/* Binds the calling thread to the n-th processor that this process may use. */
void stay_on(unsigned int n);

/* For qsort of u64. */
int compare_u64(const void *a, const void *b);

/* Measures single operations and prints their distribution; items has room for BULK. */
void run_singles(void **items);

#endif /* TEST_BENCH_HOST_H */
