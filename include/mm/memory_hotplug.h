/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMORY_HOTPLUG_H
#define MM_MEMORY_HOTPLUG_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/page_isolation.h>

/*
 * Memory that comes and goes, CONFIG_MEMORY_HOTPLUG, by sections: those that boot left offline. A
 * section that is offline has no descriptors, and the linear map does not show it. All calls: one
 * at a time, others wait; process context.
 */

/* What patience_us may be where nothing says better. */
#define OFFLINE_US	1000000ull

/*
 * Brings the section of frame pfn online. 0; -EINVAL: it is none that boot left offline; -EEXIST:
 * it is online; -ENOMEM: no memory for page tables; -ETIMEDOUT: a CPU does not stand still. But for
 * 0 nothing has changed.
 */
int online_pages(unsigned long pfn) __must_check;

/*
 * Takes it offline: what can move moves, and what is freed within patience_us goes, so long
 * before it is isolated and again after it. 0; -EINVAL as
 * above; -ENOENT: it is offline; -EBUSY: *o says which block stays, and what it is; -ENOMEM: there
 * is no room elsewhere, *o says for which; -ETIMEDOUT as above. But for 0 nothing has changed,
 * except that pages may have moved. On success each counter is what it was before the section came.
 */
int offline_pages(unsigned long pfn, u64 patience_us, struct page_obstacle *o) __must_check;

#endif /* MM_MEMORY_HOTPLUG_H */
