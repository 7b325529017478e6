/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees of who is what: nodes hold others, siblings ascend and are disjoint. */
#include <kernel/errno.h>
#include <kernel/resource.h>

/* [c] */
struct resource iomem_resource = { .start = 0, .end = PHYS_ADDR_MAX, .name = "iomem" };

static bool contains(const struct resource *outer, const struct resource *inner)
{
	return outer->start <= inner->start && inner->end <= outer->end;
}

int resource_insert(struct resource *root, struct resource *new)
{
	struct resource **link = &root->child;

	if (new->start >= new->end || !contains(root, new))
		return -EINVAL;
	/* Siblings ascend and are disjoint: only the first that ends beyond our start matters. */
	while (*link && (*link)->end <= new->start)
		link = &(*link)->sibling;
	if (!*link || (*link)->start >= new->end) {
		new->parent = root;
		new->sibling = *link;
		new->child = NULL;
		*link = new;
		return 0;
	}
	if (contains(*link, new) && !contains(new, *link))
		return resource_insert(*link, new);
	return -EBUSY;
}
