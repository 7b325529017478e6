/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <test/ktest.h>

extern char _text[], _end[];

static void finds_a_function(struct ktest *t)
{
	unsigned long va = (unsigned long)symbol_lookup, offset, size;
	const char *name = symbol_lookup(va + 4, &offset, &size);

	KTEST_ASSERT(t, name);
	KTEST_EXPECT(t, !strcmp(name, "symbol_lookup"));
	KTEST_EXPECT_EQ(t, offset, 4);
	KTEST_EXPECT(t, size > 4);
}

static void every_symbol_finds_itself(struct ktest *t)
{
	unsigned long va, former = 0, offset, size;
	unsigned int nr;
	const char *name;
	char type;

	for (nr = 0; symbol_get(nr, &va, &type, &name); nr++) {
		KTEST_EXPECT(t, va >= former);
		/* The lookup may return another name of the same address. */
		KTEST_EXPECT(t, symbol_lookup(va, &offset, &size) && !offset);
		former = va;
	}
	KTEST_EXPECT(t, nr > 100);
}

static void outside_the_image(struct ktest *t)
{
	unsigned long offset, size;

	KTEST_EXPECT(t, !symbol_lookup(0, &offset, &size));
	KTEST_EXPECT(t, !symbol_lookup((unsigned long)_text - 1, &offset, &size));
	KTEST_EXPECT(t, !symbol_lookup((unsigned long)_end, &offset, &size));
	KTEST_EXPECT(t, !symbol_lookup(~0ul, &offset, &size));
}

static const struct ktest_case cases[] = {
	KTEST_CASE(finds_a_function),
	KTEST_CASE(every_symbol_finds_itself),
	KTEST_CASE(outside_the_image),
	{ .name = NULL },
};
KTEST_SUITE(symbols, cases, false);
