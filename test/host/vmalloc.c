/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas of the vmalloc window against a plain list of them: where each one lies, what is mapped in
 * it, and that nothing is lost when something is missing. Tables are read by the book, not by the
 * code under test; nobody can touch the addresses.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/kernel_tables.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/vmalloc.h>

#include "mm/vm/internal.h"

#define RAM_BYTES	(64ul << 20)
#define LEVELS		(IS_ENABLED(CONFIG_SV48) ? 4u : 3u)
#define ENTRIES		512u
#define AREAS_MOST	64u
#define OPERATIONS	4000
#define CHECK_ALL_EACH	64
#define DEVICES_PA	0x10000000ul

static struct random_plan plan;
static struct rng rng;

/* ---- the machine ---- */

static struct audit checked(void)
{
	cpumask_t online = cpu_online_mask;
	struct audit a;

	/* No thread runs as the other CPUs, so that none of them could stand still. */
	cpu_online_mask = cpumask_of(0);
	assert_int_equal(audit_errors(&a), 0);
	cpu_online_mask = online;
	assert_int_equal(a.pages[PG_VMALLOC] + a.pages[PG_STACK], vmalloc_pages());
	return a;
}

static void boot_with(u64 bytes, unsigned int cpus)
{
	boot_ram(bytes, cpus);
	kmem_cache_init();
	cpu_online_mask = (1ul << cpus) - 1;
}

static u64 entry_at(phys_addr_t table_pa, unsigned int index)
{
	return ((u64 *)arch_table_access(NULL, table_pa))[index];
}

static phys_addr_t entry_pa(u64 entry)
{
	return (entry >> 10 & ((1ul << 44) - 1)) << 12;
}

/* The leaf for va, or 0. */
static u64 walk(unsigned long va, unsigned long *bytes)
{
	phys_addr_t table_pa = kernel_pgtable.root_pa;

	for (unsigned int level = LEVELS - 1;; level--) {
		u64 entry = entry_at(table_pa, va >> (12 + 9 * level) & (ENTRIES - 1));

		*bytes = 1ul << (12 + 9 * level);
		if (!(entry & 1))
			return 0;
		if (entry & 14)
			return entry;
		assert_true(level > 0);
		table_pa = entry_pa(entry);
	}
}

static phys_addr_t pa_of(unsigned long va)
{
	unsigned long bytes;
	u64 leaf = walk(va, &bytes);

	assert_true(leaf);
	return entry_pa(leaf) + va % bytes;
}

static bool is_mapped(unsigned long va)
{
	unsigned long bytes;

	return walk(va, &bytes) != 0;
}

/* Counts of every table are true, and one of pages may be empty. Returns tables. */
static unsigned int check_table(phys_addr_t table_pa, unsigned int level, unsigned int *empty)
{
	unsigned int valid = 0, used = 0, tables = 1;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		u64 entry = entry_at(table_pa, i);

		valid += entry & 1;
		used += entry != 0;
		if (level && entry & 1 && !(entry & 14))
			tables += check_table(entry_pa(entry), level - 1, empty);
	}
	if (level == LEVELS - 1)
		return tables - 1;
	assert_int_equal(valid, used);
	assert_int_equal(pfn_to_page(PFN_DOWN(table_pa))->table.valid, valid);
	assert_int_equal(pfn_to_page(PFN_DOWN(table_pa))->table.used, used);
	assert_true(valid || !level || level == LEVELS - 2);
	*empty += !valid && !level;
	return tables;
}

static void check_tables(void)
{
	unsigned int empty = 0;

	assert_int_equal(check_table(kernel_pgtable.root_pa, LEVELS - 1, &empty),
			 page_kept_pages(0, PG_TABLE));
	assert_in_range(empty, 0, 1);
}

/* ---- the model ---- */

struct model_area {
	unsigned long start, pages;
	enum vm_kind kind;
	phys_addr_t pa;			/* of registers, or of the page mapped again and again */
};

/* Ascending. */
static struct model_area areas[AREAS_MOST];
static unsigned int nr_areas;
static struct page *shared_page;

static unsigned long end_of(unsigned int i)
{
	return areas[i].start + (areas[i].pages + 1) * PAGE_SIZE;
}

