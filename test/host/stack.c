/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own page tables after boot, and in them the stacks of CPUs: what is mapped where,
 * and that nothing is lost when memory is missing at any step. CPUs are threads; nobody but this
 * test walks the tables of their stacks.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/smp.h>
#include <mm/boot_tables.h>
#include <mm/gfp.h>
#include <mm/kernel_tables.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <mm/stack.h>
#include <mm/vm_window.h>
#include <arch/mmu.h>

#define RAM_BYTES	(64ul << 20)
#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 4)
#define LEVELS		(IS_ENABLED(CONFIG_SV48) ? 4u : 3u)
#define STACK_PAGES	((BOOT_STACK_SIZE + OVERFLOW_STACK_SIZE) / PAGE_SIZE)
/* Behind the vmalloc window, where nobody has anything. */
#define FREE_VA		(VMALLOC_START + VMALLOC_SIZE + SZ_1G)

static struct audit checked(void)
{
	struct audit a;

	assert_int_equal(audit_errors(&a), 0);
	assert_int_equal(a.pages[PG_TABLE], page_kept_pages(0, PG_TABLE));
	assert_int_equal(a.pages[PG_STACK], page_kept_pages(0, PG_STACK));
	return a;
}

static unsigned long unused(const struct audit *a)
{
	return a->pages[PG_BUDDY] + a->pages[PG_PCP];
}

static void boot(const char *args)
{
	boot_ram(RAM_BYTES, CPUS);
	kmem_cache_init();
	cmdline_init(args);
	host_start_cpus();
}

static int end(void **state)
{
	(void)state;
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		if (cpu_online(cpu) && cpu_down(cpu))
			return -1;
	return 0;
}

static int count_leaf(const struct pgtable_leaf *leaf, void *ctx)
{
	*(u64 *)ctx += leaf->bytes;
	return 0;
}

static u64 mapped(unsigned long va, u64 bytes)
{
	u64 sum = 0;

	assert_int_equal(pgtable_for_each_leaf(&kernel_pgtable, va, bytes, count_leaf, &sum), 0);
	return sum;
}

/* proves KT2, KT4 */
static void map_and_unmap(void **state)
{
	struct audit before, with, after;
	u64 bytes = 3 * SZ_2M + 5 * PAGE_SIZE;

	(void)state;
	boot("maxcpus=1");
	before = checked();
	assert_int_equal(kernel_map(FREE_VA, SZ_1G, bytes, VM_KERNEL_RW), 0);
	with = checked();
	assert_int_equal(with.pages[PG_TABLE] - before.pages[PG_TABLE], LEVELS - 1);
	assert_int_equal(mapped(FREE_VA, SZ_1G), bytes);
	assert_int_equal(kernel_protect(FREE_VA + PAGE_SIZE, SZ_2M, VM_KERNEL_RO), 0);
	assert_int_equal(checked().pages[PG_TABLE] - with.pages[PG_TABLE], 2);
	assert_int_equal(kernel_unmap(FREE_VA, bytes), 0);
	after = checked();
	/* KT2: a table that hangs in the root stays. */
	assert_int_equal(after.pages[PG_TABLE] - before.pages[PG_TABLE], 1);
	assert_int_equal(unused(&before) - unused(&after), 1);
	assert_int_equal(mapped(FREE_VA, SZ_1G), 0);
}

/* Boot's tables are reserved frames under their owner's name, and cannot be freed:
 * proves BT1, KT3. */
