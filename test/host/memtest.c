/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memtest= on sound RAM, on RAM that shows up at two addresses, and on words that lose their value
 * between the two halves of a pass.
 */
#define _GNU_SOURCE
#include "common/regions.h"

#include <sys/mman.h>
#include <unistd.h>

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <mm/audit.h>
#include <mm/config.h>
#include <mm/kernel_tables.h>
#include <mm/memtest.h>
#include <mm/mmzone.h>
#include <arch/mmu.h>

#define RAM		0x80000000ull
#define FRAME		4096ull
/* The image ends at 0x80300000; above it 1 MiB is free, then 1 MiB taken, then 4 MiB free. */
#define AT(n)		(RAM + 5 * MB + (n) * FRAME)

/* Makes a machine of 9 MiB with this command line, booted up to just before the test of RAM. */
static void machine(const char *args, bool real)
{
	struct host_machine m = host_default_machine;
	struct bank bank = { RAM, 9 * MB };

	m.ram_is_real = real;
	m.kernel_pa = RAM;
	m.kernel_bytes = 3 * MB;
	boot_banks(&m, &bank, 1);
	cmdline_init(args);
	memblock_reserve_owner(RAM + 4 * MB, MB, "taken");
	memblock_find_pfn_limits();
	boot_run(arch_paging_init, arch_report_layout);
	host_log_clear();
}

static void test_all(void)
{
	early_memtest(PFN_PHYS(min_low_pfn), PFN_PHYS(max_low_pfn));
}

static u64 word_at(phys_addr_t pa)
{
	return *(volatile u64 *)__va(pa);
}

#define UNTOUCHED	0x0123456789abcdefull

static void asked_for_nothing(void **state)
{
	static const char *const args[] = { "", "memtest=0", "mem=9M" };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		machine(args[i], true);
		*(u64 *)__va(AT(0)) = UNTOUCHED;
		test_all();
		assert_string_equal(host_log(), "");
		assert_true(word_at(AT(0)) == UNTOUCHED);
	}
}

static void asked_for_nonsense(void **state)
{
	(void)state;
	/* As often as may be, of no RAM; and once more. */
	machine("memtest=1000", true);
	early_memtest(AT(0), AT(0));
	assert_non_null(strstr(host_log(), "early_memtest: # of tests: 1000\n"));
	machine("memtest=1001", true);
	early_memtest(AT(0), AT(0));
	assert_non_null(strstr(host_log(), "memtest=1001 is ignored: "));
	machine("memtest=many", true);
	*(u64 *)__va(AT(0)) = UNTOUCHED;
	test_all();
	assert_string_equal(host_log(), "memtest=many is ignored: a number of passes from 0 to "
					"1000 is expected\n");
	assert_true(word_at(AT(0)) == UNTOUCHED);
}

/* The plan does not write to the RAM it plans for, because that RAM does not exist. */
static void planned_ram(void **state)
{
	(void)state;
	machine("memtest", false);
	*(u64 *)__va(AT(0)) = UNTOUCHED;
	test_all();
	assert_string_equal(host_log(), "");
	assert_true(word_at(AT(0)) == UNTOUCHED);
}

/* Reserved memory keeps its contents; the rest is zero after the test. */
static void good_ram(void **state)
{
	(void)state;
	machine("memtest=3", true);
	*(u64 *)__va(RAM + 3 * MB - 8) = UNTOUCHED;
	*(u64 *)__va(RAM + 4 * MB) = UNTOUCHED;
	*(u64 *)__va(AT(0)) = UNTOUCHED;
	test_all();
	assert_string_equal(host_log(),
		"early_memtest: # of tests: 3\n"
		"  0x0000000080300000 - 0x0000000080400000 pattern 5555555555555555\n"
		"  0x0000000080500000 - 0x0000000080900000 pattern 5555555555555555\n"
		"  0x0000000080300000 - 0x0000000080400000 pattern ffffffffffffffff\n"
		"  0x0000000080500000 - 0x0000000080900000 pattern ffffffffffffffff\n"
		"  0x0000000080300000 - 0x0000000080400000 pattern 0000000000000000\n"
		"  0x0000000080500000 - 0x0000000080900000 pattern 0000000000000000\n"
		"early_memtest: no fault in 5120 KiB\n");
	assert_true(word_at(RAM + 3 * MB - 8) == UNTOUCHED);
	assert_true(word_at(RAM + 4 * MB) == UNTOUCHED);
	assert_true(word_at(RAM + 3 * MB) == 0);
	assert_true(word_at(AT(0)) == 0);
	assert_true(word_at(RAM + 9 * MB - 8) == 0);
}

