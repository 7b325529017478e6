/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas over what is somebody else's, and the tree of areas: what cannot be mapped, what is
 * refused, and damage of the tree that validation names. The model of areas is vmalloc.c.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/errno.h>
#include <mm/kernel_tables.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/vmalloc.h>

#include "mm/vm/internal.h"

#define RAM_PA		0x80000000ul
#define RAM_BYTES	(64ul << 20)
#define DEVICES_PA	0x10000000ul

static struct page *taken[RAM_BYTES / PAGE_SIZE];

static void boot_with(const struct host_machine *m, u64 bytes)
{
	boot_banks(m, &(struct bank){ RAM_PA, bytes }, 1);
	boot_page_allocator(1);
	kmem_cache_init();
}

static bool is_mapped(unsigned long va)
{
	return vmalloc_to_page((void *)va) != NULL;
}

/* The area's object, its place and the tables come out of memory one after the other. */
static void no_memory_for_pages(void **state)
{
	struct page *pages[2] = { NULL, NULL };
	unsigned long nr = 0;
	unsigned int failed = 0;
	struct page *page;
	void *va;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	for (unsigned int i = 0; i < 2; i++)
		pages[i] = alloc_pages(GFP_KERNEL, 0);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_MEMALLOC, 0)))
		taken[nr++] = page;
	while (!(va = vmap(pages, 2, VM_KERNEL_RW))) {
		assert_null(vm_validate());
		assert_int_equal(audit_errors(NULL), 0);
		assert_true(nr > 0);
		__free_pages(taken[--nr], 0);
		failed++;
	}
	/* At least for the object, and for a table. */
	assert_true(failed >= 2);
	assert_ptr_equal(vmalloc_to_page(va), pages[0]);
	assert_ptr_equal(vmalloc_to_page((char *)va + PAGE_SIZE), pages[1]);
	vunmap(va);
	assert_int_equal(audit_errors(NULL), 0);
}

/* Larger blocks are a wish: an area of single pages is no failure, and nothing is said of one. */
static void single_pages_do_as_well(void **state)
{
	unsigned long nr = 0;
	struct page *page;
	void *va;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)))
		taken[nr++] = page;
	for (unsigned long i = 0; i < nr; i++)
		if (page_to_pfn(taken[i]) % 2)
			__free_pages(taken[i], 0);
	va = __vmalloc(4ul << 20, GFP_KERNEL);
	assert_non_null(va);
	assert_null(strstr(host_log(), "page allocation failure"));
	/* Of what is not there something is said. */
	assert_null(__vmalloc(RAM_BYTES, GFP_KERNEL));
	assert_non_null(strstr(host_log(), "page allocation failure: order:0"));
	vfree(va);
	assert_int_equal(audit_errors(NULL), 0);
}

/* Each call frees areas of its own kind, and is named where it does not. proves VM3 */
static void each_frees_its_own(void **state)
{
	void *va;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	va = __vmalloc(PAGE_SIZE, GFP_KERNEL);
	assert_int_equal(HOST_TRY(vunmap(va)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "VM3: vunmap of 0x"));
	boot_with(NULL, RAM_BYTES);
	va = __vmalloc(PAGE_SIZE, GFP_KERNEL);
	assert_int_equal(HOST_TRY(iounmap(va)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "VM3: iounmap of 0x"));
	boot_with(NULL, RAM_BYTES);
	va = __vmalloc(PAGE_SIZE, GFP_KERNEL);
	assert_int_equal(HOST_TRY(vm_free(va, VM_KIND_BIT(VM_KIND_STACK))), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "VM3: free of a stack of 0x"));
	boot_with(NULL, RAM_BYTES);
	va = ioremap(DEVICES_PA, PAGE_SIZE);
	assert_int_equal(HOST_TRY(vfree(va)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "VM3: vfree of 0x"));
}

static void nothing_is_no_area(void **state)
{
	struct page *page;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_null(vmap(&page, 0, VM_KERNEL_RW));
	assert_null(ioremap(DEVICES_PA, 0));
	assert_null(ioremap(~0ul - PAGE_SIZE + 1, 2 * PAGE_SIZE));
	assert_null(__vmalloc(0, GFP_KERNEL));
	assert_null(__vmalloc(VMALLOC_SIZE, GFP_KERNEL));
	assert_null(vmalloc_to_page(page_address(page)));
	assert_null(vmalloc_to_page((void *)(VMALLOC_START + SZ_1G)));
	assert_int_equal(vmalloc_pages(), 0);
}

