/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/glob.h>
#include <kernel/string.h>

bool is_glob(const char *text)
{
	return text[strcspn(text, "*?")];
}

/*
 * When what follows a '*' does not match, the '*' takes one more character. Only the last '*' ever
 * needs to: the later one can take whatever an earlier one might.
 */
bool glob_match(const char *pattern, const char *text)
{
	const char *star = NULL, *taken = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			taken = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
