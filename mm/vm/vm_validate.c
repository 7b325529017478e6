/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: proves that the vmalloc window is what its areas say.
 *
 * Structure: one walk over all leaves of the window, beside one along the areas: each leaf is in an
 * area, none is in a guard page, and an area that is whole has as many as it has pages.
 *
 * Invariants: checks VA1-VA4 (areas.c), VM1 and VM3 (vmalloc.c).
 *
 * Locking: none: nothing changes meanwhile, on any CPU (stop_machine).
 *
 * Bounds: steps grow with the leaves.
 *
 * Configuration: none.
 */
#include "internal.h"

struct vm_check {
	const struct vm_area *area;	/* the next one that has a leaf to come */
	unsigned long pages;		/* of it that were met */
	const char *broken;
};

static bool is_its_own(const struct vm_area *area, phys_addr_t pa)
{
	unsigned long pfn = PFN_DOWN(pa);

	if (!vm_has_frames(area) || !area->whole)
		return true;
	return pfn_valid(pfn) &&
	       page_state(pfn_to_page(block_head_pfn(pfn))) == vm_frame_state(area);
}

/* Pages that are in no leaf because a mover who is kept waiting has them. */
static unsigned long pages_away(const struct vm_area *area)
{
	IF_ENABLED(CONFIG_MIGRATION, return area->moving;)
	(void)area;
	return 0;
}

/* Areas that end below va have all that they need; the next one is at hand. */
static bool come_to(struct vm_check *c, unsigned long va)
{
	while (c->area && c->area->end <= va) {
		if (c->area->whole && (c->pages > c->area->pages ||
				       c->pages + pages_away(c->area) < c->area->pages))
			return false;
		c->area = vm_area_above(c->area->end);
		c->pages = 0;
	}
	return true;
}

static int check_leaf(const struct pgtable_leaf *leaf, void *ctx)
{
	struct vm_check *c = ctx;

	if (!come_to(c, leaf->va))
		c->broken = "VM3: an area that is whole lacks pages";
	else if (!c->area || leaf->va < c->area->start)
		c->broken = "VA1: a page is mapped where no area is";
	else if (leaf->va + leaf->bytes > c->area->end - VM_GUARD_BYTES)
		c->broken = "VA1: an area's guard page is mapped";
	else if (!is_its_own(c->area, leaf->pa))
		c->broken = "VM1: a frame that is no area's own is mapped in one";
	c->pages += leaf->bytes / PAGE_SIZE;
	return c->broken != NULL;
}

const char *vm_validate(void)
{
	struct vm_check c = { .broken = vm_areas_validate() };

	if (c.broken)
		return c.broken;
	c.area = vm_area_above(0);
	pgtable_for_each_leaf(&kernel_pgtable, VMALLOC_START, VMALLOC_SIZE, check_leaf, &c);
	if (!c.broken && !come_to(&c, VM_AREAS_END))
		c.broken = "VM3: an area that is whole lacks pages";
	return c.broken;
}
