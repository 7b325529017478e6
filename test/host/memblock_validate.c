/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks tables on purpose to force every sentence of memblock_validate(). In builds that validate
 * after each edit, the next edit must stop with the same sentence.
 */
#include "common/regions.h"

#include "mm/boot/memblock_internal.h"

/* Three banks, each apart from the next: 1-2, 3-5 and 7-8 MiB. */
static struct memblock_region *three_banks(void)
{
	host_reset(NULL);
	memblock_add(1 * MB, MB);
	memblock_add(3 * MB, 2 * MB);
	memblock_add(7 * MB, MB);
	assert_null(memblock_validate(&memblock.memory));
	return memblock.memory.regions;
}

/* Checks the sentence itself, and the stop that an edit elsewhere in the table causes. */
static void assert_said(const char *sentence)
{
	enum host_stop how;

	assert_string_equal(memblock_validate(&memblock.memory), sentence);
	how = HOST_TRY(memblock_add(100 * MB, MB));
	if (!IS_ENABLED(CONFIG_MM_VALIDATE)) {
		assert_int_equal(how, HOST_RAN_ON);
		return;
	}
	assert_int_equal(how, HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), sentence));
}

/* A change of flags is validated, too: it does nothing to a sound table, and stops at another. */
static void flags_are_edits(void **state)
{
	struct memblock_region *r = three_banks();
	enum host_stop how;

	(void)state;
	assert_int_equal(memblock_mark_nomap(3 * MB, MB), 0);
	assert_int_equal(memblock.memory.cnt, 4);
	assert_int_equal(memblock_clear_nomap(3 * MB, MB), 0);
	assert_int_equal(memblock.memory.cnt, 3);
	r[2].base = 4 * MB;
	how = HOST_TRY((void)memblock_mark_nomap(1 * MB, MB));
	assert_int_equal(how, IS_ENABLED(CONFIG_MM_VALIDATE) ? HOST_ASSERT_FAILED : HOST_RAN_ON);
}

static void empty_region(void **state)
{
	struct memblock_region *r = three_banks();

	(void)state;
	memblock.memory.total_size -= r[1].size;
	r[1].size = 0;
	assert_said("MB2: a region is empty");

	/* An empty table has no entry; a single empty entry is wrong. */
	host_reset(NULL);
	memblock.memory.cnt = 1;
	assert_string_equal(memblock_validate(&memblock.memory), "MB2: a region is empty");
}

static void wraps(void **state)
{
	struct memblock_region *r = three_banks();

	(void)state;
	memblock.memory.total_size += PHYS_ADDR_MAX - r[2].base;
	r[2].size = PHYS_ADDR_MAX - r[2].base + MB;
	assert_string_equal(memblock_validate(&memblock.memory), "MB1: a region wraps");
	r[2].size -= MB;
	memblock.memory.total_size -= MB;
	assert_null(memblock_validate(&memblock.memory));
}

static void overlap(void **state)
{
	static const phys_addr_t bases[] = { 1 * MB, 2 * MB - 1, 8 * MB };

	(void)state;
	for (unsigned int i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		three_banks()[1].base = bases[i];
		assert_said("MB1: regions overlap or do not ascend");
	}
}

static void could_be_one(void **state)
{
	struct memblock_region *r = three_banks();
	char same[] = "owner";

	(void)state;
	r[1].base = r[0].base + r[0].size;
	assert_said("MB3: regions that could be one are apart");

	/* Each of these differences is reason enough for two regions to stay apart. */
	r[1].flags = MEMBLOCK_NOMAP;
	assert_null(memblock_validate(&memblock.memory));
	r[1].flags = MEMBLOCK_NONE;
	r[1].nid = 1;
	assert_null(memblock_validate(&memblock.memory));
	r[1].nid = r[0].nid;
	r[1].owner = "owner";
	assert_null(memblock_validate(&memblock.memory));
	/* Two names are equal if their letters are, wherever the strings lie. */
	r[0].owner = same;
	assert_string_equal(memblock_validate(&memblock.memory),
			    "MB3: regions that could be one are apart");
	r[0].owner = "other";
	assert_null(memblock_validate(&memblock.memory));
}

static void sum(void **state)
{
	(void)state;
	three_banks();
	memblock.memory.total_size++;
	assert_said("MB4: total_size is not the sum");
	three_banks();
	memblock.memory.total_size = 0;
	assert_said("MB4: total_size is not the sum");
}

/* proves MB5 */
static void too_long(void **state)
{
	(void)state;
	three_banks();
	memblock.memory.max = 3;
	assert_null(memblock_validate(&memblock.memory));
	memblock.memory.max = 2;
	assert_string_equal(memblock_validate(&memblock.memory), "MB5: cnt is out of range");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_edits),
		cmocka_unit_test(empty_region),
		cmocka_unit_test(wraps),
		cmocka_unit_test(overlap),
		cmocka_unit_test(could_be_one),
		cmocka_unit_test(sum),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests_name("memblock_validate", tests, NULL, NULL);
}
