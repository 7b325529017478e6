/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <test/ktest.h>

/* The formats that views and messages are made of. */
#define EXPECT_TEXT(t, want, ...) \
	do { \
		char _got[128]; \
		size_t _len = scnprintf(_got, sizeof(_got), __VA_ARGS__); \
		if (strcmp(_got, want) || _len != strlen(want)) \
			ktest_fail(t, __FILE__, __LINE__, "got \"%s\", expected \"%s\"", _got, \
				   want); \
	} while (0)

static void integers(struct ktest *t)
{
	EXPECT_TEXT(t, "-5 5 4294967291", "%d %u %u", -5, 5, (unsigned int)-5);
	EXPECT_TEXT(t, "18446744073709551615", "%lu", ~0ul);
	EXPECT_TEXT(t, "-9223372036854775808", "%lld", (long long)(1ull << 63));
	EXPECT_TEXT(t, "18446744073709551615", "%zu", ~(size_t)0);
	EXPECT_TEXT(t, "0", "%lu", 0ul);
}

static void hexadecimal(struct ktest *t)
{
	EXPECT_TEXT(t, "deadbeef DEADBEEF", "%x %X", 0xdeadbeefu, 0xdeadbeefu);
	EXPECT_TEXT(t, "0x1f 0", "%#x %x", 0x1f, 0);
	EXPECT_TEXT(t, "ffffffff80000000", "%016lx", 0xffffffff80000000ul);
	EXPECT_TEXT(t, "0x0000000080000000", "%#018llx", 0x80000000ull);
	EXPECT_TEXT(t, "08000000-87ffffff", "%08llx-%08llx", 0x8000000ull, 0x87ffffffull);
}

static void widths(struct ktest *t)
{
	EXPECT_TEXT(t, "    42 ", "%6lu ", 42ul);
	EXPECT_TEXT(t, "1234567 ", "%6lu ", 1234567ul);
	EXPECT_TEXT(t, "42    |", "%-6u|", 42u);
	EXPECT_TEXT(t, "  42", "%*d", 4, 42);
	EXPECT_TEXT(t, "42  |", "%-*d|", 4, 42);
	EXPECT_TEXT(t, "00042", "%05d", 42);
}

static void strings(struct ktest *t)
{
	EXPECT_TEXT(t, "   DMA32", "%8s", "DMA32");
	EXPECT_TEXT(t, "kmalloc-8        |", "%-17s|", "kmalloc-8");
	EXPECT_TEXT(t, "abc", "%.3s", "abcdef");
	EXPECT_TEXT(t, "ab", "%.*s", 2, "abcdef");
	EXPECT_TEXT(t, "x%y", "%c%%%c", 'x', 'y');
	EXPECT_TEXT(t, "    |", "%*s|", 4, "");
}

/* What does not fit is cut, never written beyond. */
static void cut(struct ktest *t)
{
	char buf[8];

	memset(buf, 'Z', sizeof(buf));
	KTEST_EXPECT_EQ(t, scnprintf(buf, 5, "%s", "abcdefgh"), 4);
	KTEST_EXPECT(t, !memcmp(buf, "abcd\0ZZZ", 8));
	KTEST_EXPECT_EQ(t, scnprintf(buf, 1, "%d", 7), 0);
	KTEST_EXPECT_EQ(t, buf[0], 0);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(integers),
	KTEST_CASE(hexadecimal),
	KTEST_CASE(widths),
	KTEST_CASE(strings),
	KTEST_CASE(cut),
	{ .name = NULL },
};
KTEST_SUITE(printf, cases, false);
