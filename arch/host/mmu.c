/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory of the hosted machine: two windows of the process's address space in which
 * nothing is accessible until the kernel maps it, so that a touch of a hole, of no-map memory
 * or of a descriptor without memory behind it is a fault, as on the real machine.
 *
 *   linear map    LINEAR_MAP_SIZE, va = pa + host_linear_offset; frames of memblock's RAM
 *   vmemmap       VMEMMAP_SIZE, what arch_vmemmap_map() was asked for
 *
 * The windows take address space alone; a page costs memory once it is written. The frames that
 * the kernel sets aside for descriptors and tables are not what holds those: they stay unused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <kernel/math.h>
#include <kernel/panic.h>
#include <mm/boot_tables.h>
#include <mm/config.h>
#include <mm/memblock.h>
#include <arch/mmu.h>
#include <arch/percpu.h>
#include <arch/pgtable.h>
#include <arch/smp.h>
#include <host/host.h>
#include <host/target.h>

extern const char __executable_start[];

unsigned long host_linear_offset;
/* Of 2^32 descriptors (arch/page.h). */
#define VMEMMAP_ALIGN	(1ul * STRUCT_PAGE_BYTES << 32)

unsigned long host_vmemmap_va;
bool host_keep_ram;

/* The root of the kernel's page tables. Its physical address is the image's, where nothing else
 * lies. */
static unsigned long root_table[PAGE_SIZE / sizeof(unsigned long)];
static unsigned long linear_va;
static bool windows_kept;
static struct image_layout layout;

