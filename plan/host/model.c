/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands in for arch/riscv/mmu.c below the target's pgtable.c and linear_map.c, and takes tables as
 * the kernel's boot does; it is compiled with the target's asm headers. Tables that the target's
 * image brings along (root, fixmap, the image's own window) are kept apart, under addresses within
 * the image.
 */
#include <stdlib.h>

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/boot_tables.h>
#include <asm/hart.h>
#include <asm/pgtable.h>

#include "model.h"
#include "target_image.h"

/* More tables than root, fixmap and image need in any mode. */
#define IMAGE_TABLES	16

static u64 image_tables[IMAGE_TABLES][PTRS_PER_TABLE] __aligned(4096);
static unsigned int image_tables_used;
static phys_addr_t image_tables_pa;
static bool image_tables_done;

u64 model_linear_map_bytes(void)
{
	return LINEAR_MAP_SIZE;
}

static void *table_access(struct pgtable *pt, phys_addr_t table_pa)
{
	u64 nr = (table_pa - image_tables_pa) / PAGE_SIZE;

	(void)pt;
	return nr < IMAGE_TABLES ? image_tables[nr] : host_frame(table_pa);
}

static phys_addr_t table_alloc(struct pgtable *pt)
{
	if (image_tables_done)
		return boot_table_alloc(pt);
	if (image_tables_used == IMAGE_TABLES)
		abort();
	return image_tables_pa + PAGE_SIZE * image_tables_used++;
}

static void no_flush(struct pgtable *pt, unsigned long start, unsigned long end)
{
	(void)pt;
	(void)start;
	(void)end;
}

static const struct pgtable_ops model_ops = {
	.alloc = table_alloc,
	.access = table_access,
	.flush = no_flush,
};

static struct pgtable model_pgtable = { .ops = &model_ops };

static void map(unsigned long va, phys_addr_t pa, u64 bytes, unsigned int rights)
{
	if (pgtable_map(&model_pgtable, va, pa, bytes, rights))
		abort();
}

static void paging_init(phys_addr_t image_pa, phys_addr_t linear_start)
{
	const struct target_image *t = &model_target.image;
	const struct pa_range read_only[] = {
		{ image_pa, image_pa + t->text_end },
		{ image_pa + t->rodata_start, image_pa + t->rodata_end },
		{ image_pa + t->init_start, image_pa + t->init_text_end },
	};

	memset(image_tables, 0, sizeof(image_tables));
	image_tables_pa = image_pa;
	image_tables_used = 0;
	image_tables_done = false;
	model_pgtable.root_pa = table_alloc(&model_pgtable);
	/* A page in each window makes all tables on the way to the window. */
	map(FIXMAP_START, 0, PAGE_SIZE, VM_KERNEL_RO);
	map(KERNEL_LINK_ADDR, 0, PAGE_SIZE, VM_KERNEL_RO);
	image_tables_done = true;

	linear_map_offset = PAGE_OFFSET - linear_start;
	pgtable_map_linear(&model_pgtable, read_only, ARRAY_SIZE(read_only));
}

static void vmemmap_map(u64 offset, phys_addr_t pa, u64 bytes)
{
	map(VMEMMAP_START + offset, pa, bytes, VM_KERNEL_RW);
}

const struct host_target model_target = {
	.image = TARGET_IMAGE,
	.paging_init = paging_init,
	.vmemmap_map = vmemmap_map,
	.cpu_usable = hart_usable,
};