/* Behind the end of RAM there are descriptors without frames, which may be shown; VR1 */
static void holes_may_be_shown(void **state)
{
	unsigned long end_pa = RAM_PA + RAM_BYTES + SZ_1M;
	char *va;

	(void)state;
	boot_with(NULL, RAM_BYTES + SZ_1M);
	assert_true(pfn_valid(PFN_DOWN(end_pa)));
	va = ioremap(end_pa, 2 * PAGE_SIZE);
	assert_non_null(va);
	iounmap(va);
	/* Down to the last frame that the buddy has. */
	assert_null(ioremap(end_pa - 2 * SZ_1M, 4 * SZ_1M));
	/* And up to the first ones, from the last frame on that has no descriptor. */
	assert_false(pfn_valid(PFN_DOWN(RAM_PA) - 1));
	assert_null(ioremap(RAM_PA - PAGE_SIZE, MEMMAP_GRANULE_PAGES * PAGE_SIZE));
	assert_null(vm_validate());
}

static void memory_past_the_caches(void **state)
{
	struct host_machine m = host_default_machine;
	void *va;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	assert_null(memremap_uncached(DEVICES_PA, PAGE_SIZE));
	m.maps_uncached = true;
	boot_with(&m, RAM_BYTES);
	assert_null(memremap_uncached(DEVICES_PA, 0));
	assert_null(memremap_uncached(~0ul - PAGE_SIZE + 1, 2 * PAGE_SIZE));
	va = memremap_uncached(DEVICES_PA, PAGE_SIZE);
	assert_non_null(va);
	assert_true(is_mapped((unsigned long)va));
	iounmap(va);
	assert_false(is_mapped((unsigned long)va));
}

/* A CPU's stack and registers keep the rights that they were mapped with. */
static void whose_rights_stay(void **state)
{
	unsigned long stack, device;
	struct vm_area *area;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	stack = (unsigned long)vm_alloc(PAGE_SIZE, GFP_KERNEL, VM_KIND_STACK, -1, NULL);
	device = (unsigned long)ioremap(DEVICES_PA, PAGE_SIZE);
	assert_int_not_equal(stack, 0);
	assert_int_equal(page_state(vmalloc_to_page((void *)stack)), PG_STACK);
	assert_int_equal(set_memory_ro(stack, 1), -EINVAL);
	assert_int_equal(set_memory_ro(device, 1), -EINVAL);
	assert_int_equal(set_memory_nx(VMALLOC_START + VMALLOC_SIZE, 1), -EINVAL);
	area = vm_area_find(stack);
	area->whole = false;
	assert_int_equal(set_memory_ro(stack, 1), -EINVAL);
	area->whole = true;
	vm_free((void *)stack, VM_KIND_BIT(VM_KIND_STACK));
	iounmap((void *)device);
	assert_int_equal(vmalloc_pages(), 0);
	assert_int_equal(audit_errors(NULL), 0);
}

