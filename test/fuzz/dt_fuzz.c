/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One execution: a machine is set up as the input's head says, its tree is the input's body, and
 * the
 * kernel's own boot_memory() runs. It must end in a sound map, or in a true sentence.
 *
 * What would make two executions of one input differ, or one slow, is replaced:
 *
 *   arch_ticks         stands still
 *   printk             formats (a bad pointer is a finding) and forgets
 *   arch_linear_range  a tree with much RAM has a short linear map
 *   memory             keeps its pages from one execution to the next, but for one input in 256;
 *                      whatever boot takes is filled with a byte that the input decides
 *
 * libfdt is built without the address sanitizer, which would take half of the time; the blob ends
 * before a page that cannot be read. A kept machine has no holes in its RAM. What stands guard
 * instead: descriptors outside the mapped
 * ones are poisoned, and each piece of RAM that boot takes is held against the tree.
 *
 * With TESSERA_LOG in the environment the log is shown; with DT_FUZZ_BLOB, the tree is written to
 * the
 * file of that name.
 */
#include "fuzz.h"

#include <stdarg.h>

#include <sys/mman.h>

#include <kernel/bench.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/plan.h>
#include <kernel/printk.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <arch/mmu.h>
#include <arch/time.h>
#include <host/host.h>

#include "oracle.h"
#include "recipe.h"

/* RAM beyond this is cut off with the linear map: time goes with descriptors, which are filled when
 * memory is kept, and otherwise touched once for each largest block. */
#define RAM_MOST_KEPT		(80 * SZ_1M)
#define RAM_MOST		(512 * SZ_1M)
/* A window of descriptors whose shadow can be poisoned as a whole. */
#define GUARDED_MOST		SZ_1G

/* One input in so many. */
#define SHARE_OF_HOLES		256
#define SHARE_OF_REPEATS	128
#define SHARE_OF_USE		8

const u64 kernel_bases[4] = { 0x80000000, 0x40000000, 0x100000000, 0 };

/* Missing in a build without the sanitizer. */
#pragma weak __asan_poison_memory_region
#pragma weak __asan_unpoison_memory_region
void __asan_poison_memory_region(const volatile void *at, size_t bytes);
void __asan_unpoison_memory_region(const volatile void *at, size_t bytes);

/* The tree ends with this buffer, behind which nothing can be read. */
static char *tree_buffer;
static char *blob;
static size_t blob_bytes;
static bool memory_is_up, show_log;
static const char *blob_file;
static u8 fill;
static u64 ram_most;

static struct {
	u64 bytes, executions, booted, repeated, refused[NR_REFUSALS];
} count;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

