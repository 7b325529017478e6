/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crashkernel= keeps: RAM is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174 MiB
 * and firmware in the first MiB, unless said otherwise.
 */
#include "common/scan.h"

#include <mm/conflict.h>
#include <mm/dt_memory.h>

static void begin(void)
{
	tree_begin(2, 2, NULL);
	tree_memory(RAM, 128 * MB);
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
}

static void scan_with(const char *args)
{
	tree_node_end();
	scan_well(NULL, tree_end(), args);
}

#define FIRMWARE	"2048-2049(mmode_resv0@80000000)"

#define assert_kept(base, bytes) \
do { \
	assert_int_equal(crash_kernel_pa, base); \
	assert_int_equal(crash_kernel_bytes, bytes); \
} while (0)

static void assert_nothing_kept(void)
{
	assert_kept(0, 0);
	assert_reserved(FIRMWARE);
	assert_no_log("crashkernel: reserved");
}

/* There is this conflict and no other, and the log says it in the same words. */
static void assert_conflict(const char *kind, const char *text)
{
	char sentence[CONFLICT_TEXT_BYTES];

	assert_int_equal(nr_conflicts, 1);
	conflict_text(&conflicts_found[0], sentence, sizeof(sentence));
	assert_string_equal(sentence, text);
	assert_string_equal(conflict_kind_name(conflicts_found[0].kind), kind);
	assert_log(text);
}

/* ---- where it goes ---- */

static void nobody_asks(void **state)
{
	(void)state;
	begin();
	scan_with("mem=128M");
	assert_nothing_kept();
	assert_no_log("crashkernel");
}

/*
 *   RAM    [fw][ image ]                    [  16M  ]..[tree ]
 *                                 a multiple of 2 MiB
 */
static void the_highest_place(void **state)
{
	(void)state;
	begin();
	scan_with("crashkernel=16M");
	assert_reserved(FIRMWARE " 2158-2174(Crash kernel)");
	assert_kept(2158 * MB, 16 * MB);
	assert_int_equal(nr_conflicts, 0);
	assert_log("crashkernel: reserved 0x0000000086e00000 - 0x0000000087e00000 (16 MB)\n");
}

/* proves CK1 */
static void whole_frames(void **state)
{
	(void)state;
	begin();
	scan_with("crashkernel=0x1fff001");
	assert_kept(2142 * MB, 32 * MB);
	begin();
	scan_with("crashkernel=1");
	assert_kept(2172 * MB, 4096);
	begin();
	scan_with("crashkernel=3M");
	assert_kept(2170 * MB, 3 * MB);
}

static void at_an_offset(void **state)
{
	(void)state;
	begin();
	scan_with("crashkernel=8M@0x84000000");
	assert_reserved(FIRMWARE " 2112-2120(Crash kernel)");
	assert_kept(2112 * MB, 8 * MB);
	assert_int_equal(nr_conflicts, 0);
	/* The last argument counts; an offset of 0 means no offset. */
	begin();
	scan_with("crashkernel=8M@0x84000000 crashkernel=16M@0");
	assert_kept(2158 * MB, 16 * MB);
}

