/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_RESOURCE_H
#define KERNEL_RESOURCE_H

#include <kernel/types.h>

/*
 * Who has which physical addresses, as a tree for /proc/iomem. Ranges here are half-open, as
 * everywhere; the view prints the last address.
 */
struct resource {
	phys_addr_t start, end;				/* [c] */
	const char *name;				/* [S*] */
	struct resource *parent, *sibling, *child;	/* [c] siblings ascend */
};

extern struct resource iomem_resource;

/*
 * Puts new below root, as a child of the deepest resource that contains it. Returns 0, -EINVAL for
 * an empty range, -EBUSY when new crosses the border of another resource or equals one. No lock:
 * for boot and tests alone.
 */
int resource_insert(struct resource *root, struct resource *new);

#endif /* KERNEL_RESOURCE_H */
