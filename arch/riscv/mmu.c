/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's address space: what early_map() left (image, fixmap) and what boot adds to it
 * (linear map, vmemmap). One root for good; see asm/layout.h for the windows.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <mm/boot_tables.h>
#include <mm/memblock.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/smp.h>
#include <asm/csr.h>
#include <asm/fixmap.h>
#include <asm/image.h>
#include <asm/mmu.h>
#include <asm/pgtable.h>
#include <asm/probe.h>

#define WINDOW_END(start, size)	((start) + ((size) - 1))
BUILD_ASSERT((KERNEL_HALF_START >> LEVEL_SHIFT(ROOT_LEVEL)) % PTRS_PER_TABLE == PTRS_PER_TABLE / 2,
	     "the kernel half is not the upper half of the root: no address space can share it");
BUILD_ASSERT(FIXMAP_START > KERNEL_HALF_START || VA_BITS == 48, "fixmap is in the kernel half");
BUILD_ASSERT(VA_BITS == 48 || WINDOW_END(FIXMAP_START, FIXMAP_SIZE) < VMALLOC_START,
	     "fixmap runs into vmalloc");
BUILD_ASSERT(VMEMMAP_SIZE <= VMEMMAP_SIZE_MAX,
	     "MAX_PHYSMEM_BITS is too large for the vmemmap window: lower it to 44");
BUILD_ASSERT(WINDOW_END(VMALLOC_START, VMALLOC_SIZE) < VMEMMAP_START, "vmalloc runs into vmemmap");
BUILD_ASSERT(VA_BITS == 48 || WINDOW_END(VMEMMAP_START, VMEMMAP_SIZE_MAX) < PAGE_OFFSET,
	     "vmemmap runs into the linear map");
BUILD_ASSERT(IS_ALIGNED(VMEMMAP_START, VMEMMAP_SIZE_MAX),
	     "a frame number is the low bits of its descriptor's address");
BUILD_ASSERT(VA_BITS == 39 || WINDOW_END(PAGE_OFFSET, LINEAR_MAP_SIZE) < FIXMAP_START,
	     "the linear map runs into fixmap");
BUILD_ASSERT(WINDOW_END(PAGE_OFFSET, LINEAR_MAP_SIZE) < KERNEL_LINK_ADDR,
	     "the linear map runs into the image");
BUILD_ASSERT(IS_ALIGNED(PAGE_OFFSET, SZ_1G), "the linear map begins on its largest leaf");
BUILD_ASSERT(IS_ALIGNED(KERNEL_LINK_ADDR, KERNEL_ALIGN), "KERNEL_LINK_ADDR is no 2 MiB multiple");

bool init_memory_gone;			/* [c] */
unsigned int image_table_pages;		/* [c] */

static bool linear_map_ready;		/* [c] */
static struct image_layout image;	/* [c] */

phys_addr_t arch_kernel_root(void)
{
	return __pa_symbol(kernel_root_table);
}

phys_addr_t arch_load_address(void)
{
	return image_load_pa;
}

static phys_addr_t no_table(struct pgtable *pt)
{
	(void)pt;
	return PGTABLE_NONE;
}

static bool owns_none(struct pgtable *pt, phys_addr_t table_pa)
{
	(void)pt;
	(void)table_pa;
	return false;
}

/* All changes share one flush at their end: no table is freed, and each flush asks all harts. */
static void flush_later(struct pgtable *pt, unsigned long start, unsigned long end)
{
	(void)pt;
	(void)start;
	(void)end;
}

/* For what needs no table and leaves none: reading, and the end of init memory. */
static const struct pgtable_ops own_ops = {
	.alloc = no_table,
	.access = arch_table_access,
	.flush = flush_later,
	.owns = owns_none,
};
struct pgtable own_tables = { .ops = &own_ops };	/* [f] */

void __init image_layout_init(void)
{
	phys_addr_t used = (phys_addr_t)early_table_next;

	ASSERT(used <= __pa_symbol(__early_tables_end), "early tables ran into what follows: 0x%lx",
	       (unsigned long)used);
	/* The root and two for fixmap are not among those taken one by one. */
	image_table_pages = 3 + (used - __pa_symbol(__early_tables_start)) / PAGE_SIZE;
	own_tables.root_pa = arch_kernel_root();
	image = (struct image_layout){
		.start = __pa_symbol(_text), .end = __pa_symbol(_end),
		.text_start = __pa_symbol(_text), .text_end = __pa_symbol(__text_end),
		.rodata_start = __pa_symbol(__start_rodata),
		.rodata_end = __pa_symbol(__rodata_end),
		.init_start = __pa_symbol(__init_begin), .init_end = __pa_symbol(__init_end),
		.data_start = __pa_symbol(_sdata), .data_end = __pa_symbol(_edata),
		.bss_start = __pa_symbol(__bss_start), .bss_end = __pa_symbol(__bss_stop),
	};
}

const struct image_layout *arch_image_layout(void)
{
	return &image;
}

void __init arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end)
{
	phys_addr_t limit = (phys_addr_t)1 << CONFIG_MAX_PHYSMEM_BITS;

	*start = ALIGN_DOWN(first_ram, (phys_addr_t)SZ_1G);
	*end = min(*start + LINEAR_MAP_SIZE, limit);
	linear_map_offset = PAGE_OFFSET - *start;
}