/* The lowest gap for a new area that is to begin at a multiple of align; 0: there is none. */
static unsigned long first_fit(unsigned long pages, unsigned long align)
{
	unsigned long bytes = (pages + 1) * PAGE_SIZE, from = VMALLOC_START + PAGE_SIZE;

	for (unsigned int i = 0; i <= nr_areas; i++) {
		unsigned long to = i < nr_areas ? areas[i].start : VMALLOC_START + VMALLOC_SIZE;

		if (to - from >= bytes + align - PAGE_SIZE)
			return (from + align - 1) / align * align;
		if (i < nr_areas)
			from = end_of(i);
	}
	return 0;
}

static void model_add(const struct model_area *area)
{
	unsigned int at = 0;

	while (at < nr_areas && areas[at].start < area->start)
		at++;
	memmove(&areas[at + 1], &areas[at], (nr_areas++ - at) * sizeof(areas[0]));
	areas[at] = *area;
}

static void check_area(const struct model_area *area)
{
	const unsigned long pages[] = { 0, area->pages / 2, area->pages - 1,
					rng_below(&rng, area->pages) };

	assert_false(is_mapped(area->start - PAGE_SIZE));
	assert_false(is_mapped(area->start + area->pages * PAGE_SIZE));
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		phys_addr_t pa = pa_of(area->start + pages[i] * PAGE_SIZE);

		if (area->kind == VM_KIND_IOREMAP)
			assert_int_equal(pa, area->pa + pages[i] * PAGE_SIZE);
		else if (area->kind == VM_KIND_MAP)
			assert_int_equal(pa, area->pa);
		else
			assert_int_equal(*(u64 *)__va(pa), area->start + pages[i]);
	}
}

/* Every page says whose it is: a frame that two areas had would say it wrongly in one. */
static void write_area(const struct model_area *area)
{
	for (unsigned long i = 0; i < area->pages; i++)
		*(u64 *)__va(pa_of(area->start + i * PAGE_SIZE)) = area->start + i;
}

static void check_all(void)
{
	unsigned long own = 0, place = 0;
	struct vm_area_snapshot a;

	for (unsigned int i = 0; i < nr_areas; i++) {
		check_area(&areas[i]);
		own += areas[i].kind == VM_KIND_ALLOC ? areas[i].pages : 0;
		assert_true(vm_area_snapshot_next(&place, &a));
		assert_int_equal(a.start, areas[i].start);
		assert_int_equal(a.end, end_of(i));
	}
	assert_false(vm_area_snapshot_next(&place, &a));
	assert_int_equal(checked().pages[PG_VMALLOC], own);
	assert_int_equal(vmalloc_pages(), own);
	check_tables();
}

/* ---- random use ---- */

static unsigned long some_pages(void)
{
	switch (rng_below(&rng, 8)) {
	case 0:		return 512 * (1 + rng_below(&rng, 3));
	case 1:		return 1 + rng_below(&rng, 1200);
	case 2:		return 1 + rng_below(&rng, 200);
	default:	return 1 + rng_below(&rng, 20);
	}
}

static void *take(struct model_area *area)
{
	struct page *pages[64];

	switch (area->kind) {
	case VM_KIND_MAP:
		area->pages = min(area->pages, 64ul);
		for (unsigned int i = 0; i < area->pages; i++)
			pages[i] = shared_page;
		area->pa = page_to_phys(shared_page);
		return vmap(pages, (unsigned int)area->pages, VM_KERNEL_RW);
	case VM_KIND_IOREMAP:
		area->pa = DEVICES_PA + rng_below(&rng, 2000) * PAGE_SIZE;
		return ioremap(area->pa, area->pages * PAGE_SIZE);
	default:
		return __vmalloc(area->pages * PAGE_SIZE - rng_below(&rng, PAGE_SIZE),
				 GFP_KERNEL | __GFP_NOWARN);
	}
}

static void take_some(void)
{
	struct model_area area = { .pages = some_pages() };
	unsigned long small, large;
	void *va;

	area.kind = rng_below(&rng, 4) ? VM_KIND_ALLOC :
		    rng_below(&rng, 2) ? VM_KIND_MAP : VM_KIND_IOREMAP;
	va = take(&area);
	if (!va)
		return;
	area.start = (unsigned long)va;
	small = first_fit(area.pages, PAGE_SIZE);
	large = first_fit(area.pages, SZ_2M);
	assert_true(area.start == small || (area.pages >= 512 && area.start == large));
	model_add(&area);
	if (area.kind == VM_KIND_ALLOC)
		write_area(&area);
	check_area(&area);
}

