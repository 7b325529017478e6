/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_DMA_SIM_H
#define TEST_HOST_DMA_SIM_H

/*
 * The machine of the DMA tests, and its simulated cache. The process's RAM is what CPUs see; memory
 * that devices see lies beside it. A line of the cache is newer than memory when it differs from
 * what was fetched or written back last. All lines are cached all the time, which is the worst
 * case; sim_evict() lets the cache do what it may do at any time.
 */

#include "common/audit.h"
#include "common/boot.h"
#include "common/tree.h"

#include <libfdt.h>
#include <sys/mman.h>

#include <kernel/dcache.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/dma.h>
#include <mm/slab.h>
#include <mm/snapshot.h>

#include "mm/dma/internal.h"

#define SIM_LINE	64u
#define LOW_RAM		0x80000000ull
#define HIGH_RAM	0x180000000ull
#define BANK_BYTES	(64ull << 20)
#define SIM_TREE	(LOW_RAM + BANK_BYTES - (4ull << 20))

#define assert_log(text)	assert_non_null(strstr(host_log(), text))
#define assert_no_log(text)	assert_null(strstr(host_log(), text))

/* For each bank the memory behind the cache, and what the cache's lines were last. */
static u8 *sim_behind, *sim_fetched;

/* What the operations leave out. */
static bool sim_no_clean, sim_no_inval;

static inline size_t sim_offset(phys_addr_t pa)
{
	if (pa - LOW_RAM < BANK_BYTES)
		return pa - LOW_RAM;
	assert_true(pa - HIGH_RAM < BANK_BYTES);
	return BANK_BYTES + (pa - HIGH_RAM);
}

static inline bool sim_is_newer(phys_addr_t line)
{
	return memcmp(__va(line), sim_fetched + sim_offset(line), SIM_LINE);
}

static inline void sim_write_back(phys_addr_t line)
{
	memcpy(sim_behind + sim_offset(line), __va(line), SIM_LINE);
	memcpy(sim_fetched + sim_offset(line), __va(line), SIM_LINE);
}

static inline void sim_fetch(phys_addr_t line)
{
	memcpy(__va(line), sim_behind + sim_offset(line), SIM_LINE);
	memcpy(sim_fetched + sim_offset(line), __va(line), SIM_LINE);
}

/* The line that pa is in is written back if it is newer, else fetched anew. */
static inline void sim_evict(phys_addr_t pa)
{
	phys_addr_t line = ALIGN_DOWN(pa, SIM_LINE);

	if (sim_is_newer(line))
		sim_write_back(line);
	else
		sim_fetch(line);
}

static inline void sim_check_lines(const void *va, phys_addr_t pa, size_t bytes)
{
	assert_ptr_equal(va, __va(pa));
	if (sim_no_clean || sim_no_inval)
		return;
	assert_true(dcache_ops()->line_bytes < SIM_LINE || IS_ALIGNED(pa | bytes, SIM_LINE));
}

static inline void sim_clean(const void *va, phys_addr_t pa, size_t bytes)
{
	sim_check_lines(va, pa, bytes);
	for (phys_addr_t at = ALIGN_DOWN(pa, SIM_LINE); !sim_no_clean && at < pa + bytes;
	     at += SIM_LINE)
		if (sim_is_newer(at))
			sim_write_back(at);
}

static inline void sim_inval(const void *va, phys_addr_t pa, size_t bytes)
{
	sim_check_lines(va, pa, bytes);
	for (phys_addr_t at = ALIGN_DOWN(pa, SIM_LINE); !sim_no_inval && at < pa + bytes;
	     at += SIM_LINE)
		sim_fetch(at);
}

static inline void sim_flush(const void *va, phys_addr_t pa, size_t bytes)
{
	sim_clean(va, pa, bytes);
	sim_inval(va, pa, bytes);
}

/* line_bytes less than SIM_LINE is a lie to the kernel. */
static inline void sim_offer_cache(unsigned int line_bytes, u64 uncached_offset)
{
	static struct dcache cache;

	cache = (struct dcache){ "simulation", line_bytes, sim_clean, sim_inval, sim_flush,
				 uncached_offset };
	dcache_offer(&cache);
}

/* Begins the tree of a machine with two banks, the second above 4 GiB; the root stays open. */
static inline void sim_tree_begin(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(LOW_RAM, BANK_BYTES);
	tree_memory(HIGH_RAM, BANK_BYTES);
}

static inline u8 *sim_bytes(u8 *before)
{
	void *at;

	if (before)
		munmap(before, 2 * BANK_BYTES);
	at = mmap(NULL, 2 * BANK_BYTES, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(at != MAP_FAILED);
	return at;
}

/* Ends the tree and boots the machine with it; other CPUs are threads. */
static inline void sim_boot_cpus(unsigned int cpus)
{
	struct host_machine m = host_default_machine;

	m.fdt = tree_end();
	m.fdt_pa = SIM_TREE;
	host_reset(&m);
	sim_behind = sim_bytes(sim_behind);
	sim_fetched = sim_bytes(sim_fetched);
	sim_no_clean = sim_no_inval = false;
	if (HOST_TRY(boot_memory()) != HOST_RAN_ON)
		fail_msg("boot stopped: %s", host_stop_text());
	gfp_allow_waiting();
	if (cpus > 1)
		host_start_cpus();
	host_log_clear();
}

static inline void sim_boot(void)
{
	sim_boot_cpus(1);
}

/* A machine without devices in its tree, and with caches that devices may be blind to. */
static inline void sim_machine(void)
{
	sim_tree_begin();
	sim_boot();
	sim_offer_cache(SIM_LINE, 0);
}

/* What a device finds at pa: one that sees the caches, and one that does not. */
static inline u8 *sim_memory(phys_addr_t pa, bool coherent)
{
	return coherent ? __va(pa) : sim_behind + sim_offset(pa);
}

/* Audit finds no broken rule, and so many pages of devices. */
static inline void sim_check(unsigned long device_pages)
{
	unsigned long kept = 0;
	struct audit a;

	assert_int_equal(audit_errors(&a), 0);
	assert_int_equal(a.pages[PG_DMA], device_pages);
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		kept += page_kept_pages(nid, PG_DMA);
	assert_int_equal(kept, device_pages);
}

/* All pages that there are, and back. */
static void *sim_taken[2 * BANK_BYTES / PAGE_SIZE];

static inline unsigned long sim_take_all(void)
{
	unsigned long nr = 0;
	struct page *page;

	for (int i = 0; i < 2; i++)
		while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | (i ? GFP_MOVABLE : 0), 0)))
			sim_taken[nr++] = page;
	return nr;
}

static inline void sim_release(unsigned long nr)
{
	while (nr)
		__free_page(sim_taken[--nr]);
}

#endif /* TEST_HOST_DMA_SIM_H */