/* Reserves address space without memory; align is a power of two. */
static unsigned long reserve_window(unsigned long bytes, unsigned long align)
{
	void *va = mmap(NULL, bytes + align, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (va == MAP_FAILED) {
		perror("no address space for the hosted machine");
		abort();
	}
	return ALIGN_UP((unsigned long)va, align);
}

static void clear_window(unsigned long va, unsigned long bytes)
{
	if (mmap((void *)va, bytes, PROT_NONE,
		 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
		abort();
}

static void open_window(unsigned long va, unsigned long bytes)
{
	if (bytes && !windows_kept && mprotect((void *)va, bytes, PROT_READ | PROT_WRITE)) {
		perror("no memory for the hosted machine");
		abort();
	}
}

static void reset_windows(void)
{
	if (windows_kept && host_keep_ram)
		return;
	clear_window(linear_va, LINEAR_MAP_SIZE);
	clear_window(host_vmemmap_va, VMEMMAP_SIZE);
	windows_kept = false;
	if (!host_keep_ram)
		return;
	open_window(linear_va, LINEAR_MAP_SIZE);
	open_window(host_vmemmap_va, VMEMMAP_SIZE);
	windows_kept = true;
}

static void lay_out_image(const struct host_machine *m)
{
	phys_addr_t pa = m->kernel_pa, end = pa + m->kernel_bytes;

	if (m->target) {
		const struct target_image *t = &m->target->image;

		layout = (struct image_layout){
			.start = pa, .end = pa + t->end,
			.text_start = pa, .text_end = pa + t->text_end,
			.rodata_start = pa + t->rodata_start, .rodata_end = pa + t->rodata_end,
			.init_start = pa + t->init_start, .init_end = pa + t->init_end,
			.data_start = pa + t->data_start, .data_end = pa + t->data_end,
			.bss_start = pa + t->bss_start, .bss_end = pa + t->bss_end,
		};
		return;
	}
	layout = (struct image_layout){
		.start = pa, .end = end,
		.text_start = pa, .text_end = pa + HOST_RODATA_START,
		.rodata_start = pa + HOST_RODATA_START, .rodata_end = pa + HOST_INIT_START,
		.init_start = pa + HOST_INIT_START, .init_end = pa + HOST_INIT_END,
		.data_start = pa + HOST_INIT_END,
	};
	layout.data_end = ALIGN_DOWN(layout.data_start + (end - layout.data_start) / 2, PAGE_SIZE);
	layout.bss_start = layout.data_end;
	layout.bss_end = end;
}

void host_mmu_reset(const struct host_machine *m)
{
	phys_addr_t start, end;

	if (!linear_va) {
		linear_va = reserve_window(LINEAR_MAP_SIZE, SZ_1G);
		host_vmemmap_va = reserve_window(VMEMMAP_SIZE, VMEMMAP_ALIGN);
	}
	reset_windows();
	memset(root_table, 0, sizeof(root_table));
	lay_out_image(m);
	arch_linear_range(m->first_ram, &start, &end);
}

void host_open_ram(phys_addr_t base, u64 bytes)
{
	open_window((unsigned long)__va(base), bytes);
}

phys_addr_t __pa_symbol(const void *va)
{
	return layout.start + ((unsigned long)va - (unsigned long)__executable_start);
}

const struct image_layout *arch_image_layout(void)
{
	return &layout;
}

void arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end)
{
	u64 bytes = host_machine.linear_bytes;

	*start = ALIGN_DOWN(first_ram, SZ_1G);
	*end = *start + min(bytes && bytes < LINEAR_MAP_SIZE ? bytes : LINEAR_MAP_SIZE,
			    PHYS_ADDR_MAX - *start);
	host_linear_offset = linear_va - *start;
}

void arch_paging_init(void)
{
	const struct memblock_region *r;

	boot_pgtable.root_pa = arch_kernel_root();
	for_each_mem_region(r) {
		phys_addr_t base = ALIGN_UP(r->base, PAGE_SIZE);
		phys_addr_t end = ALIGN_DOWN(r->base + r->size, PAGE_SIZE);

		if (memblock_is_nomap(r) || base >= end)
			continue;
		if ((unsigned long)__va(end) - linear_va > LINEAR_MAP_SIZE)
			panic("RAM outside the hosted linear map: 0x%llx",
			      (unsigned long long)r->base);
		host_open_ram(base, end - base);
	}
	if (host_machine.target)
		host_machine.target->paging_init(layout.start, linear_va - host_linear_offset);
}

void *host_frame(phys_addr_t pa)
{
	return __va(pa);
}

/* A process has no translations to forget. */
void arch_table_flush(struct pgtable *pt, unsigned long start, unsigned long end)
{
	(void)pt;
	(void)start;
	(void)end;
}

phys_addr_t arch_kernel_root(void)
{
	return layout.start;
}

void *arch_table_access(struct pgtable *pt, phys_addr_t table_pa)
{
	(void)pt;
	return table_pa == layout.start ? root_table : host_frame(table_pa);
}

size_t arch_percpu_bytes(void)
{
	extern char __per_cpu_start[], __per_cpu_end[];
	size_t own_bytes = (size_t)(__per_cpu_end - __per_cpu_start);
	const struct host_target *target = host_machine.target;

	if (!target)
		return own_bytes;
	if (own_bytes > target->image.percpu_bytes)
		panic("per-CPU data takes more bytes here (%zu) than on the target (%llu)",
		      own_bytes, (unsigned long long)target->image.percpu_bytes);
	return target->image.percpu_bytes;
}

void arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes)
{
	if (va < host_vmemmap_va || va + bytes > host_vmemmap_va + VMEMMAP_SIZE ||
	    (va | pa | bytes) & ~PAGE_MASK)
		panic("vmemmap: va 0x%lx, pa 0x%llx, %zu bytes", va, (unsigned long long)pa, bytes);
	open_window(va, bytes);
	if (host_machine.target)
		host_machine.target->vmemmap_map(va - host_vmemmap_va, pa, bytes);
}

/* What goes is forgotten, as RAM that is taken out. */
void arch_window_changes(unsigned long va, u64 bytes, bool shown)
{
	if (shown)
		open_window(va, bytes);
	else if (bytes && !windows_kept)
		clear_window(va, bytes);
}

void arch_protect_initmem(void)
{
}

const void *arch_map_fdt(phys_addr_t *pa, size_t *limit)
{
	*pa = host_machine.fdt_pa;
	*limit = host_machine.fdt_bytes ? host_machine.fdt_bytes : SZ_2M;
	/* The target looks at the tree before it clears its bss. */
	if (host_machine.target && *pa < layout.end && layout.start < *pa + *limit)
		boot_failed("the device tree lies inside the memory of the kernel image (which "
			    "includes its bss); load it elsewhere.");
	return host_machine.fdt;
}

bool arch_ram_is_real(void)
{
	return host_machine.ram_is_real;
}

/* Without a test's own bus a word holds what was written there last, and 0 once another word was
 * written. */
static phys_addr_t poked_pa;
static u64 poked_value;

bool arch_peek(phys_addr_t pa, u64 *value)
{
	if (host_machine.bus)
		return host_machine.bus->peek(pa, value);
	*value = pa == poked_pa ? poked_value : 0;
	return true;
}

bool arch_poke(phys_addr_t pa, u64 value)
{
	if (host_machine.bus)
		return host_machine.bus->poke(pa, value);
	poked_pa = pa;
	poked_value = value;
	return true;
}

/* Asks the system to read the byte, which fails where an access of ours would fault. */
bool arch_maps_uncached(void)
{
	return host_machine.maps_uncached;
}

bool arch_va_mapped(unsigned long va)
{
	char byte;
	struct iovec to = { &byte, 1 }, from = { (void *)va, 1 };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == 1;
}

void arch_report_layout(void)
{
}

void (*host_on_flush)(void);			/* [f] */
unsigned long host_flush_start, host_flush_end;	/* [a] */

void flush_tlb_kernel_range(unsigned long start, unsigned long end)
{
	WRITE_ONCE(host_flush_start, start);
	WRITE_ONCE(host_flush_end, end);
	if (host_on_flush)
		host_on_flush();
}

void flush_icache_all(void)
{
}