static void tables_of_boot_stay(void **state)
{
	struct audit before, after;

	(void)state;
	/* The range is mapped before the hand-over, as the linear map is. */
	boot_banks(NULL, &(struct bank){ 0x80000000, RAM_BYTES }, 1);
	host_set_cpus(1);
	arch_paging_init();
	assert_int_equal(pgtable_map(&boot_pgtable, FREE_VA, SZ_1G, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_int_equal(boot_table_pages, LEVELS - 1);
	boot_run(sparse_init, kmem_cache_init);
	before = checked();
	assert_int_equal(kernel_map(FREE_VA + PAGE_SIZE, 0, PAGE_SIZE, VM_KERNEL_RW), 0);
	assert_int_equal(kernel_unmap(FREE_VA, 2 * PAGE_SIZE), 0);
	after = checked();
	assert_int_equal(after.pages[PG_RESERVED], before.pages[PG_RESERVED]);
	assert_int_equal(after.pages[PG_TABLE], 0);
	assert_int_equal(unused(&before), unused(&after));
}

static void others_writes_are_seen(void **state)
{
	u64 *entry;
	struct audit a;

	(void)state;
	boot("maxcpus=1");
	assert_null(kernel_tables_validate());
	entry = arch_table_access(NULL, kernel_pgtable.root_pa);
	*entry ^= 0x401;
	assert_string_equal(kernel_tables_validate(),
			    "KT1: an entry of the kernel's root is not what its owner wrote");
	assert_int_equal(audit_errors(&a), 1);
	*entry ^= 0x401;
	assert_null(kernel_tables_validate());
}

/* ---- stacks ---- */

struct stack_check {
	unsigned long first_va, next_va;
	u32 seen_pfn[64];
	unsigned int nr;
};

static int check_stack_page(const struct pgtable_leaf *leaf, void *ctx)
{
	struct stack_check *c = ctx;
	u32 pfn = (u32)PFN_DOWN(leaf->pa);

	assert_int_equal(leaf->bytes, PAGE_SIZE);
	assert_int_equal(leaf->va, c->next_va);
	assert_int_equal(leaf->rights, VM_KERNEL_RW);
	assert_int_equal(page_state(pfn_to_page(block_head_pfn(pfn))), PG_STACK);
	for (unsigned int i = 0; i < c->nr; i++)
		assert_int_not_equal(c->seen_pfn[i], pfn);
	c->seen_pfn[c->nr++] = pfn;
	c->next_va += PAGE_SIZE;
	return 0;
}

/* The pages of the stack are mapped; the page below it and the page behind it are not. */
static void check_stack(struct stack_check *c, unsigned long va, u64 bytes)
{
	assert_int_equal(mapped(va - STACK_GUARD_SIZE, STACK_GUARD_SIZE), 0);
	assert_int_equal(mapped(va + bytes, STACK_GUARD_SIZE), 0);
	c->next_va = va;
	assert_int_equal(pgtable_for_each_leaf(&kernel_pgtable, va, bytes, check_stack_page, c), 0);
	assert_int_equal(c->next_va, va + bytes);
}

/* Areas are given out from below, two for each CPU in its turn. */
static unsigned long stack_of(unsigned int cpu)
{
	return VMALLOC_START + STACK_GUARD_SIZE +
	       (cpu - 1) * (2 * STACK_GUARD_SIZE + BOOT_STACK_SIZE + OVERFLOW_STACK_SIZE);
}

static void check_stacks_of(struct stack_check *c, unsigned int cpu)
{
	if (c->nr + STACK_PAGES > ARRAY_SIZE(c->seen_pfn))
		c->nr = 0;
	check_stack(c, stack_of(cpu), BOOT_STACK_SIZE);
	check_stack(c, stack_of(cpu) + BOOT_STACK_SIZE + STACK_GUARD_SIZE, OVERFLOW_STACK_SIZE);
}

/* proves CS1 */
static void every_cpu_has_guarded_stacks(void **state)
{
	struct stack_check c = { .nr = 0 };
	struct audit first;

	(void)state;
	boot("");
	assert_int_equal(num_online_cpus(), CPUS);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		check_stacks_of(&c, cpu);
	assert_int_equal(mapped(VMALLOC_START, VMALLOC_SIZE),
			 (CPUS - 1) * STACK_PAGES * PAGE_SIZE);
	first = checked();
	assert_int_equal(first.pages[PG_STACK], (CPUS - 1) * STACK_PAGES);
	/* A CPU keeps its stacks when it goes offline, and uses them again when it comes back. */
	assert_int_equal(cpu_down(1), 0);
	assert_int_equal(checked().pages[PG_STACK], first.pages[PG_STACK]);
	assert_int_equal(cpu_up(1), 0);
	assert_int_equal(checked().pages[PG_STACK], first.pages[PG_STACK]);
	assert_int_equal(end(NULL), 0);
}

/* The names of these addresses, as the shell shows them. */
static void parts_have_names(void **state)
{
	unsigned long stack = stack_of(2), overflow = stack + BOOT_STACK_SIZE + STACK_GUARD_SIZE;
	const struct {
		unsigned long va;
		const char *text;
	} rows[] = {
		{ stack - 1, "guard page below the stack of CPU 2" },
		{ stack, "stack of CPU 2" },
		{ stack + BOOT_STACK_SIZE - 1, "stack of CPU 2" },
		{ stack + BOOT_STACK_SIZE, "guard page below the overflow stack of CPU 2" },
		{ overflow, "overflow stack of CPU 2" },
		{ VMALLOC_START, "guard page below the stack of CPU 1" },
		{ stack_of(CPUS), NULL },
		{ FREE_VA, NULL },
		{ VMALLOC_START - 1, NULL },
	};
	char text[64];

	(void)state;
	boot("");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(vm_window_describe(rows[i].va, text, sizeof(text)),
				 rows[i].text != NULL);
		if (rows[i].text)
			assert_string_equal(text, rows[i].text);
	}
	assert_int_equal(end(NULL), 0);
}

static struct page *taken[RAM_BYTES / PAGE_SIZE];

static void take_all(void)
{
	unsigned long nr = 0;
	struct page *page;

	for (unsigned int order = MAX_ORDER + 1; order-- > 0;)
		while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order)))
			taken[nr++] = page;
}

