/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_EVENT_H
#define MM_VM_EVENT_H

/* What has happened in mm/ since boot, by Linux's names; see mm/page/vm_event.c. */
#include <kernel/percpu.h>
#include <kernel/types.h>
#include <mm/mmzone.h>

#define VM_EVENTS	IS_ENABLED(CONFIG_VM_EVENT_COUNTERS)

/* Events of a zone are that of the first zone, + enum zone_type. */
enum vm_event_item {
	PGALLOC,				/* pages handed out, by the zone that had them */
	ALLOCSTALL = PGALLOC + MAX_NR_ZONES,	/* requests that reclaimed, by highest zone */
	PGFREE = ALLOCSTALL + MAX_NR_ZONES,	/* pages given back */
	PGSTEAL_KSWAPD, PGSTEAL_DIRECT,		/* pages that shrinkers gave: to the node's thread,
						 * to requests */
	PGSCAN_KSWAPD, PGSCAN_DIRECT,		/* pages that they were asked for */
	PGSCAN_DIRECT_THROTTLE,			/* requests that waited for the node's thread */
	PAGEOUTRUN,				/* times that a node's thread went to work */
	SLABS_SCANNED,				/* shrinkers were asked for */
	DROP_SLAB,				/* the shell's drop */
	PGMIGRATE_SUCCESS, PGMIGRATE_FAIL,	/* pages */
	COMPACTMIGRATE_SCANNED,			/* movable pages of pageblocks that were tried */
	COMPACTISOLATED,			/* the same, where it was emptied */
	COMPACTSTALL, COMPACTFAIL, COMPACTSUCCESS,	/* zones that were compacted */
	KCOMPACTD_WAKE,				/* times that a node's thread went to work */
	KCOMPACTD_MIGRATE_SCANNED,		/* COMPACTMIGRATE_SCANNED by such threads */
	CMA_ALLOC_SUCCESS, CMA_ALLOC_FAIL,	/* calls */
	PCP_REFILLED,				/* pages that came to a CPU's lists from zones, less
						 * those that went back: no view shows it */
	NR_VM_EVENTS
};

#ifdef CONFIG_VM_EVENT_COUNTERS

DECLARE_PER_CPU(u64, vm_events[NR_VM_EVENTS]);

/* Any context. What a CPU counts while it is taken elsewhere counts on the CPU that it left. */
static __always_inline void count_vm_events(unsigned int item, unsigned long nr)
{
	__atomic_fetch_add(this_cpu_ptr(&vm_events[item]), nr, __ATOMIC_RELAXED);
}

/* Of all CPUs. A snapshot. */
unsigned long vm_event_sum(unsigned int item);

#else

static __always_inline void count_vm_events(unsigned int item, unsigned long nr)
{
	(void)item, (void)nr;
}

static inline unsigned long vm_event_sum(unsigned int item)
{
	(void)item;
	return 0;
}

#endif

static __always_inline void count_vm_event(unsigned int item)
{
	count_vm_events(item, 1);
}

#endif /* MM_VM_EVENT_H */
