/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <test/ktest.h>

/* Parses text in place of the real command line, which is put back after each case. */
static char saved[COMMAND_LINE_SIZE];

static void begin(const char *args)
{
	memcpy(saved, boot_command_line, sizeof(saved));
	strlcpy(boot_command_line, args, sizeof(boot_command_line));
}

static void end(void)
{
	memcpy(boot_command_line, saved, sizeof(saved));
}

static void expect_value(struct ktest *t, const char *name, const char *want)
{
	char buf[64] = "untouched";
	int len = cmdline_get(name, buf, sizeof(buf));

	if (len != (int)strlen(want) || strcmp(buf, want))
		ktest_fail(t, __FILE__, __LINE__, "%s is \"%s\" (%d), expected \"%s\"", name, buf,
			   len, want);
}

static void values(struct ktest *t)
{
	char buf[8];

	begin("mem=512M  quiet\tempty= loglevel=7");
	expect_value(t, "mem", "512M");
	expect_value(t, "quiet", "");
	expect_value(t, "empty", "");
	expect_value(t, "loglevel", "7");
	KTEST_EXPECT_EQ(t, cmdline_get("me", buf, sizeof(buf)), -ENOENT);
	KTEST_EXPECT_EQ(t, cmdline_get("level", buf, sizeof(buf)), -ENOENT);
	KTEST_EXPECT(t, cmdline_has("quiet") && !cmdline_has("quie") && !cmdline_has("quiets"));
	end();
}

static void quotes(struct ktest *t)
{
	begin("run=\"cat /proc/x; audit\" \"a=b c\" d=\"e\"f g=\"open h");
	expect_value(t, "run", "cat /proc/x; audit");
	expect_value(t, "a", "b c");
	expect_value(t, "d", "ef");
	expect_value(t, "g", "open h");
	KTEST_EXPECT(t, !cmdline_has("audit") && !cmdline_has("h"));
	end();
}

static void last_one_wins(struct ktest *t)
{
	begin("x=1 y x=2 x y=3");
	expect_value(t, "x", "");
	expect_value(t, "y", "3");
	end();
}

static void short_buffers(struct ktest *t)
{
	char buf[4] = "abc";

	begin("x=12345 y=123");
	KTEST_EXPECT_EQ(t, cmdline_get("x", buf, sizeof(buf)), -E2BIG);
	KTEST_EXPECT(t, !strcmp(buf, "123"));
	KTEST_EXPECT_EQ(t, cmdline_get("y", buf, sizeof(buf)), 3);
	end();
}

static void expect_size(struct ktest *t, const char *text, u64 want, bool good, char stop)
{
	const char *rest;
	bool ok;
	u64 got = memparse(text, &rest, &ok);

	if (ok != good || (good && got != want) || *rest != stop)
		ktest_fail(t, __FILE__, __LINE__, "\"%s\" is 0x%llx, %s, stops at \"%s\"", text,
			   (unsigned long long)got, ok ? "good" : "bad", rest);
}

static void sizes(struct ktest *t)
{
	expect_size(t, "0", 0, true, 0);
	expect_size(t, "512M", 512ull << 20, true, 0);
	expect_size(t, "1g", 1ull << 30, true, 0);
	expect_size(t, "0x1000", 0x1000, true, 0);
	expect_size(t, "0XABcK", 0xabcull << 10, true, 0);
	expect_size(t, "2T@0x8", 2ull << 40, true, '@');
	expect_size(t, "16MB", 16ull << 20, true, 'B');
	expect_size(t, "18446744073709551615", ~0ull, true, 0);
}

static void bad_sizes(struct ktest *t)
{
	expect_size(t, "", 0, false, 0);
	expect_size(t, "M", 0, false, 'M');
	expect_size(t, "-1", 0, false, '-');
	expect_size(t, "18446744073709551616", 0, false, 0);
	expect_size(t, "0x10000000000000000", 0, false, 0);
	expect_size(t, "17592186044416M", 0, false, 0);
	/* No digit follows the prefix, so that the 0 is the number. */
	expect_size(t, "0x", 0, true, 'x');
}

static void numbers(struct ktest *t)
{
	static const struct number_wanted wanted = { 2, 4096, "a number from 2 to 4K" };
	u64 value = 7;

	begin("a=1 b=2 c=4K d=4097 e= f g=3x h=00000000000000000000000000000000000002");
	for (const char *name = "adefgh"; *name; name++) {
		char bad[2] = { *name };

		KTEST_EXPECT(t, !cmdline_get_number(bad, &wanted, &value));
		KTEST_EXPECT_EQ(t, value, 7);
	}
	KTEST_EXPECT(t, !cmdline_get_number("absent", &wanted, &value));
	KTEST_EXPECT(t, cmdline_get_number("b", &wanted, &value) && value == 2);
	KTEST_EXPECT(t, cmdline_get_number("c", &wanted, &value) && value == 4096);
	end();
}

static const struct ktest_case cases[] = {
	KTEST_CASE(values),
	KTEST_CASE(quotes),
	KTEST_CASE(last_one_wins),
	KTEST_CASE(short_buffers),
	KTEST_CASE(sizes),
	KTEST_CASE(bad_sizes),
	KTEST_CASE(numbers),
	{ .name = NULL },
};
KTEST_SUITE(cmdline, cases, false);