void finding(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("finding: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* May the kernel touch these bytes? */
static void poison(const void *at, size_t bytes, bool on)
{
	if (on && __asan_poison_memory_region)
		__asan_poison_memory_region(at, bytes);
	else if (!on && __asan_unpoison_memory_region)
		__asan_unpoison_memory_region(at, bytes);
}

/* ---- replaced by the linker's --wrap ---- */

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
	if (oracle_read_tree(boot_fdt, ram_most + 1) > ram_most)
		host_machine.linear_bytes = ram_most;
	__real_arch_linear_range(first_ram, start, end);
}

/* Ranges of descriptors that the machine before this one had. */
static struct {
	unsigned long va;
	size_t bytes;
} mapped[512];
static unsigned int nr_mapped;

static void shut_descriptors(void)
{
	if (VMEMMAP_SIZE > GUARDED_MOST)
		return;
	while (nr_mapped > 0) {
		nr_mapped--;
		poison((void *)mapped[nr_mapped].va, mapped[nr_mapped].bytes, true);
	}
}

void __wrap_arch_vmemmap_map(unsigned long va, phys_addr_t pa, size_t bytes)
{
	if (nr_mapped == ARRAY_SIZE(mapped))
		finding("descriptors are mapped in more than %zu pieces", ARRAY_SIZE(mapped));
	mapped[nr_mapped].va = va;
	mapped[nr_mapped++].bytes = bytes;
	poison((void *)va, bytes, false);
	__real_arch_vmemmap_map(va, pa, bytes);
	/* Fresh memory is zeros, which is as good, and need not all be touched. */
	if (host_keep_ram)
		memset((void *)va, fill, bytes);
}

int __wrap_memblock_reserve_owner(phys_addr_t base, phys_addr_t size, const char *owner)
{
	int err = __real_memblock_reserve_owner(base, size, owner);

	if (!memory_is_up)
		return err;
	/* A first try has no name yet. */
	oracle_took(base, size, owner ? owner : "memmap");
	/* Descriptors in a window of their own are not seen through the linear map. */
	if (owner && (!IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) || strcmp(owner, "memmap")))
		memset(__va(base), fill, size);
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

/* Boot says how far it is. */
void boot_mark(enum boot_mark mark)
{
	memory_is_up = mark >= MARK_PAGING;
}

/* ---- the machine ---- */

static void set_machine(const u8 *head, bool holes)
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
		/* 0 would mean that there is no bound. */
		.fdt_bytes = misc & MISC_SHORT ? blob_bytes / 2 + 1 : blob_bytes,
		.boot_hart = misc & MISC_HART,
	};

	if (tree == TREE_NOWHERE)
		m.fdt_pa = 0;
	else if (tree == TREE_ODD)
		m.fdt_pa += 4;
	else if (tree == TREE_IN_IMAGE)
		m.fdt_pa = m.kernel_pa + 0x1000;
	shut_descriptors();
	host_keep_ram = !holes && VMEMMAP_SIZE <= GUARDED_MOST;
	memory_is_up = false;
	oracle_reset();
	host_reset(&m);
}

static void broken(void *ctx, const char *line)
{
	(void)ctx;
	finding("audit: %s", line);
}

static void audit(void)
{
	struct audit a;

	memory_audit(&a, broken, NULL);
}

/* As the kernel does when boot is over. */
static void give_init_back(void)
{
	const struct image_layout *im = arch_image_layout();
	unsigned long pages = totalram_pages;

	free_reserved_range(im->init_start, im->init_end);
	if (totalram_pages != pages + (im->init_end - im->init_start) / PAGE_SIZE)
		finding("the image's init part is %llu bytes, %lu frames were freed",
			(unsigned long long)(im->init_end - im->init_start),
			totalram_pages - pages);
}

/* Blocks and objects come and go, and are memory. */
static void use_memory(void)
{
	struct page *page[16];
	void *object[16];
	unsigned int i;

	for (i = 0; i < 16; i++) {
		page[i] = alloc_pages(i & 1 ? GFP_KERNEL : GFP_KERNEL | __GFP_MOVABLE, i / 4);
		if (page[i])
			memset(page_address(page[i]), fill, PAGE_SIZE << (i / 4));
		object[i] = kmalloc((size_t)8 << (i % 12), GFP_KERNEL);
		if (object[i])
			memset(object[i], fill, (size_t)8 << (i % 12));
	}
	audit();
	while (i-- > 0) {
		if (page[i])
			__free_pages(page[i], i / 4);
		kfree(object[i]);
	}
	audit();
}

/* Returns what must be the same when the same input comes again. */
static u64 run(const u8 *head, bool holes, bool use)
{
	enum host_stop how;
	u64 digest = 0;

	set_machine(head, holes);
	how = HOST_TRY(boot_memory());
	if (how == HOST_BOOT_FAILED) {
		count.refused[oracle_check_refusal(host_stop_text())]++;
		for (const char *p = host_stop_text(); *p; p++)
			digest = digest * 31 + (u8)*p;
		return digest;
	}
	if (how == HOST_RAN_ON) {
		count.booted++;
		oracle_check_boot(blob);
		how = HOST_TRY(give_init_back(); audit(); if (use) use_memory());
	}
	if (how != HOST_RAN_ON)
		finding("%s: %s", how == HOST_PANIC ? "panic" : "assertion", host_stop_text());
	return 0;
}

