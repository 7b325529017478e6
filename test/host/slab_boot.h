/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SLAB_BOOT_H
#define TEST_HOST_SLAB_BOOT_H

/* The machine that the slab tests run on. */

#include <host/host.h>
#include <kernel/percpu.h>
#include <kernel/types.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <arch/mmu.h>

#include "../../mm/internal.h"

#define SLAB_RAM_PA	0x80000000ul

/* Boots up to and with the slab allocator: one bank of bytes, cpus CPUs, running as CPU 0. */
static inline void slab_boot(u64 bytes, unsigned int cpus)
{
	phys_addr_t start, end;

	host_reset(NULL);
	memblock_add(SLAB_RAM_PA, bytes);
	arch_linear_range(SLAB_RAM_PA, &start, &end);
	arch_paging_init();
	page_tag_init();
	sparse_init();
	free_area_init();
	build_all_zonelists();
	host_set_cpus(cpus);
	setup_per_cpu_areas();
	host_become_cpu(0);
	memblock_free_all();
	init_per_zone_wmark_min();
	kmem_cache_init();
}

#endif /* TEST_HOST_SLAB_BOOT_H */
