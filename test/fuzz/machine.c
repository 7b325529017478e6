/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine that boots. Functions that would make two executions of one input differ, or make one
 * slow, are replaced (by the linker's --wrap):
 *
 *   arch_ticks         stands still
 *   printk             formats (a bad pointer is a finding) and forgets
 *   arch_linear_range  gives a tree with much RAM a short linear map
 *
 * RAM that boot takes is also told to the oracle, and filled.
 *
 * A machine without holes needs no system calls for its RAM, but nothing traps there, either. Two
 * other guards take the traps' place: descriptors outside the mapped ones are poisoned, and each
 * piece of RAM that boot takes is compared with the tree. libfdt is built without the address
 * sanitizer, which would take half of the time; instead the tree ends before a page that cannot be
 * read.
 */
#include "machine.h"

#include <stdarg.h>
#include <sys/mman.h>

#include <kernel/compiler.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/memblock.h>
#include <arch/mmu.h>
#include <arch/time.h>
#include <host/host.h>

#include "fuzz.h"
#include "oracle.h"
#include "recipe.h"

/* A window of descriptors that is small enough to be poisoned as a whole. */
#define GUARDED		(VMEMMAP_SIZE <= SZ_1G)

const u64 kernel_bases[4] = { 0x80000000, 0x40000000, 0x100000000, 0 };

/* A build without the sanitizer lacks these. */
#pragma weak __asan_poison_memory_region
#pragma weak __asan_unpoison_memory_region
void __asan_poison_memory_region(const volatile void *at, size_t bytes);
void __asan_unpoison_memory_region(const volatile void *at, size_t bytes);

/* It has BLOB_BYTES, and a closed page follows. */
static char *buffer;
static char *blob;
static size_t blob_bytes;

static struct machine_way way;
static bool show_log;

/* Forbids the kernel these bytes, or allows them. */
static void poison(const void *at, size_t bytes, bool on)
{
	if (on && __asan_poison_memory_region)
		__asan_poison_memory_region(at, bytes);
	else if (!on && __asan_unpoison_memory_region)
		__asan_unpoison_memory_region(at, bytes);
}

/* ---- replaced and listened to ---- */

u64 __wrap_arch_ticks(void);
void __wrap_printk(int level, const char *fmt, ...);
void __wrap_vprintk(int level, const char *fmt, va_list args);
void __wrap_arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end);
void __real_arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end);
void __wrap_arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes);
void __real_arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes);
int __wrap_memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner);
int __real_memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner);
phys_addr_t __wrap_memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align,
					     phys_addr_t start, phys_addr_t end);
phys_addr_t __real_memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align,
					     phys_addr_t start, phys_addr_t end);

u64 __wrap_arch_ticks(void)
{
	return 1;
}

void __wrap_vprintk(int level, const char *fmt, va_list args)
{
	static char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), fmt, args);
	if (show_log)
		fputs(line, stderr);
}

void __wrap_printk(int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	__wrap_vprintk(level, fmt, args);
	va_end(args);
}

void __wrap_arch_linear_range(phys_addr_t first_ram, phys_addr_t *start, phys_addr_t *end)
{
	if (oracle_read_tree(boot_fdt, way.ram_most + 1) > way.ram_most)
		host_machine.linear_bytes = way.ram_most;
	__real_arch_linear_range(first_ram, start, end);
}

/* The ranges of descriptors of the machine before this one. */
static struct {
	unsigned long va;
	size_t bytes;
} mapped[512];
static unsigned int nr_mapped;

static void shut_descriptors(void)
{
	while (nr_mapped > 0) {
		nr_mapped--;
		poison((void *)mapped[nr_mapped].va, mapped[nr_mapped].bytes, true);
	}
}

void __wrap_arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes)
{
	if (GUARDED) {
		if (nr_mapped == ARRAY_SIZE(mapped))
			finding("descriptors are mapped in %u pieces", nr_mapped);
		mapped[nr_mapped].va = va;
		mapped[nr_mapped++].bytes = bytes;
		poison((void *)va, bytes, false);
	}
	__real_arch_vmemmap_map(va, pa, bytes);
	/* Fresh memory holds zeros, which will do as well and need not all be touched. */
	if (host_keep_ram)
		memset((void *)va, way.fill, bytes);
}

