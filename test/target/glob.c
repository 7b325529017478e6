/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/glob.h>
#include <test/ktest.h>

static __noinline void expect(struct ktest *t, const char *pattern, const char *text, bool want)
{
	if (glob_match(pattern, text) != want)
		ktest_fail(t, __FILE__, __LINE__, "\"%s\" %s \"%s\"", pattern,
			   want ? "does not match" : "matches", text);
}

static void whole_names(struct ktest *t)
{
	expect(t, "slab", "slab", true);
	expect(t, "slab", "slabs", false);
	expect(t, "slabs", "slab", false);
	expect(t, "", "", true);
	expect(t, "", "x", false);
}

static void one_character(struct ktest *t)
{
	expect(t, "sl?b", "slab", true);
	expect(t, "????", "slab", true);
	expect(t, "???", "slab", false);
	expect(t, "slab?", "slab", false);
}

static void any_characters(struct ktest *t)
{
	expect(t, "*", "", true);
	expect(t, "*", "slab", true);
	expect(t, "sl*", "slab", true);
	expect(t, "sl*", "sl", true);
	expect(t, "sl*", "pages", false);
	expect(t, "*order=0*", "pages order=0 pair", true);
	expect(t, "**a**b**", "xaxbx", true);
	/* In the first two a first match must be taken back; the others are long, and must end. */
	expect(t, "*ab", "aab", true);
	expect(t, "a*b*c", "abcbc", true);
	expect(t, "*a?c*e", "abxabcde", true);
	expect(t, "*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false);
}

static void what_is_a_pattern(struct ktest *t)
{
	KTEST_EXPECT(t, is_glob("a*") && is_glob("?"));
	KTEST_EXPECT(t, !is_glob("pages order=0") && !is_glob(""));
}

static const struct ktest_case cases[] = {
	KTEST_CASE(whole_names),
	KTEST_CASE(one_character),
	KTEST_CASE(any_characters),
	KTEST_CASE(what_is_a_pattern),
	{ .name = NULL },
};
KTEST_SUITE(glob, cases, false);