/* The plan is long to write down: a share of all inputs is held against itself. */
static u64 run_for_digest(const u8 *head, bool holes)
{
	set_machine(head, holes);
	if (HOST_TRY(boot_memory()) == HOST_RAN_ON)
		return plan_digest();
	return 0;
}

static u64 hash(const u8 *data, size_t size)
{
	u64 h = size * 0x9e3779b97f4a7c15ull, word;

	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdull;
		h ^= h >> 29;
	}
	while (size--)
		h = (h ^ data[size]) * 0x100000001b3ull;
	return h ^ h >> 32;
}

static void report(void)
{
	static const char *const kinds[NR_REFUSALS] = {
		[REFUSED_BLOB] = "blob", [REFUSED_CELLS] = "cells",
		[REFUSED_NO_MEMORY] = "no memory", [REFUSED_IMAGE] = "image",
		[REFUSED_REGIONS] = "regions", [REFUSED_ROOM] = "room", [REFUSED_OTHER] = "other",
	};

	fprintf(stderr, "bytes %llu\n", (unsigned long long)(count.bytes / count.executions));
	fprintf(stderr, "dt_fuzz: %llu executions, %llu booted, %llu compared with themselves; "
		"refused:", (unsigned long long)count.executions,
		(unsigned long long)count.booted, (unsigned long long)count.repeated);
	for (int i = 0; i < NR_REFUSALS; i++)
		fprintf(stderr, " %llu %s%s", (unsigned long long)count.refused[i], kinds[i],
			i + 1 < NR_REFUSALS ? "," : "\n");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	show_log = getenv("TESSERA_LOG");
	blob_file = getenv("DT_FUZZ_BLOB");
	host_reset(NULL);
	if (VMEMMAP_SIZE <= GUARDED_MOST)
		poison((void *)host_vmemmap_va, VMEMMAP_SIZE, true);
	tree_buffer = mmap(NULL, BLOB_BYTES + PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tree_buffer == MAP_FAILED || mprotect(tree_buffer + BLOB_BYTES, PAGE_SIZE, PROT_NONE))
		finding("no memory for a tree");
	atexit(report);
	return 0;
}

static void write_blob(void)
{
	FILE *f = fopen(blob_file, "wb");

	if (!f || fwrite(blob, 1, blob_bytes, f) != blob_bytes || fclose(f))
		perror(blob_file);
}

/* The blob, at a multiple of 8; what lies between its end and the next is poisoned. */
static bool place_tree(const u8 *data, size_t size)
{
	char *end = tree_buffer + BLOB_BYTES;
	size_t taken;

	poison(tree_buffer, BLOB_BYTES, false);
	data += HEAD_BYTES;
	size -= HEAD_BYTES;
	if (data[HEAD_KIND - HEAD_BYTES] == INPUT_RECIPE) {
		blob_bytes = recipe_build(data, size, tree_buffer, BLOB_BYTES);
		data = (const u8 *)tree_buffer;
	} else {
		blob_bytes = min(size, (size_t)BLOB_BYTES);
	}
	if (!blob_bytes)
		return false;
	taken = ALIGN_UP(blob_bytes, 8ul);
	blob = end - taken;
	memmove(blob, data, blob_bytes);
	poison(blob + blob_bytes, taken - blob_bytes, true);
	return true;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 chance = hash(data, size);
	bool holes = chance % SHARE_OF_HOLES == 0;

	if (size < HEAD_BYTES)
		return 0;
	if (!place_tree(data, size))
		return 0;
	if (blob_file)
		write_blob();
	count.executions++;
	count.bytes += blob_bytes;
	fill = (u8)(chance >> 32);
	ram_most = holes ? RAM_MOST : RAM_MOST_KEPT;
	if (chance / SHARE_OF_HOLES % SHARE_OF_REPEATS == 0) {
		u64 first = run_for_digest(data, holes);

		fill = (u8)~fill;
		if (run_for_digest(data, !holes) != first)
			finding("two boots of one tree differ");
		count.repeated++;
	}
	run(data, holes, chance >> 16 & (SHARE_OF_USE - 1) ? false : true);
	return 0;
}