void *arch_table_access(struct pgtable *pt, phys_addr_t table_pa)
{
	(void)pt;
	/* All tables are seen through the linear map: one may lie where init memory was, which the
	 * image's window shows no more. While that map is being made, the first tables are seen as
	 * part of the image, and the others one at a time. */
	if (likely(linear_map_ready))
		return __va(table_pa);
	if (table_pa - image_load_pa < image.end - image.start)
		return (void *)(table_pa + image_map_offset);
	return fixmap_map(FIX_TABLE, table_pa, PROT_RW);
}

void arch_table_flush(struct pgtable *pt, unsigned long start, unsigned long end)
{
	(void)pt;
	flush_tlb_kernel_range(start, end);
}

bool arch_maps_uncached(void)
{
	IF_ENABLED(CONFIG_RISCV_ISA_SVPBMT, return pte_types.uncached;)
	return false;
}

void __init arch_paging_init(void)
{
	const struct pa_range read_only[] = {
		{ image.text_start, image.text_end },
		{ image.rodata_start, image.rodata_end },
		/* Init text is executable until arch_protect_initmem(). */
		{ image.init_start, __pa_symbol(__init_text_end) },
	};

	ASSERT(linear_map_offset, "arch_linear_range() comes before arch_paging_init()");
	boot_pgtable.root_pa = arch_kernel_root();
	pgtable_map_linear(&boot_pgtable, read_only, ARRAY_SIZE(read_only));
	linear_map_ready = true;
	svpbmt_probe(image.data_start);
}

void __init arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes)
{
	int err;

	ASSERT(va - VMEMMAP_START < VMEMMAP_SIZE && bytes <= VMEMMAP_SIZE - (va - VMEMMAP_START),
	       "0x%lx and 0x%lx bytes are not in the vmemmap window", va, (unsigned long)bytes);
	err = pgtable_map(&boot_pgtable, va, pa, bytes, VM_KERNEL_RW);
	ASSERT(!err, "no table for descriptors at 0x%lx: %d", va, err);
}

void arch_protect_initmem(void)
{
	size_t text_bytes = (size_t)(__init_text_end - __init_begin);
	int err;

	init_memory_gone = true;
	err = pgtable_unmap(&own_tables, (unsigned long)__init_begin,
			    (size_t)(__init_end - __init_begin));
	if (!err && memory_is_linear(image.init_start))
		err = pgtable_protect(&own_tables, (unsigned long)__va(image.init_start),
				      text_bytes, VM_KERNEL_RW);
	/* No leaf reaches beyond the two ranges, for each was mapped by itself. */
	ASSERT(!err, "init memory keeps its rights: %d", err);
	flush_tlb_kernel_range(0, ~0ul);
}

bool memory_is_linear(phys_addr_t pa)
{
	unsigned int level;

	return linear_map_ready && pa + linear_map_offset - PAGE_OFFSET < LINEAR_MAP_SIZE &&
	       pte_is_leaf(pgtable_lookup(&own_tables, (unsigned long)__va(pa), &level));
}

bool __init arch_ram_is_real(void)
{
	return true;
}

bool arch_va_mapped(unsigned long va)
{
	unsigned int level;

	/* All bits from the highest translated one up are equal in a valid address. */
	if ((long)(va << (64 - VA_BITS)) >> (64 - VA_BITS) != (long)va)
		return false;
	return pte_is_leaf(pgtable_lookup(&own_tables, va, &level));
}

/* Maps pages [first, last] of the tree's window to the blob's. */
static void __init map_fdt_pages(phys_addr_t first_page_pa, size_t last)
{
	for (size_t i = 0; i <= last; i++)
		fixmap_fdt_table[i] = pte_make(first_page_pa + i * PAGE_SIZE, PROT_RO);
	local_flush_tlb_all();
}

/* Big-endian word nr of the blob's header. */
static u32 __init header_word(const u8 *blob, unsigned int nr)
{
	return (u32)blob[4 * nr] << 24 | (u32)blob[4 * nr + 1] << 16 | (u32)blob[4 * nr + 2] << 8 |
	       blob[4 * nr + 3];
}

#define FDT_HEADER_BYTES	40
#define FDT_HEADER_MAGIC	0xd00dfeed

const void *__init arch_map_fdt(phys_addr_t *pa, size_t *limit)
{
	phys_addr_t first = firmware_fdt_pa & PAGE_MASK;
	size_t offset = firmware_fdt_pa - first, bytes = FDT_HEADER_BYTES;
	const u8 *blob = (const u8 *)(FIXMAP_FDT_START + offset);
	u64 word;

	if (firmware_fdt_pa % 8)
		boot_failed("the firmware gave 0x%lx as the device tree's address (a1), which "
			    "is no multiple of 8", (unsigned long)firmware_fdt_pa);
	if (!arch_peek(firmware_fdt_pa, &word))
		boot_failed("the firmware gave 0x%lx as the device tree's address (a1), where "
			    "nothing answers", (unsigned long)firmware_fdt_pa);
	/* No more than the header is touched until it says that more is there. */
	map_fdt_pages(first, (offset + bytes - 1) >> PAGE_SHIFT);
	if (header_word(blob, 0) == FDT_HEADER_MAGIC) {
		bytes = min((size_t)max(header_word(blob, 1), (u32)FDT_HEADER_BYTES),
			    (size_t)FIXMAP_FDT_SIZE - offset);
		map_fdt_pages(first, (offset + bytes - 1) >> PAGE_SHIFT);
	}
	*pa = firmware_fdt_pa;
	*limit = bytes;
	return blob;
}
