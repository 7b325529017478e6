/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BENCH_HOST_H
#define TEST_BENCH_HOST_H

/* What the benchmarks of this machine share. */
#include <stdbool.h>

#include <kernel/types.h>

#define BULK		100000ul
#define NS_PER_S	1000000000ull

u64 now_ns(void);

/* Is this work asked for? */
bool wanted(const char *name);

/* A new machine with a page allocator and slab; the nanoseconds from memblock to the former. */
u64 boot(unsigned int cpus);

/* The calling thread stays on the n-th processor that this process may use. */
void stay_on(unsigned int n);

/* For qsort of u64. */
int compare_u64(const void *a, const void *b);

/* One operation at a time, its distribution; items has room for BULK. */
void run_singles(void **items);

#endif /* TEST_BENCH_HOST_H */
