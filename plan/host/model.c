/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiled with the target's asm headers: it stands in for arch/riscv/mmu.c below the target's
 * pgtable.c and linear_map.c. The tables that the target's image brings along (root, fixmap,
 * the image's own window) are kept apart, under addresses within the image.
 */
#include <stdlib.h>

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/memblock.h>
#include <asm/hart.h>
#include <asm/pgtable.h>

#include "model.h"
#include "target_image.h"

/* More than root, fixmap's and image's tables in any mode. */
#define IMAGE_TABLES	16

unsigned long linear_map_offset, image_map_offset;

static u64 image_tables[IMAGE_TABLES][PTRS_PER_TABLE] __aligned(4096);
static unsigned int image_tables_used;
static phys_addr_t image_tables_pa;
static bool image_tables_done;

u64 model_linear_map_bytes(void)
{
	return LINEAR_MAP_SIZE;
}

u64 *pgtable_access(phys_addr_t table_pa)
{
	u64 nr = (table_pa - image_tables_pa) / PAGE_SIZE;

	return nr < IMAGE_TABLES ? image_tables[nr] : host_frame(table_pa);
}

static phys_addr_t take_table(void)
{
	phys_addr_t pa;

	if (!image_tables_done) {
		if (image_tables_used == IMAGE_TABLES)
			abort();
		return image_tables_pa + PAGE_SIZE * image_tables_used++;
	}
	pa = memblock_phys_alloc_or_stop(PAGE_SIZE, PAGE_SIZE, NUMA_NO_NODE, "page tables",
					 "CONFIG_MAX_ORDER");
	memset(host_frame(pa), 0, PAGE_SIZE);
	return pa;
}

static void paging_init(phys_addr_t image_pa, phys_addr_t linear_start)
{
	const struct target_image *t = &model_target.image;
	const struct pa_range read_only[] = {
		{ image_pa, image_pa + t->text_end },
		{ image_pa + t->rodata_start, image_pa + t->rodata_end },
		{ image_pa + t->init_start, image_pa + t->init_text_end },
	};
	phys_addr_t root_pa;

	memset(image_tables, 0, sizeof(image_tables));
	image_tables_pa = image_pa;
	image_tables_used = 0;
	image_tables_done = false;
	pgtable_alloc = take_table;
	root_pa = take_table();
	/* One page in each window makes the tables on the way to all of it. */
	pgtable_map(root_pa, FIXMAP_START, 0, PAGE_SIZE, PROT_RO);
	pgtable_map(root_pa, KERNEL_LINK_ADDR, 0, PAGE_SIZE, PROT_RO);
	image_tables_done = true;

	linear_map_offset = PAGE_OFFSET - linear_start;
	pgtable_map_linear(root_pa, read_only, ARRAY_SIZE(read_only));
}

static void vmemmap_map(u64 offset, phys_addr_t pa, u64 bytes)
{
	pgtable_map(image_tables_pa, VMEMMAP_START + offset, pa, bytes, PROT_RW);
}

const struct host_target model_target = {
	.image = TARGET_IMAGE,
	.paging_init = paging_init,
	.vmemmap_map = vmemmap_map,
	.cpu_usable = hart_usable,
};