/* A frame that is somebody's own, in an area of frames; a page where an area was. */
static void leaves_that_lead_elsewhere(void **state)
{
	unsigned long first, second;
	struct page *page;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	first = (unsigned long)__vmalloc(2 * PAGE_SIZE, GFP_KERNEL);
	second = (unsigned long)__vmalloc(2 * PAGE_SIZE, GFP_KERNEL);
	page = alloc_pages(GFP_KERNEL, 0);
	assert_true(first && second && page);
	assert_null(vm_validate());
	assert_int_equal(kernel_unmap(second, PAGE_SIZE), 0);
	assert_int_equal(kernel_map(second, page_to_phys(page), PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_string_equal(vm_validate(),
			    "VM1: a frame that is no area's own is mapped in one");
	/* Of an area that is being filled nobody knows yet what is its own. */
	vm_area_find(second)->whole = false;
	assert_null(vm_validate());
	vm_area_find(second)->whole = true;
	vfree((void *)first);
	assert_int_equal(kernel_map(first, DEVICES_PA, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_string_equal(vm_validate(), "VA1: a page is mapped where no area is");
	assert_int_equal(kernel_unmap(first, PAGE_SIZE), 0);
}

#define EXPECT_FAULT(field, value, sentence) do { \
	typeof(field) was = (field); \
	\
	(field) = (value); \
	assert_string_equal(vm_areas_validate(), sentence); \
	(field) = was; \
	assert_null(vm_areas_validate()); \
} while (0)

#define GAP	"VA1: an area overlaps another, or its gap is not what is before it"
#define GUARD	"VA1: an area has no guard page behind it, or leaves the window"
#define BALANCE	"VA2: the tree of areas is not balanced"

/* proves VA1, VA2, VA3, VA4 */
static void each_fault_has_its_sentence(void **state)
{
	struct vm_area *area[7], *top;
	unsigned long bytes;

	(void)state;
	boot_with(NULL, RAM_BYTES);
	for (unsigned int i = 0; i < 7; i++)
		area[i] = vm_area_find((unsigned long)ioremap(DEVICES_PA, PAGE_SIZE));
	for (top = area[0]; top->parent;)
		top = top->parent;
	EXPECT_FAULT(area[2]->prev, NULL, GAP);
	EXPECT_FAULT(area[2]->start, area[1]->start, GAP);
	EXPECT_FAULT(area[2]->start, area[2]->start + PAGE_SIZE, GAP);
	EXPECT_FAULT(area[2]->end, VM_AREAS_END + PAGE_SIZE, GUARD);
	EXPECT_FAULT(area[2]->end, area[2]->end - PAGE_SIZE, GUARD);
	EXPECT_FAULT(top->height, top->height + 1, BALANCE);
	EXPECT_FAULT(top->child[0]->height, 0, BALANCE);
	EXPECT_FAULT(top->child[0]->height, 9, BALANCE);
	EXPECT_FAULT(top->child[1]->parent, NULL,
		     "VA2: an area's parent has not got it for a child");
	EXPECT_FAULT(top->largest_gap, 0, "VA3: an area does not know the largest gap below it");
	/* An area that goes twice leaves one less than there are. */
	for (unsigned int i = 1; i < 7; i++)
		iounmap((void *)area[i]->start);
	top = area[0]->next;
	bytes = area[0]->gap + (area[0]->end - area[0]->start);
	vm_area_erase(area[0]);
	assert_null(vm_areas_validate());
	vm_area_erase(area[0]);
	top->gap -= bytes;
	top->largest_gap = top->gap;
	assert_string_equal(vm_areas_validate(), "VA4: areas are not as many as are counted");
}

/* The tree may be in the middle of a change when a report reads it. */
static void a_report_reads_what_there_is(void **state)
{
	struct vm_area *area;
	char text[96];

	(void)state;
	boot_with(NULL, RAM_BYTES);
	area = vm_area_find((unsigned long)ioremap(DEVICES_PA, PAGE_SIZE));
	assert_true(vm_area_describe(area->start, text, sizeof(text)));
	assert_false(vm_area_describe(area->end, text, sizeof(text)));
	assert_false(vm_area_describe(VMALLOC_START + VMALLOC_SIZE, text, sizeof(text)));
	area->kind = VM_KIND_IOREMAP + 1;
	assert_false(vm_area_describe(area->start, text, sizeof(text)));
	area->kind = VM_KIND_IOREMAP;
	/* A way without an end. */
	area->child[0] = area;
	assert_false(vm_area_describe(VMALLOC_START, text, sizeof(text)));
	area->child[0] = NULL;
	assert_true(vm_area_describe(area->end - 1, text, sizeof(text)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		/* The first failures are told in full. */
		cmocka_unit_test(single_pages_do_as_well),
		cmocka_unit_test(no_memory_for_pages),
		cmocka_unit_test(each_frees_its_own),
		cmocka_unit_test(nothing_is_no_area),
		cmocka_unit_test(holes_may_be_shown),
		cmocka_unit_test(memory_past_the_caches),
		cmocka_unit_test(whose_rights_stay),
		cmocka_unit_test(leaves_that_lead_elsewhere),
		cmocka_unit_test(each_fault_has_its_sentence),
		cmocka_unit_test(a_report_reads_what_there_is),
	};

	return cmocka_run_group_tests_name("vmap", tests, NULL, NULL);
}
