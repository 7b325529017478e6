/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_DCACHE_H
#define KERNEL_DCACHE_H

#include <kernel/types.h>

/*
 * What a machine has for devices that do not see its data caches: instructions of the CPUs, or a
 * cache controller. The operations take whole lines, by the address in the linear map and the
 * physical one, are done when they return, and hold for all CPUs. Any context.
 */
struct dcache {
	const char *name;		/* [c] */
	unsigned int line_bytes;	/* [c] a power of two */
	/* [c] Writes back what is newer than memory; the lines stay. */
	void (*clean)(const void *va, phys_addr_t pa, size_t bytes);
	/* [c] Drops the lines. Where that is not to be had without writing back, what is newer than
	 * memory goes there first: there is nothing such by the rules of use. */
	void (*inval)(const void *va, phys_addr_t pa, size_t bytes);
	/* [c] Writes back and drops. */
	void (*flush)(const void *va, phys_addr_t pa, size_t bytes);
	u64 uncached_offset;		/* [c] so far above RAM lies the same, uncached; 0: no */
};

/* Boot: a driver or the arch has one; the first offer stays. */
void dcache_offer(const struct dcache *found);

/* NULL when nobody has offered any. Any context, after boot. */
const struct dcache *dcache_ops(void);

#endif /* KERNEL_DCACHE_H */
