/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The tree behind /proc/iomem, made once from memblock and the image.
 *
 * Structure
 *   Banks of RAM come first, then the image and the crash kernel inside theirs, then whatever is
 *   reserved, cut into the gaps that are left: a range that is reserved and part of the image
 *   shows as the image.
 *
 *     [ System RAM                                          ]     [ System RAM       ]
 *       [Reserved] [ Kernel image           ] [Crash kernel]        [Reserved]
 *                    [code][rodata][data][bss]
 *
 * Invariants
 *   IO1  Resources are never given back: one array, filled in order, is all the allocation there
 *        is, and it was counted from the same regions.
 *
 * Locking
 *   None: boot only; the tree is constant after it.
 *
 * Configuration
 *   None.
 */
#include <mm/iomem.h>

#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/resource.h>
#include <kernel/string.h>
#include <mm/config.h>
#include <mm/dt_memory.h>
#include <mm/hot_ranges.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

/* The image, its four parts, and the crash kernel. */
#define NAMED_RESOURCES	6

static const char system_ram[] = IOMEM_RAM;

static struct resource *pool __initdata;	/* [i] */
static unsigned long pool_left __initdata;	/* [i] */

static struct resource *__init new_resource(phys_addr_t start, phys_addr_t end, const char *name)
{
	ASSERT(pool_left, "IO1: more resources than regions");
	pool_left--;
	*pool = (struct resource){ .start = start, .end = end, .name = name };
	return pool++;
}

static void __init add_resource(struct resource *root, phys_addr_t start, phys_addr_t end,
				const char *name)
{
	int err;

	if (start >= end)
		return;
	err = resource_insert(root, new_resource(start, end, name));
	if (err)
		pr_warn("iomem: %s [mem %#018llx-%#018llx] is left out: it crosses the border of another "
			"line (error %d)\n", name,
			(unsigned long long)start, (unsigned long long)end - 1, err);
}

/* RAM in whole frames; what is not mapped is shown as reserved. */
static void __init add_memory(void)
{
	struct memblock_region *r;

	for_each_mem_region(r)
		add_resource(&iomem_resource, PFN_PHYS(PFN_UP(r->base)),
			     PFN_PHYS(PFN_DOWN(r->base + r->size)),
			     r->flags & MEMBLOCK_NOMAP ? "Reserved" : system_ram);
}

/* Each section that is offline by itself: whoever brings it online changes its name. */
static void __init add_hot(void)
{
	const struct hot_range *r;

	for_each_hot_range(r)
		for (phys_addr_t at = r->base; at < r->end; at += SECTION_BYTES)
			add_resource(&iomem_resource, at, at + SECTION_BYTES, IOMEM_OFFLINE);
}

static unsigned long __init hot_sections(void)
{
	const struct hot_range *r;
	unsigned long sections = 0;

	for_each_hot_range(r)
		sections += (r->end - r->base) >> CONFIG_SECTION_SIZE_BITS;
	return sections;
}

static void __init add_image(void)
{
	const struct image_layout *im = arch_image_layout();

	add_resource(&iomem_resource, im->start, im->end, "Kernel image");
	add_resource(&iomem_resource, im->text_start, im->text_end, "Kernel code");
	add_resource(&iomem_resource, im->rodata_start, im->rodata_end, "Kernel rodata");
	add_resource(&iomem_resource, im->data_start, im->data_end, "Kernel data");
	add_resource(&iomem_resource, im->bss_start, im->bss_end, "Kernel bss");
}

static void __init add_crash_kernel(void)
{
	add_resource(&iomem_resource, crash_kernel_pa, crash_kernel_pa + crash_kernel_bytes,
		     "Crash kernel");
}

/* The parts of [start, end) within parent that no child of it covers yet. */
static void __init add_reserved_gaps(struct resource *parent, phys_addr_t start, phys_addr_t end)
{
	struct resource *child = parent->child, *next;

	start = max(start, parent->start);
	end = min(end, parent->end);
	for (; child && start < end; child = next) {
		/* Taken before the new one is linked in front of child. */
		next = child->sibling;
		if (child->end <= start)
			continue;
		add_resource(parent, start, min(end, child->start), "Reserved");
		start = max(start, child->end);
	}
	add_resource(parent, start, end, "Reserved");
}

static void __init add_reserved_range(phys_addr_t start, phys_addr_t end)
{
	struct resource *ram;

	/* First what lies outside all banks, then what lies inside each. */
	add_reserved_gaps(&iomem_resource, start, end);
	for (ram = iomem_resource.child; ram; ram = ram->sibling) {
		if (start < ram->end && ram->start < end && ram->name == system_ram)
			add_reserved_gaps(ram, start, end);
	}
}

/* memblock keeps neighbours with different owners apart; here all are just reserved. */
static void __init add_reserved(void)
{
	phys_addr_t start = 0, end = 0;
	struct memblock_region *r;

	for_each_reserved_mem_region(r) {
		phys_addr_t from = PFN_PHYS(PFN_DOWN(r->base));
		phys_addr_t to = PFN_PHYS(PFN_UP(r->base + r->size));

		/* The end of the last frame of all is no number. */
		to = to ? to : PHYS_ADDR_MAX;
		if (from > end) {
			add_reserved_range(start, end);
			start = from;
		}
		end = max(end, to);
	}
	add_reserved_range(start, end);
}

void __init iomem_prepare(void)
{
	/*
	 * Each bank needs one. Reserved ranges are disjoint, so each of a bank's two borders, of
	 * the image's and of the crash kernel's can cut one of them once more. This allocation and
	 * that of memblock's copy may add a range each.
	 */
	pool_left = 3 * memblock.memory.cnt + memblock.reserved.cnt + 4 + 2 + NAMED_RESOURCES +
		    hot_sections();
	pool = __va(memblock_phys_alloc_or_stop(pool_left * sizeof(*pool), SMP_CACHE_BYTES,
						NUMA_NO_NODE, "resources", NULL));
	memset(pool, 0, pool_left * sizeof(*pool));
}

void __init iomem_init(void)
{
	add_memory();
	add_hot();
	add_image();
	add_crash_kernel();
	add_reserved();
}
