/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_BOOT_H
#define TEST_HOST_BOOT_H

/* What every test program starts from: cmocka, its prerequisites, and a booted machine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/types.h>
#include <host/host.h>

struct bank {
	phys_addr_t base;
	u64 bytes;
};

/* Makes a new machine: memblock has these banks as memory, and the image of m is reserved. */
void boot_banks(const struct host_machine *m, const struct bank *banks, unsigned int count);

/* Runs the rest of boot, up to a working page allocator, with cpus CPUs; this thread is CPU 0. */
void boot_page_allocator(unsigned int cpus);

/* The same in two steps: what is offline leaves memblock's memory; all that comes after. */
void boot_hot_ranges(void);
void boot_after_hot_ranges(unsigned int cpus);

/* Makes a machine with one bank from 2 GiB on, and runs boot on it. */
void boot_ram(u64 bytes, unsigned int cpus);

/* The same without ZONE_MOVABLE: any request can have all that is free. */
void boot_ram_for_all(u64 bytes, unsigned int cpus);

/* True when TESSERA_LONG asks for more work than make check has time for. */
bool test_is_long(void);

/* xorshift64*: every random test draws from one of these, so that its seed replays it. */
struct rng {
	u64 state;
};

static inline u64 rng_next(struct rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return rng->state * 0x2545f4914f6cdd1dull;
}

/* A number from 0 to n - 1. */
static inline u64 rng_below(struct rng *rng, u64 n)
{
	return (u64)(((unsigned __int128)rng_next(rng) * n) >> 64);
}

/* argv is [seed [operations]]; without them the seed is new and the number is the caller's. */
struct random_plan {
	u64 seed, operations;
};
struct random_plan random_plan(int argc, char **argv, u64 operations, u64 operations_long);

#endif /* TEST_HOST_BOOT_H */