/* The value that each pass writes into a word, and into the next word. */
static void values(void **state)
{
	static const u64 first[] = {
		0x0000000000000000, 0xffffffffffffffff, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
		0x1111111111111111, 0x2222222222222222, 0x4444444444444444, 0x8888888888888888,
		0x3333333333333333, 0x6666666666666666, 0x9999999999999999, 0xcccccccccccccccc,
		0x7777777777777777, 0xbbbbbbbbbbbbbbbb, 0xdddddddddddddddd, 0xeeeeeeeeeeeeeeee,
		AT(1),
	};

	(void)state;
	machine("", true);
	for (unsigned int nr = 0; nr < sizeof(first) / sizeof(first[0]); nr++) {
		*(u64 *)__va(AT(2)) = UNTOUCHED;
		memtest_fill(AT(1), AT(2), nr);
		assert_true(word_at(AT(1)) == first[nr]);
		assert_true(word_at(AT(2) - 8) == (nr == 16 ? AT(2) - 8 : first[nr]));
		assert_true(word_at(AT(2)) == UNTOUCHED);
		assert_int_equal(memtest_check(AT(1), AT(2), nr), 0);
	}
	assert_string_equal(host_log(), "");
}

static void spoil(phys_addr_t pa)
{
	*(u64 *)__va(pa) ^= 1ull << 40;
}

/*
 *   frame     0   1   2   3   4   5   6
 *   words     .   x.. ..x .   xxx .   x
 *   reserved      [bad  ]     [b]     [b]
 */
static void spoilt_words(void **state)
{
	(void)state;
	machine("", true);
	memtest_fill(AT(0), AT(7), 2);
	spoil(AT(1));
	spoil(AT(3) - 8);
	for (phys_addr_t pa = AT(4); pa < AT(5); pa += 8)
		spoil(pa);
	spoil(AT(7) - 8);
	assert_int_equal(memtest_check(AT(0), AT(7), 2), 4);
	assert_string_equal(host_log(),
		"  5555555555555555 bad mem addr 0x0000000080501000 - 0x0000000080503000 reserved\n"
		"  5555555555555555 bad mem addr 0x0000000080504000 - 0x0000000080505000 reserved\n"
		"  5555555555555555 bad mem addr 0x0000000080506000 - 0x0000000080507000 reserved\n");
	assert_true(memblock_is_region_reserved(AT(1), 2 * FRAME));
	assert_false(memblock_is_region_reserved(AT(3), FRAME));
	assert_true(memblock_is_region_reserved(AT(4), FRAME));
	assert_false(memblock_is_region_reserved(AT(5), FRAME));
	assert_true(memblock_is_region_reserved(AT(6), FRAME));
	assert_false(memblock_is_region_reserved(AT(7), FRAME));
}

/* Maps both frames to the same memory, as an address line that is not connected does. */
static void alias(phys_addr_t a, phys_addr_t b)
{
	int fd = memfd_create("frame", 0);

	assert_true(fd >= 0 && !ftruncate(fd, FRAME));
	assert_ptr_not_equal(mmap(__va(a), FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				  fd, 0), MAP_FAILED);
	assert_ptr_not_equal(mmap(__va(b), FRAME, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
				  fd, 0), MAP_FAILED);
	close(fd);
}

static u32 owner_of(phys_addr_t pa)
{
	const struct page *page = pfn_to_page(block_head_pfn(PFN_DOWN(pa)));

	assert_int_equal(page_state(page), PG_RESERVED);
	return page->owner;
}

static void say(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "audit: %s\n", line);
}

/* Of two frames that are the same memory, one stays reserved as bad RAM for good. */
static void ram_at_two_addresses(void **state)
{
	struct audit a;

	(void)state;
	machine("memtest=17", true);
	alias(AT(3), AT(700));
	host_set_cpus(1);
	test_all();
	boot_run(sparse_init, kernel_tables_init);
	assert_non_null(strstr(host_log(), "early_memtest: # of tests: 17\n"
		"  0x0000000080300000 - 0x0000000080400000 pattern 0000000080300000, each word its "
		"address\n"));
	assert_non_null(strstr(host_log(), "  0000000080503000 bad mem addr 0x0000000080503000 - "
					   "0x0000000080504000 reserved\n"));
	/* Later passes leave out the bad frame. */
	assert_non_null(strstr(host_log(),
		"  0x0000000080300000 - 0x0000000080400000 pattern eeeeeeeeeeeeeeee\n"
		"  0x0000000080500000 - 0x0000000080503000 pattern eeeeeeeeeeeeeeee\n"
		"  0x0000000080504000 - 0x0000000080900000 pattern eeeeeeeeeeeeeeee\n"));
	assert_non_null(strstr(host_log(), "early_memtest: 4 of 5120 KiB are bad, and reserved as "
					   "bad RAM: do not rely on this machine's RAM\n"));
	assert_string_equal(mem_owner_name(owner_of(AT(3))), "bad RAM");
	assert_int_equal(memory_audit(&a, say, NULL), 0);
	assert_int_equal(audit_owner_pages(owner_of(AT(3))), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(asked_for_nothing),
		cmocka_unit_test(asked_for_nonsense),
		cmocka_unit_test(planned_ram),
		cmocka_unit_test(good_ram),
		cmocka_unit_test(values),
		cmocka_unit_test(spoilt_words),
		cmocka_unit_test(ram_at_two_addresses),
	};

	return cmocka_run_group_tests_name("memtest", tests, NULL, NULL);
}
