/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of CONFIG_PLAN_DIGEST: what a word is made of, and what boot says of memory that none
 * of the words fits. The machine has 256 MiB from 2 GiB on.
 */
#include "common/boot.h"

#include <kernel/seq_file.h>
#include <mm/slab.h>
#include <plan/plan.h>
#include <arch/mmu.h>

#define MIB		(1ull << 20)
/* Bytes of hash in a word: one each for configuration, banks, image, tree, reserved, and what
 * follows. */
#define NR_BYTES	11
#define BYTES_AT(word)	(strrchr(word, ':') + 1)

static char word[64];

static void take_word(char *to, size_t size)
{
	struct seq_buf text;

	seq_buf_init(&text, to, size);
	plan_show_word(&text.m);
	assert_int_equal(text.lost, 0);
}

static int boot(void **state)
{
	(void)state;
	boot_ram(256 * MIB, 1);
	kmem_cache_init();
	plan_capture();
	take_word(word, sizeof(word));
	return 0;
}

static void change_digit(char *digit)
{
	*digit = *digit == '0' ? 'F' : '0';
}

/* Compares the memory with a list: the verdict must be the wanted one. Returns the reason. */
static const char *verdict(enum plan_verdict wanted, const char *list)
{
	static char why[PLAN_WHY_BYTES];

	assert_int_equal(plan_compare(list, why, sizeof(why)), wanted);
	return why;
}

#define assert_planned(list) \
	assert_string_equal(verdict(PLAN_AS_PLANNED, list), "as planned")
#define assert_differs(list, why) \
	assert_string_equal(verdict(PLAN_DIFFERS, list), why)

static void form_of_a_word(void **state)
{
	char digest[32];

	(void)state;
	snprintf(digest, sizeof(digest), "256M:0x%016llx:", (unsigned long long)plan_digest());
	assert_int_equal(strncmp(word, digest, strlen(digest)), 0);
	assert_int_equal(strlen(BYTES_AT(word)), 2 * NR_BYTES);
	assert_int_equal(strspn(BYTES_AT(word), "0123456789abcdef"), 2 * NR_BYTES);
}

static void sizes_that_are_no_mib(void **state)
{
	struct bank bank = { 0x80000000, 256 * MIB + 4096 };

	(void)state;
	boot_banks(NULL, &bank, 1);
	boot_page_allocator(1);
	kmem_cache_init();
	plan_capture();
	take_word(word, sizeof(word));
	assert_int_equal(strncmp(word, "262148K:0x", 10), 0);
	assert_planned(word);
	change_digit(BYTES_AT(word));
	change_digit(&word[10]);
	assert_differs(word, "RAM is 262148 KiB as planned, but the kernel is configured otherwise");
}

static void an_empty_list_is_no_check(void **state)
{
	(void)state;
	assert_string_equal(verdict(PLAN_UNCHECKED, ""), "CONFIG_PLAN_DIGEST is empty");
	assert_string_equal(verdict(PLAN_UNCHECKED, " , "), "CONFIG_PLAN_DIGEST is empty");
}

/* The word stands there whole, without its RAM, without its bytes, as the digest alone; first,
 * last, between others. */
static void lists_that_hold_it(void **state)
{
	char list[300], digest[20];

	(void)state;
	assert_planned(word);
	assert_planned(word + strlen("256M:"));
	snprintf(digest, sizeof(digest), "%.18s", word + strlen("256M:"));
	assert_planned(digest);
	snprintf(list, sizeof(list), "256M:%s", digest);
	assert_planned(list);
	snprintf(list, sizeof(list), "128M:0x1, 512M:0x2:%s %s,1G:0x3", BYTES_AT(word), word);
	assert_planned(list);
	snprintf(list, sizeof(list), " ,, %s ,", word);
	assert_planned(list);
}

static void other_amounts_of_ram(void **state)
{
	(void)state;
	assert_differs("8G:0x1", "RAM is 256 MiB, the plan says 8192 MiB");
	assert_differs(" 8192M:0x1, 128M:0x2", "RAM is 256 MiB, the plan says 8192 or 128 MiB");
}

/* One byte after the other is made to differ: boot names the first difference, whatever follows
 * it. */
static void each_first_difference(void **state)
{
	static const char *const words[NR_BYTES] = {
		"the kernel is configured otherwise",
		"the banks of RAM, or their no-map parts, are others",
		"the image has another size or place; a new build needs a new plan",
		"the device tree has another size, boot arguments included, or place",
		"other ranges are reserved",
		"the sections are others",
		"nodes or zones are others",
		"the slab caches are others",
		"the per-CPU lists are others",
		"the overheads are others",
		"the conflicts are others",
	};
	char other[sizeof(word)], why[PLAN_WHY_BYTES];

	(void)state;
	memcpy(other, word, sizeof(other));
	change_digit(&other[strlen("256M:0x")]);
	for (unsigned int i = NR_BYTES; i--;) {
		change_digit(&BYTES_AT(other)[2 * i + 1]);
		snprintf(why, sizeof(why), "RAM is 256 MiB as planned, but %s", words[i]);
		assert_differs(other, why);
	}
	assert_differs(other + strlen("256M:"), words[0]);
}

static void little_to_go_by(void **state)
{
	(void)state;
	assert_differs("0x12", "what differs is not known");
	assert_differs("256M:0x12", "RAM is 256 MiB as planned, but what differs is not known");
}

static void what_is_no_word(void **state)
{
	static const char *const wrong[] = {
		"512M", "512M:", ":0x12", "0x", "0x12:", "0x12:00", "512M:12", "256M:0x12:zz",
		"256Q:0x12", "hello", "0x12345678123456789", "256M:0x12:00112233445566778899a",
		"256M:0x12:00112233445566778899aabb", "256M:0x1:0x2", "\"0x12\"",
		"256M:0x12:0z112233445566778899aa",
	};
	char list[120], why[PLAN_WHY_BYTES];

	(void)state;
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(list, sizeof(list), "128M:0x1 %s", wrong[i]);
		snprintf(why, sizeof(why), "\"%.32s\" in it is no word of a plan", wrong[i]);
		assert_differs(list, why);
	}
}

/* Whatever the list holds, nothing behind its end is read, and there is an answer. */
static void random_lists(void **state)
{
	static const char letters[] = "0123456789abcdefxMGK:, Zz\"";
	struct rng rng = { 1 };
	char why[PLAN_WHY_BYTES];

	(void)state;
	for (int run = 0; run < 300; run++) {
		size_t len = rng_below(&rng, 80);
		char *list = malloc(len + 1);

		assert_non_null(list);
		for (size_t i = 0; i < len; i++)
			list[i] = letters[rng_below(&rng, sizeof(letters) - 1)];
		list[len] = 0;
		assert_int_not_equal(plan_compare(list, why, sizeof(why)), PLAN_AS_PLANNED);
		assert_true(strlen(why) > 10);
		free(list);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(form_of_a_word, boot),
		cmocka_unit_test(sizes_that_are_no_mib),
		cmocka_unit_test_setup(an_empty_list_is_no_check, boot),
		cmocka_unit_test_setup(lists_that_hold_it, boot),
		cmocka_unit_test_setup(other_amounts_of_ram, boot),
		cmocka_unit_test_setup(each_first_difference, boot),
		cmocka_unit_test_setup(little_to_go_by, boot),
		cmocka_unit_test_setup(what_is_no_word, boot),
		cmocka_unit_test_setup(random_lists, boot),
	};

	return cmocka_run_group_tests_name("plan_words", tests, NULL, NULL);
}