static void give_one(unsigned int i)
{
	struct model_area area = areas[i];

	check_area(&area);
	memmove(&areas[i], &areas[i + 1], (--nr_areas - i) * sizeof(areas[0]));
	if (area.kind == VM_KIND_ALLOC)
		vfree((void *)area.start);
	else if (area.kind == VM_KIND_MAP)
		vunmap((void *)area.start);
	else
		iounmap((void *)area.start);
	for (unsigned long page = 0; page < area.pages; page++)
		assert_false(is_mapped(area.start + page * PAGE_SIZE));
}

/* proves VA1, VA2, VA3, VM1, VM3, PR1, PR2, PR3, PT5, KT4 */
static void random_use(unsigned int cpus)
{
	struct audit before, after;

	boot_with(RAM_BYTES, cpus);
	rng.state = plan.seed;
	nr_areas = 0;
	shared_page = alloc_page(GFP_KERNEL);
	assert_non_null(shared_page);
	before = checked();
	for (u64 done = 0; done < plan.operations; done++) {
		bool more = nr_areas < AREAS_MOST && rng_below(&rng, AREAS_MOST) >= nr_areas / 2;

		if (!nr_areas || more)
			take_some();
		else
			give_one((unsigned int)rng_below(&rng, nr_areas));
		if (done % CHECK_ALL_EACH == 0)
			check_all();
	}
	while (nr_areas)
		give_one((unsigned int)rng_below(&rng, nr_areas));
	check_all();
	after = checked();
	assert_int_equal(before.pages[PG_ALLOCATED], after.pages[PG_ALLOCATED]);
	/* What hangs in the root, and the table that may stay. */
	assert_in_range(after.pages[PG_TABLE], 1, LEVELS - 1);
}

static void random_use_alone(void **state)
{
	(void)state;
	random_use(1);
}

/* Freeing asks the other CPUs: retire, fence, reap. No thread runs as the other CPU here. */
static void random_use_with_others(void **state)
{
	(void)state;
	if (CONFIG_NR_CPUS > 1)
		random_use(2);
}

/* ---- what is missing ---- */

static struct page *taken[RAM_BYTES / PAGE_SIZE];
static unsigned long nr_taken;

static void take_all(void)
{
	struct page *page;

	for (nr_taken = 0; (page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)); nr_taken++)
		taken[nr_taken] = page;
}