/* Devices reach the first 4 GiB: boot looks for room there first, and above only then. */
static void below_4g_first(void **state)
{
	static const struct {
		const char *args;
		u64 base;
	} cases[] = {
		{ "crashkernel=64M", 4096 * MB - 64 * MB },
		{ "crashkernel=256M", 4096 * MB + 256 * MB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tree_begin(2, 2, NULL);
		tree_memory(RAM, 128 * MB);
		tree_memory(3968 * MB, 640 * MB);
		tree_reserved_memory();
		tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
		scan_with(cases[i].args);
		assert_int_equal(crash_kernel_pa, cases[i].base);
		assert_int_equal(nr_conflicts, 0);
	}
}

static void by_the_size_of_ram(void **state)
{
	static const struct {
		const char *args;
		u64 bytes;
	} cases[] = {
		{ "crashkernel=0-64M:4M,64M-256M:8M,256M-:16M", 8 * MB },
		{ "crashkernel=0-128M:4M,128M-:16M", 16 * MB },
		{ "crashkernel=128M-129M:2M", 2 * MB },
		/* The first range that holds the RAM's size counts, even if its amount is 0. */
		{ "crashkernel=0-:2M,128M-129M:4M", 2 * MB },
		{ "crashkernel=0-:0,128M-129M:4M", 0 },
		{ "crashkernel=129M-:2M", 0 },
		{ "crashkernel=0-128M:2M", 0 },
		{ "crashkernel=0", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		begin();
		scan_with(cases[i].args);
		assert_int_equal(crash_kernel_bytes, cases[i].bytes);
		if (cases[i].bytes)
			continue;
		assert_nothing_kept();
		assert_log("crashkernel: nothing is reserved: no size is given for 128 MB of RAM\n");
	}
	begin();
	scan_with("crashkernel=0-64M:4M,64M-:8M@0x84000000");
	assert_kept(2112 * MB, 8 * MB);
}

/* ---- what makes no sense ---- */

static void not_an_argument(void **state)
{
	static const char *const wrong[] = {
		"", "x", "16Q", "16M@", "16M@x", "16M@2G,high", "16M,high", "@2G", "1G-2G",
		"1G:16M", "2G-1G:16M", "1G-1G:16M", "1G-2G:", "1G-2G:16M,", "1G-2G:16M@",
		"-2G:16M", ":16M", "0-1G@64M:16M",
		"1G-2G:16M,3G", "99999999999G", "16M@99999999999G",
		"0-99999999999999999999:16M", "0-1G:99999999999999999999",
		/* This argument is longer than any that makes sense. */
		"0-0x100000000000:0x00000000001000000,0-0x100000000000:0x00000000001000000,"
		"0-0x100000000000:0x00000000001000000,0-0x100000000000:0x00000000001000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char args[256];

		snprintf(args, sizeof(args), "crashkernel=%s", wrong[i]);
		begin();
		scan_with(args);
		assert_nothing_kept();
		assert_int_equal(nr_conflicts, 0);
		assert_log(" is ignored: a size such as 64M, 64M@0x90000000 or 1G-4G:64M,4G-:128M is "
			   "expected\n");
	}
	begin();
	scan_with("crashkernel");
	assert_log("crashkernel= is ignored: a size such as ");
}

/* proves CK2 */
static void larger_than_any_place(void **state)
{
	(void)state;
	begin();
	scan_with("crashkernel=124M");
	assert_nothing_kept();
	assert_conflict("no-place", "Crash kernel has no place, it needs 0x7c00000: no crash kernel "
				    "is kept");
	begin();
	scan_with("crashkernel=0xffffffffffffffff");
	assert_nothing_kept();
	assert_conflict("no-place", "Crash kernel has no place, it needs 0xffffffffffffffff: no crash "
				    "kernel is kept");
}

/* proves CK1, CK2 */
static void offsets_that_cannot_be(void **state)
{
	static const struct {
		const char *args, *text;
	} cases[] = {
		{ "crashkernel=8M@0x84100000", "(0x84100000-0x848fffff) has no place, it does not "
		  "begin at a multiple of 2 MiB" },
		{ "crashkernel=8M@0x7fe00000", "(0x7fe00000-0x805fffff) has no place, it does not lie "
		  "within usable RAM" },
		{ "crashkernel=8M@0x87a00000", "(0x87a00000-0x881fffff) has no place, it does not lie "
		  "within usable RAM" },
		{ "crashkernel=8M@0xffffffffffe00000", "(0xffffffffffe00000-0xffffffffffffffff) has no "
		  "place, it does not lie within usable RAM" },
		/* The range lies in the tree's RAM, but not in the RAM that this boot uses. */
		{ "mem=64M crashkernel=8M@0x84000000", "(0x84000000-0x847fffff) has no place, it does "
		  "not lie within usable RAM" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char sentence[256];

		begin();
		scan_with(cases[i].args);
		assert_nothing_kept();
		snprintf(sentence, sizeof(sentence), "Crash kernel %s: no crash kernel is kept",
			 cases[i].text);
		assert_conflict("no-place", sentence);
	}
}

/* ---- who is in the way ---- */

/* proves CK1, CK2 */
static void over_another(void **state)
{
	(void)state;
	begin();
	scan_with("crashkernel=4M@0x80200000");
	assert_nothing_kept();
	assert_conflict("nesting", "Crash kernel (0x80200000-0x805fffff) holds kernel image "
				   "(0x80200000-0x803fffff): no crash kernel is kept");
	assert_log("crashkernel: nothing is reserved: 0x0000000080200000 - 0x0000000080600000 is in use\n");

	begin();
	scan_with("crashkernel=2M@0x80200000");
	assert_conflict("duplicate", "kernel image (0x80200000-0x803fffff) is the same range as "
				     "Crash kernel (0x80200000-0x803fffff): no crash kernel is kept");

	begin();
	scan_with("crashkernel=8M@0x80000000");
	assert_nothing_kept();
	assert_int_equal(nr_conflicts, 2);

	begin();
	tree_reserved("pool@84001000", RAM + 64 * MB + 4096, 32 * MB, "no-map");
	scan_with("crashkernel=4M@0x84000000");
	assert_kept(0, 0);
	assert_conflict("overlap", "pool@84001000 (0x84001000-0x86000fff) overlaps with Crash kernel "
				   "(0x84000000-0x843fffff): no crash kernel is kept");
}

/* Boot places the tree's dynamic nodes before the crash kernel's memory. */
static void behind_a_dynamic_node(void **state)
{
	(void)state;
	begin();
	tree_node("pool");
	tree_u64("size", 8 * MB);
	tree_node_end();
	scan_with("crashkernel=8M");
	assert_reserved(FIRMWARE " 2158-2166(Crash kernel) 2166-2174(pool)");
	assert_int_equal(nr_conflicts, 0);
}

/* A kernel that runs after a crash may get the crashed kernel's command line, and ignores its
 * crashkernel=. */
static void after_a_crash(void **state)
{
	(void)state;
	begin();
	tree_node_end();
	tree_node("chosen");
	tree_list("linux,elfcorehdr", RAM + 100 * MB, 4096);
	scan_with("crashkernel=8M");
	assert_kept(0, 0);
	assert_reserved(FIRMWARE " 0x86400000-0x86401000(elfcorehdr)");
	assert_log("crashkernel= is ignored: this kernel runs after a crash itself\n");

	begin();
	tree_node_end();
	tree_node("chosen");
	tree_list("linux,usable-memory-range", RAM, 64 * MB);
	scan_with("crashkernel=8M");
	assert_nothing_kept();
	assert_log("crashkernel= is ignored: this kernel runs after a crash itself\n");

	/* An empty /chosen says nothing of a crash. */
	begin();
	tree_node_end();
	tree_node("chosen");
	scan_with("crashkernel=8M");
	assert_kept(2166 * MB, 8 * MB);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_asks),
		cmocka_unit_test(the_highest_place),
		cmocka_unit_test(whole_frames),
		cmocka_unit_test(at_an_offset),
		cmocka_unit_test(below_4g_first),
		cmocka_unit_test(by_the_size_of_ram),
		cmocka_unit_test(not_an_argument),
		cmocka_unit_test(larger_than_any_place),
		cmocka_unit_test(offsets_that_cannot_be),
		cmocka_unit_test(over_another),
		cmocka_unit_test(behind_a_dynamic_node),
		cmocka_unit_test(after_a_crash),
	};

	return cmocka_run_group_tests_name("crash_kernel", tests, NULL, NULL);
}
