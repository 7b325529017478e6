/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line of boot arguments as a whole: which arguments the kernel says that nobody reads, and
 * what remains of a line that is too long. test/target/cmdline.c tests how single values are read.
 */
#include "common/boot.h"

#include <kernel/cmdline.h>
#include <kernel/errno.h>

#define KNOWN_FIRST	"\", ignored; known are " IF_ENABLED(CONFIG_CMA, "cma ") \
			"console crashkernel earlycon"

static const char *warnings_of(const char *args)
{
	cmdline_init(args);
	check_boot_arguments();
	return host_log();
}

static int reset(void **state)
{
	(void)state;
	host_reset(NULL);
	return 0;
}

static void what_is_known_is_silent(void **state)
{
	(void)state;
	assert_string_equal(warnings_of("mem=64M memblock=debug loglevel=7 console=sbi earlycon "
					"crashkernel=64M,4G-:128M \"mem=1 2\" mem"), "");
}

static void what_nobody_reads_is_named(void **state)
{
	const char *log = warnings_of("foo=1 mem=64M memory=1 m  bar=\"a b\" mem-x");

	(void)state;
	assert_ptr_equal(strstr(log, "Unknown kernel command line parameters \"foo=1 memory=1 m "
				"bar=\"a b\" mem-x" KNOWN_FIRST), log);
	/* The kernel says so in one line, together with the names that it knows. */
	assert_ptr_equal(strchr(log, '\n'), log + strlen(log) - 1);
	assert_true(!strstr(log, " movablecore") == !IS_ENABLED(CONFIG_ZONE_MOVABLE));
}

/* However many unknown arguments there are, the list of known ones remains. */
static void a_long_list_is_cut(void **state)
{
	char args[400];

	(void)state;
	memset(args, 'x', sizeof(args));
	args[sizeof(args) - 1] = 0;
	assert_non_null(strstr(warnings_of(args), "xxx" KNOWN_FIRST));
}

static void what_lacks_its_option_says_which(void **state)
{
	const char *log = warnings_of("movablecore=64M \"movablecore=1 G\"");

	(void)state;
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		assert_string_equal(log, "");
	else
		assert_string_equal(log, "movablecore=64M is ignored: it needs CONFIG_ZONE_MOVABLE\n"
				    "\"movablecore=1 G\" is ignored: it needs CONFIG_ZONE_MOVABLE\n");
}

/* The words behind "--" belong to an init program, and the kernel does not look at them. */
static void dashes_end_the_line(void **state)
{
	char text[8];

	(void)state;
	assert_string_equal(warnings_of("mem=64M -- mem=32M foo"), "");
	assert_int_equal(cmdline_get("mem", text, sizeof(text)), 3);
	assert_string_equal(text, "64M");
	assert_int_equal(cmdline_get("foo", text, sizeof(text)), -ENOENT);
	assert_non_null(strstr(warnings_of("--foo"), "\"--foo"));
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
	char args[COMMAND_LINE_SIZE + 64], text[8];

	(void)state;
	memset(args, ' ', sizeof(args));
	memcpy(args, "loglevel=7", 10);
	/* The first digits of the number would fit, and an argument is not cut. */
	strcpy(args + COMMAND_LINE_SIZE - 6, "mem=512M quiet");
	cmdline_init(args);
	assert_string_equal(boot_command_line, "loglevel=7");
	assert_int_equal(cmdline_get("mem", text, sizeof(text)), -ENOENT);
	assert_string_equal(host_log(), "Kernel command line: 1032 characters, 1023 are the most: "
			    "ignored from \"mem=512M quiet\" on\n");
}

/* A run= that does not fit is left out whole; half of its commands would do harm. */
static void commands_are_not_cut(void **state)
{
	char args[COMMAND_LINE_SIZE + 64], text[COMMAND_LINE_SIZE];

	(void)state;
	memset(args, ' ', sizeof(args));
	memcpy(args, "mem=64M run=\"echo", 17);
	strcpy(args + sizeof(args) - 12, "; poweroff\"");
	cmdline_init(args);
	assert_int_equal(cmdline_get("run", text, sizeof(text)), -ENOENT);
	assert_string_equal(boot_command_line, "mem=64M");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_known_is_silent, reset),
		cmocka_unit_test_setup(what_nobody_reads_is_named, reset),
		cmocka_unit_test_setup(a_long_list_is_cut, reset),
		cmocka_unit_test_setup(what_lacks_its_option_says_which, reset),
		cmocka_unit_test_setup(dashes_end_the_line, reset),
		cmocka_unit_test_setup(what_does_not_fit_is_left_out_whole, reset),
		cmocka_unit_test_setup(commands_are_not_cut, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
