/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot makes a tree of resources of memblock's tables, which /proc/iomem shows. RAM is [2048, 2176)
 * MiB, the image [2050, 2052), the tree at 2174 MiB and firmware in the first MiB, unless a test
 * says otherwise.
 */
#include "common/scan.h"

#include <kernel/resource.h>
#include <mm/dt_memory.h>
#include <mm/iomem.h>
#include <arch/mmu.h>

static char text[4000];

/* Writes a line for each resource, without the image and what lies in it. */
static void write_lines(const struct resource *r, const char *indent)
{
	char deeper[8];

	snprintf(deeper, sizeof(deeper), "%s ", indent);
	for (; r; r = r->sibling) {
		size_t len = strlen(text);

		if (!strncmp(r->name, "Kernel ", 7))
			continue;
		snprintf(text + len, sizeof(text) - len, "%s%llx-%llx %s\n", indent, ULL(r->start),
			 ULL(r->end), r->name);
		write_lines(r->child, deeper);
	}
}

static void init(void)
{
	arch_paging_init();
	iomem_prepare();
	iomem_init();
	text[0] = 0;
	write_lines(iomem_resource.child, "");
}

static void begin(const struct tree_reserve *reserve)
{
	tree_begin(2, 2, reserve);
	tree_memory(RAM, 128 * MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

static void scan_tree(const struct host_machine *m)
{
	tree_node_end();
	scan_well(m, tree_end(), NULL);
}

/* Firmware is no System RAM. Reserved neighbours are one resource, in whole frames. */
static void ram_and_what_is_reserved(void **state)
{
	static const struct tree_reserve list[] = {
		{ RAM + 64 * MB + 5, 0x1000 }, { RAM + 64 * MB + 0x1800, 0x100 },
		{ RAM + 80 * MB, MB }, {},
	};

	(void)state;
	begin(list);
	scan_tree(NULL);
	init();
	assert_non_null(strstr(text, "80000000-80100000 Reserved\n80100000-88000000 System RAM\n"));
	assert_non_null(strstr(text, "\n 84000000-84002000 Reserved\n 85000000-85100000 Reserved\n"));
	/* The tree, and what boot has taken from the top. */
	assert_non_null(strstr(text, "-88000000 Reserved\n"));
}

/* A reservation is cut where RAM begins or ends. */
static void reserved_across_a_border(void **state)
{
	static const struct tree_reserve list[] = {
		{ 0x7ff00000, 2 * MB }, { 0x87f00000, 2 * MB }, { 0xfffffffffff00000, MB }, {},
	};

	(void)state;
	begin(list);
	scan_tree(NULL);
	init();
	assert_int_equal(strncmp(text, "7ff00000-80000000 Reserved\n80000000-80100000 Reserved\n", 54),
			 0);
	assert_non_null(strstr(text, "-88000000 Reserved\n88000000-88100000 Reserved\n"));
	assert_non_null(strstr(text, "\nfffffffffff00000-ffffffffffffffff Reserved\n"));
}

/* The first frame of all is reserved. */
static void from_address_0(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	m.first_ram = 0;
	m.kernel_pa = 32 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(0, 128 * MB);
	tree_reserved_memory();
	tree_reserved("first@0", 0, 4096, NULL);
	tree_reserved("mmode_resv0@1000000", 16 * MB, MB, NULL);
	scan_tree(&m);
	init();
	assert_int_equal(strncmp(text, "0-1000000 System RAM\n 0-1000 Reserved\n", 38), 0);

	/* Nothing is reserved below the first bank. */
	m.kernel_pa = 2 * MB + 32 * MB;
	tree_begin(2, 2, NULL);
	tree_memory(2 * MB, 126 * MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@1000000", 16 * MB, MB, NULL);
	scan_tree(&m);
	init();
	assert_int_equal(strncmp(text, "200000-1000000 System RAM\n", 26), 0);
}

/* A resource that crosses another's border is left out, and boot goes on. */
static void one_that_has_no_place(void **state)
{
	(void)state;
	begin(NULL);
	scan_tree(NULL);
	crash_kernel_pa = IMAGE - MB;
	crash_kernel_bytes = 2 * MB;
	init();
	assert_log("iomem: Crash kernel [mem 0x0000000080100000-0x00000000802fffff] is left out: it "
		   "crosses the border of another line (error -");
	assert_null(strstr(text, "Crash kernel"));
}

/* proves IO1 */
static void more_than_were_prepared_for(void **state)
{
	(void)state;
	begin(NULL);
	scan_tree(NULL);
	arch_paging_init();
	iomem_prepare();
	for (unsigned int i = 0; i < 60; i++)
		memblock_reserve(RAM + 16 * MB + i * 2 * PAGE_SIZE, PAGE_SIZE);
	assert_int_equal(HOST_TRY(iomem_init()), HOST_ASSERT_FAILED);
	assert_stop_text("IO1: more resources than regions");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_and_what_is_reserved),
		cmocka_unit_test(reserved_across_a_border),
		cmocka_unit_test(from_address_0),
		cmocka_unit_test(one_that_has_no_place),
		cmocka_unit_test(more_than_were_prepared_for),
	};

	return cmocka_run_group_tests_name("iomem", tests, NULL, NULL);
}