/* For a page of one stack or the other, or for a table, in turn; what there is goes back:
 * proves CS2. */
static void memory_is_missing_at_every_step(void **state)
{
	/* Frames of both stacks, the tables, and the object that describes an area. */
	struct page *kept[STACK_PAGES + 2 + 4];
	struct audit before, after;
	unsigned int i, failed = 0;

	(void)state;
	boot("maxcpus=1");
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		kept[i] = alloc_pages(GFP_KERNEL, 0);
		assert_non_null(kept[i]);
	}
	take_all();
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		int err;

		before = checked();
		err = cpu_up(1);
		if (!err)
			break;
		failed++;
		assert_int_equal(err, -ENOMEM);
		after = checked();
		assert_int_equal(after.pages[PG_STACK], 0);
		/* KT2: the first table stays once it was made, and an empty one beside it (PR1). */
		assert_in_range(after.pages[PG_TABLE], 0, LEVELS - 1);
		assert_int_equal(unused(&before) + before.pages[PG_TABLE] + before.pages[PG_SLAB],
				 unused(&after) + after.pages[PG_TABLE] + after.pages[PG_SLAB]);
		assert_int_equal(mapped(VMALLOC_START, VMALLOC_SIZE), 0);
		assert_non_null(strstr(host_log(), "no memory for the stack of CPU 1"));
		host_log_clear();
		/* A freed table that somebody still walked would lead anywhere. */
		memset(page_address(kept[i]), 0xa5, PAGE_SIZE);
		__free_pages(kept[i], 0);
	}
	assert_in_range(failed, STACK_PAGES, ARRAY_SIZE(kept) - 1);
	check_stacks_of(&(struct stack_check){ .nr = 0 }, 1);
	assert_int_equal(checked().pages[PG_TABLE], LEVELS - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_and_unmap),
		cmocka_unit_test(tables_of_boot_stay),
		cmocka_unit_test(others_writes_are_seen),
		cmocka_unit_test_teardown(every_cpu_has_guarded_stacks, end),
		cmocka_unit_test_teardown(parts_have_names, end),
		cmocka_unit_test_teardown(memory_is_missing_at_every_step, end),
	};

	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