int __wrap_memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner)
{
	int err = __real_memblock_reserve_owner(base, size, owner);

	/* A reservation before RAM is mapped is none of boot's own objects. */
	if (!boot_mark_instret(MARK_PAGING))
		return err;
	/* The first try to allocate has no owner's name yet. */
	oracle_took(base, size, owner ? owner : "memmap");
	/* Descriptors in a window of their own are not reached through the linear map. */
	if (owner && (!IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) || strcmp(owner, "memmap")))
		memset(__va(base), way.fill, size);
	return err;
}

phys_addr_t __wrap_memblock_phys_alloc_range(phys_addr_t size, phys_addr_t align,
					     phys_addr_t start, phys_addr_t end)
{
	phys_addr_t at = __real_memblock_phys_alloc_range(size, align, start, end);

	if (at)
		oracle_placed(at, size, align, start, end);
	return at;
}

/* ---- set-up ---- */

void machine_init(void)
{
	show_log = getenv("TESSERA_LOG");
	host_reset(NULL);
	if (GUARDED)
		poison((void *)host_vmemmap_va, VMEMMAP_SIZE, true);
	buffer = mmap(NULL, BLOB_BYTES + PAGE_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED || mprotect(buffer + BLOB_BYTES, PAGE_SIZE, PROT_NONE))
		finding("no memory for a tree");
}

bool machine_take_tree(const u8 *input, size_t size)
{
	const u8 *body = input + HEAD_BYTES;
	size_t taken;

	poison(buffer, BLOB_BYTES, false);
	if (input[HEAD_KIND] == INPUT_RECIPE) {
		blob_bytes = recipe_build(body, size - HEAD_BYTES, buffer, BLOB_BYTES);
		body = (const u8 *)buffer;
	} else {
		blob_bytes = min(size - HEAD_BYTES, (size_t)BLOB_BYTES);
	}
	if (!blob_bytes)
		return false;
	/* A blob begins at a multiple of 8; what is left of its last word is poisoned. */
	taken = ALIGN_UP(blob_bytes, 8ul);
	blob = buffer + BLOB_BYTES - taken;
	memmove(blob, body, blob_bytes);
	poison(blob + blob_bytes, taken - blob_bytes, true);
	return true;
}

const void *machine_tree(size_t *bytes)
{
	*bytes = blob_bytes;
	return blob;
}

void machine_reset(const u8 *head, struct machine_way this_way)
{
	static const u64 image_bytes[4] = { SZ_2M, HOST_INIT_END, 0x3c1000, 16 * SZ_1M };
	static const u64 reach[4] = { 0, 128 * SZ_1M, SZ_1G, 64 * SZ_1G };
	u64 base = kernel_bases[head[HEAD_KERNEL] >> 6];
	u8 misc = head[HEAD_MISC], tree = head[HEAD_TREE];
	struct host_machine m = {
		.first_ram = base,
		.linear_bytes = reach[misc >> MISC_REACH_SHIFT & 3],
		.kernel_pa = base + (head[HEAD_KERNEL] & 63) * SZ_2M,
		.kernel_bytes = image_bytes[misc >> MISC_IMAGE_SHIFT & 3],
		.fdt = blob,
		.fdt_pa = base + tree * TREE_UNIT,
		/* A size of 0 would mean that there is no bound. */
		.fdt_bytes = misc & MISC_SHORT ? blob_bytes / 2 + 1 : blob_bytes,
		.boot_hart = !!(misc & MISC_HART),
	};

	if (tree == TREE_NOWHERE)
		m.fdt_pa = 0;
	else if (tree == TREE_ODD)
		m.fdt_pa += 4;
	else if (tree == TREE_IN_IMAGE)
		m.fdt_pa = m.kernel_pa + PAGE_SIZE;
	way = this_way;
	shut_descriptors();
	host_keep_ram = !way.holes;
	oracle_reset();
	host_reset(&m);
}