/* From no page to as many as it takes, one more at a time: proves VM2. */
static void memory_is_missing(unsigned long pages, unsigned int cpus)
{
	unsigned long failed = 0;
	void *va;

	boot_with(RAM_BYTES, cpus);
	take_all();
	for (;; failed++) {
		struct audit before = checked(), after;

		va = __vmalloc(pages * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
		if (va)
			break;
		after = checked();
		check_tables();
		assert_int_equal(after.pages[PG_VMALLOC], 0);
		assert_int_equal(before.pages[PG_BUDDY] + before.pages[PG_PCP] +
				 before.pages[PG_TABLE] + before.pages[PG_SLAB],
				 after.pages[PG_BUDDY] + after.pages[PG_PCP] +
				 after.pages[PG_TABLE] + after.pages[PG_SLAB]);
		assert_false(vm_area_snapshot_next(&(unsigned long){ 0 },
						   &(struct vm_area_snapshot){ 0 }));
		assert_true(nr_taken);
		__free_pages(taken[--nr_taken], 0);
	}
	/* Its pages, its tables and the object that describes it, at one page more each time. */
	assert_in_range(failed, pages, pages + 3 * LEVELS + 4);
	vfree(va);
	check_tables();
	checked();
}

static void memory_is_missing_at_every_step(void **state)
{
	(void)state;
	memory_is_missing(1, 1);
	memory_is_missing(300, 1);
	if (CONFIG_NR_CPUS > 1)
		memory_is_missing(300, 2);
}

/* proves VA4 */
static void areas_run_out(void **state)
{
	static void *all[CONFIG_VMALLOC_AREAS];

	(void)state;
	boot_with(RAM_BYTES, 1);
	for (unsigned int i = 0; i < CONFIG_VMALLOC_AREAS; i++) {
		all[i] = ioremap(DEVICES_PA, PAGE_SIZE);
		assert_non_null(all[i]);
	}
	checked();
	assert_null(ioremap(DEVICES_PA, PAGE_SIZE));
	assert_null(vmap((struct page *[]){ pfn_to_page(0x80000), pfn_to_page(0x80001) }, 2,
			 VM_KERNEL_RW));
	assert_null(__vmalloc(PAGE_SIZE, GFP_KERNEL));
	assert_null(__vmalloc(3 * PAGE_SIZE, GFP_KERNEL));
	assert_int_equal(checked().pages[PG_VMALLOC], 0);
	/* Frees the areas in the middle first, then every third one, then the rest. */
	for (int step = 3; step > 0; step -= 2)
		for (int i = step / 2; i < CONFIG_VMALLOC_AREAS; i += step) {
			iounmap(all[i]);
			all[i] = NULL;
		}
	checked();
	check_tables();
	assert_non_null(ioremap(DEVICES_PA, PAGE_SIZE));
}

static void addresses_run_out(void **state)
{
	u64 half = ALIGN_DOWN(VMALLOC_SIZE / 2 + SZ_1G, SZ_1G);
	void *first;

	(void)state;
	boot_with(RAM_BYTES, 1);
	assert_null(ioremap(SZ_1G * 8, VMALLOC_SIZE));
	assert_null(ioremap(SZ_1G * 8, 0));
	assert_null(ioremap(~0ul - PAGE_SIZE, 4 * PAGE_SIZE));
	first = ioremap(SZ_1G * 8, half);
	assert_non_null(first);
	assert_int_equal(pa_of((unsigned long)first + half - 1), SZ_1G * 8 + half - 1);
	assert_null(ioremap(SZ_1G * 8, half));
	checked();
	iounmap(first);
	first = ioremap(SZ_1G * 8, half);
	assert_non_null(first);
	iounmap(first);
	check_tables();
	assert_null(__vmalloc(0, GFP_KERNEL));
	assert_null(__vmalloc(~0ul, GFP_KERNEL | __GFP_NOWARN));
	assert_null(__vmalloc(VMALLOC_SIZE - 2 * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN));
	checked();
}

/* ---- one thing at a time ---- */

static void large_leaves(void **state)
{
	unsigned long bytes;
	void *va;

	(void)state;
	boot_with(RAM_BYTES, 1);
	va = __vmalloc(2 * SZ_2M + 5 * PAGE_SIZE, GFP_KERNEL);
	assert_non_null(va);
	if (MAX_ORDER >= 9) {
		assert_true(walk((unsigned long)va, &bytes) && bytes == SZ_2M);
		assert_true(walk((unsigned long)va + SZ_2M, &bytes) && bytes == SZ_2M);
	}
	assert_true(walk((unsigned long)va + 2 * SZ_2M, &bytes) && bytes == PAGE_SIZE);
	assert_ptr_equal(vmalloc_to_page((char *)va + SZ_2M + 5 * PAGE_SIZE + 7),
			 pfn_to_page(PFN_DOWN(pa_of((unsigned long)va + SZ_2M + 5 * PAGE_SIZE))));
	/* A page of it with other rights: the leaf is split, and the block goes back whole. */
	take_all();
	if (MAX_ORDER >= 9)
		assert_int_equal(set_memory_ro((unsigned long)va + 3 * PAGE_SIZE, 1), -ENOMEM);
	while (nr_taken)
		__free_pages(taken[--nr_taken], 0);
	checked();
	assert_int_equal(set_memory_ro((unsigned long)va + 3 * PAGE_SIZE, 1), 0);
	assert_int_equal(walk((unsigned long)va + 3 * PAGE_SIZE, &bytes) & 6, 2);
	assert_int_equal(walk((unsigned long)va + 2 * PAGE_SIZE, &bytes) & 6, 6);
	checked();
	assert_int_equal(set_memory_rw((unsigned long)va + 3 * PAGE_SIZE, 1), 0);
	assert_int_equal(walk((unsigned long)va + 3 * PAGE_SIZE, &bytes) & 6, 6);
	vfree(va);
	check_tables();
	assert_int_equal(checked().pages[PG_VMALLOC], 0);
}

static void rights_are_refused(void **state)
{
	unsigned long va;

	(void)state;
	boot_with(RAM_BYTES, 1);
	va = (unsigned long)__vmalloc(4 * PAGE_SIZE, GFP_KERNEL);
	assert_int_equal(set_memory_ro(va, 4), 0);
	assert_int_equal(set_memory_nx(va, 4), 0);
	assert_int_equal(set_memory_ro(va, 5), -EINVAL);
	assert_int_equal(set_memory_ro(va + 1, 1), -EINVAL);
	assert_int_equal(set_memory_nx(va + 4 * PAGE_SIZE, 1), -EINVAL);
	assert_int_equal(set_memory_rw(VMALLOC_START + VMALLOC_SIZE / 2, 1), -EINVAL);
	vfree((void *)va);
	assert_int_equal(set_memory_ro(va, 1), -EINVAL);
}

/* proves VR1 */
static void registers_and_memory_apart(void **state)
{
	char *va;

	(void)state;
	boot_with(RAM_BYTES, 1);
	va = ioremap(DEVICES_PA + 0x123, 2 * PAGE_SIZE);
	assert_non_null(va);
	assert_int_equal((unsigned long)va % PAGE_SIZE, 0x123);
	assert_int_equal(pa_of((unsigned long)va), DEVICES_PA + 0x123);
	assert_true(is_mapped((unsigned long)va + 2 * PAGE_SIZE));
	assert_false(is_mapped((unsigned long)va + 3 * PAGE_SIZE));
	iounmap(va);
	assert_null(ioremap(page_to_phys(alloc_page(GFP_KERNEL)), PAGE_SIZE));
	assert_null(ioremap(0x80000000ul - PAGE_SIZE, 32 * SZ_1M));
	vfree(NULL);
	vunmap(NULL);
	iounmap(NULL);
	kvfree(NULL);
}

static void small_and_large(void **state)
{
	void *small, *large;

	(void)state;
	boot_with(RAM_BYTES, 1);
	small = kvmalloc(100, GFP_KERNEL);
	large = kvmalloc(PAGE_SIZE + 1, GFP_KERNEL | __GFP_ZERO);
	assert_false(is_vmalloc_addr(small));
	assert_true(is_vmalloc_addr(large));
	assert_int_equal(*(u64 *)__va(pa_of((unsigned long)large + PAGE_SIZE)), 0);
	kvfree(small);
	kvfree(large);
	assert_int_equal(checked().pages[PG_VMALLOC], 0);
}

/* Pages that lie one behind the other are one piece, others are not; of all of them a hold maps
 * VM_HOLD_PAGES at most. */
static void pages_of_a_mapping(void **state)
{
	static struct page *pages[300];
	struct page *block;
	unsigned long va;

	(void)state;
	boot_with(RAM_BYTES, 1);
	block = alloc_pages(GFP_KERNEL, 8);
	assert_non_null(block);
	for (unsigned int i = 0; i < 300; i++)
		pages[i] = pfn_to_page(page_to_pfn(block) + (i < 200 ? i : i * 3 % 256));
	va = (unsigned long)vmap(pages, 300, VM_KERNEL_RW);
	assert_int_not_equal(va, 0);
	for (unsigned int i = 0; i < 300; i++)
		assert_int_equal(pa_of(va + i * PAGE_SIZE), page_to_phys(pages[i]));
	assert_false(is_mapped(va + 300 * PAGE_SIZE));
	assert_null(vm_validate());
	vunmap((void *)va);
	assert_false(is_mapped(va));
	__free_pages(block, 8);
	assert_null(vm_validate());
}

/* What stops the kernel: proves VM3 */
static void crimes(void **state)
{
	char *va, *device;

	(void)state;
	boot_with(RAM_BYTES, 1);
	va = __vmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	device = ioremap(DEVICES_PA, PAGE_SIZE);
	assert_int_equal(HOST_TRY(vfree(va + PAGE_SIZE)), HOST_ASSERT_FAILED);
	boot_with(RAM_BYTES, 1);
	device = ioremap(DEVICES_PA, PAGE_SIZE);
	assert_int_equal(HOST_TRY(vfree(device)), HOST_ASSERT_FAILED);
	boot_with(RAM_BYTES, 1);
	va = __vmalloc(PAGE_SIZE, GFP_KERNEL);
	vfree(va);
	assert_int_equal(HOST_TRY(vfree(va)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "VM3"));
}

/* Faults that are planted are found. */
static void the_audit_sees(void **state)
{
	unsigned long va, size = 3 * PAGE_SIZE;
	struct vm_area *area;

	(void)state;
	boot_with(RAM_BYTES, 1);
	va = (unsigned long)__vmalloc(size, GFP_KERNEL);
	assert_null(vm_validate());
	assert_int_equal(kernel_map(va + size, DEVICES_PA, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_string_equal(vm_validate(), "VA1: an area's guard page is mapped");
	assert_int_equal(kernel_unmap(va + size, PAGE_SIZE), 0);
	assert_int_equal(kernel_map(va + SZ_2M, DEVICES_PA, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_string_equal(vm_validate(), "VA1: a page is mapped where no area is");
	assert_int_equal(kernel_unmap(va + SZ_2M, PAGE_SIZE), 0);
	assert_null(vm_validate());
	area = vm_area_find(va);
	area->end -= PAGE_SIZE;
	assert_non_null(vm_validate());
	area->end += PAGE_SIZE;
	area->gap += PAGE_SIZE;
	assert_non_null(vm_validate());
	area->gap -= PAGE_SIZE;
	area->height++;
	assert_non_null(vm_validate());
	area->height--;
	assert_null(vm_validate());
	/* A frame of the image's, and a page less with and without an area behind it. */
	assert_int_equal(kernel_unmap(va, PAGE_SIZE), 0);
	assert_string_equal(vm_validate(), "VM3: an area that is whole lacks pages");
	assert_int_equal(kernel_map(va, DEVICES_PA, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_string_equal(vm_validate(),
			    "VM1: a frame that is no area's own is mapped in one");
	assert_int_equal(kernel_unmap(va, PAGE_SIZE), 0);
	assert_non_null(vzalloc(PAGE_SIZE));
	assert_string_equal(vm_validate(), "VM3: an area that is whole lacks pages");
}

/* proves VA2, VA3, VA4 */
static void a_damaged_tree_is_seen(void **state)
{
	struct vm_area *area, *next;

	(void)state;
	boot_with(RAM_BYTES, 1);
	for (unsigned int i = 0; i < 7; i++)
		area = vm_area_find((unsigned long)__vmalloc(PAGE_SIZE, GFP_KERNEL));
	assert_null(vm_validate());
	area = vm_area_above(0);
	next = area->next;
	area->next = next->next;
	assert_non_null(vm_validate());
	area->next = next;
	next->prev = NULL;
	assert_non_null(vm_validate());
	next->prev = area;
	area->parent = next->next;
	assert_non_null(vm_validate());
	area->parent = next;
	area->largest_gap++;
	assert_non_null(vm_validate());
	area->largest_gap--;
	area->pages += 1000;
	assert_non_null(vm_validate());
	area->pages -= 1000;
	assert_null(vm_validate());
}

/* What a report of a trap says of an address. */
static void addresses_are_described(void **state)
{
	unsigned long va, device;
	char text[96] = "", expected[96];

	(void)state;
	boot_with(RAM_BYTES, 1);
	assert_false(vm_area_describe(VMALLOC_START, text, sizeof(text)));
	va = (unsigned long)__vmalloc(3 * PAGE_SIZE, GFP_KERNEL);
	device = (unsigned long)ioremap(DEVICES_PA, PAGE_SIZE);
	snprintf(expected, sizeof(expected), "area 0x%lx of 3 pages, by ?", va);
	assert_true(vm_area_describe(va + 2 * PAGE_SIZE, text, sizeof(text)));
	assert_non_null(strstr(text, expected));
	assert_null(strstr(text, "guard"));
	assert_true(vm_area_describe(va + 3 * PAGE_SIZE, text, sizeof(text)));
	assert_non_null(strstr(text, expected));
	assert_memory_equal(text, "guard page behind the ", 22);
	assert_true(vm_area_describe(device + 8, text, sizeof(text)));
	snprintf(expected, sizeof(expected), "ioremap area 0x%lx of 1 pages, by ?", device);
	assert_string_equal(text, expected);
	assert_false(vm_area_describe(va - 2 * PAGE_SIZE, text, sizeof(text)));
	assert_false(vm_area_describe(device + SZ_1M, text, sizeof(text)));
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_use_alone),
		cmocka_unit_test(random_use_with_others),
		cmocka_unit_test(memory_is_missing_at_every_step),
		cmocka_unit_test(areas_run_out),
		cmocka_unit_test(addresses_run_out),
		cmocka_unit_test(large_leaves),
		cmocka_unit_test(rights_are_refused),
		cmocka_unit_test(registers_and_memory_apart),
		cmocka_unit_test(small_and_large),
		cmocka_unit_test(pages_of_a_mapping),
		cmocka_unit_test(crimes),
		cmocka_unit_test(the_audit_sees),
		cmocka_unit_test(a_damaged_tree_is_seen),
		cmocka_unit_test(addresses_are_described),
	};

	plan = random_plan(argc, argv, OPERATIONS, 100 * OPERATIONS);
	return cmocka_run_group_tests_name("vmalloc", tests, NULL, NULL);
}
