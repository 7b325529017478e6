/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies at a faulting address, for the trap report. Reads tables and boot facts alone. */
#include <kernel/address_owner.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <mm/firmware_map.h>
#include <mm/memblock.h>
#include <mm/page_bytes.h>
#include <arch/mmu.h>
#include <asm/fixmap.h>
#include <asm/image.h>
#include <asm/pgtable.h>
#include <asm/ptrace.h>

struct named_range {
	const char *start, *end;
	const char *name;
};

/* In the image's window; the first that fits. */
static const struct named_range image_ranges[] = {
	{ boot_stack_guard, boot_stack, "guard page below the boot stack" },
	{ boot_stack, boot_stack_end, "boot stack" },
	{ overflow_stack_guard, overflow_stack, "guard page below the overflow stack" },
	{ overflow_stack, overflow_stack_end, "overflow stack" },
	{ _text, __text_end, "kernel image: text" },
	{ __start_rodata, __rodata_end, "kernel image: rodata" },
	{ __init_begin, __init_text_end, "kernel image: init text" },
	{ __init_text_end, __init_end, "kernel image: init data" },
	{ _sdata, __bss_start, "kernel image: data" },
	{ __bss_start, _end, "kernel image: bss" },
};

static const char *image_part(unsigned long va)
{
	for (size_t i = 0; i < ARRAY_SIZE(image_ranges); i++) {
		const struct named_range *r = &image_ranges[i];

		if (va >= (unsigned long)r->start && va < (unsigned long)r->end)
			return r->name;
	}
	return "kernel window, outside the image";
}

static const char *ram_kind(phys_addr_t pa)
{
	const struct image_layout *image = arch_image_layout();
	const struct memblock *map = memblock_copy;

	if (pa >= image->text_start && pa < image->text_end)
		return "alias of the image's text";
	if (pa >= image->rodata_start && pa < image->rodata_end)
		return "alias of the image's rodata";
	if (!map)
		return "boot";
	for (unsigned long i = 0; i < map->memory.cnt; i++) {
		const struct memblock_region *r = &map->memory.regions[i];

		if (pa - r->base < r->size)
			return r->flags & MEMBLOCK_NOMAP ? "not to be mapped: no-map memory" :
			       "RAM";
	}
	return "no RAM there";
}

static void describe_vmalloc(unsigned long va, char *buf, size_t size)
{
	for (const struct address_owner *o = __address_owners_start; o < __address_owners_end; o++)
		if (o->describe(va, buf, size))
			return;
	scnprintf(buf, size, "vmalloc window");
}

static void describe(unsigned long va, char *buf, size_t size)
{
	if (va < PAGE_SIZE)
		scnprintf(buf, size, "near NULL");
	else if ((long)(va << (64 - VA_BITS)) >> (64 - VA_BITS) != (long)va)
		scnprintf(buf, size, "no address of " MMU_MODE_NAME);
	else if (!(va >> 63))
		scnprintf(buf, size, "user half, of which the kernel maps nothing");
	else if (va >= KERNEL_LINK_ADDR)
		scnprintf(buf, size, "%s%s", image_part(va), init_memory_gone &&
			  va >= (unsigned long)__init_begin && va < (unsigned long)__init_end ?
			  ", freed after boot" : "");
	else if (va - PAGE_OFFSET < LINEAR_MAP_SIZE)
		scnprintf(buf, size, "linear map of physical 0x%lx (%s)",
			  va - linear_map_offset, ram_kind(va - linear_map_offset));
	else if (va - VMALLOC_START < VMALLOC_SIZE)
		describe_vmalloc(va, buf, size);
	else if (va - VMEMMAP_START < VMEMMAP_SIZE)
		scnprintf(buf, size, "vmemmap, descriptor of frame 0x%lx",
			  (va - VMEMMAP_START) / STRUCT_PAGE_BYTES);
	else if (va - FIXMAP_START < FIXMAP_SIZE)
		scnprintf(buf, size, va < FIXMAP_SLOTS_START ? "fixmap, device tree" : "fixmap");
	else
		scnprintf(buf, size, "hole between two windows");
}

static void report_entry(unsigned int level, phys_addr_t table_pa, unsigned int index, u64 entry)
{
	static const char letters[] = "VRWXUGAD";
	char flags[sizeof(letters)];
	const char *kind = "-> table";

	for (unsigned int i = 0; i < sizeof(letters) - 1; i++)
		flags[i] = entry >> i & 1 ? letters[i] : '-';
	flags[sizeof(letters) - 1] = '\0';
	if (!(entry & PTE_V))
		kind = "not valid";
	else if (pte_is_leaf(entry))
		kind = level == 0 ? "4 KiB leaf" : level == 1 ? "2 MiB leaf" : "1 GiB leaf";
	pr_emerg("  level %u: table 0x%lx [%3u] = %016lx  pa 0x%lx %s %s\n", level,
		 (unsigned long)table_pa, index, (unsigned long)entry,
		 (unsigned long)pte_pa(entry), flags, kind);
}

/* Physical address of the byte at va, PHYS_ADDR_MAX where it is not mapped. */
static phys_addr_t report_walk(unsigned long va)
{
	phys_addr_t table_pa = arch_kernel_root();

	for (int level = ROOT_LEVEL; level >= 0; level--) {
		unsigned int index = table_index(va, (unsigned int)level);
		u64 entry = ((u64 *)arch_table_access(NULL, table_pa))[index];

		report_entry((unsigned int)level, table_pa, index, entry);
		if (pte_is_leaf(entry))
			return pte_pa(entry) + (va & (LEVEL_SIZE(level) - 1));
		if (!pte_is_table(entry))
			break;
		table_pa = pte_pa(entry);
	}
	return PHYS_ADDR_MAX;
}

/* The tables allow the access, and the machine does not. */
static void report_silence(phys_addr_t pa)
{
	const char *node = firmware_ram_node(pa);

	pr_emerg("Nothing answers at physical 0x%lx, or the firmware keeps it to itself; the device "
		 "tree %s%s\n", (unsigned long)pa, node ? "claims RAM there in /" :
		 "names no RAM there", node ? node : "");
}

void report_address(unsigned long va, bool access_fault)
{
	phys_addr_t pa;
	char text[128];

	describe(va, text, sizeof(text));
	pr_emerg("Address %016lx: %s\n", va, text);
	pa = report_walk(va);
	if (access_fault && pa != PHYS_ADDR_MAX)
		report_silence(pa);
}
