/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line is kept as it was given and searched anew for each question: boot asks a dozen times,
 * and nothing has to be registered or allocated before memory is up.
 */
#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/hex.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>

#include "internal.h"

char boot_command_line[COMMAND_LINE_SIZE];	/* [c] */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *cmdline_argument(const char *p, const char **start)
{
	bool quoted = false;

	while (is_space(*p))
		p++;
	if (!*p)
		return NULL;
	*start = p;
	for (; *p && (quoted || !is_space(*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
	}
	return p - *start == 2 && !memcmp(*start, "--", 2) ? NULL : p;
}

/* What does not fit goes as whole arguments: part of a number is another number. */
static void __init drop_what_was_cut(const char *args)
{
	const char *p = boot_command_line, *start, *end;

	while ((end = cmdline_argument(p, &start)) && *end)
		p = end;
	boot_command_line[p - boot_command_line] = '\0';
	pr_warn("Kernel command line: %zu characters, %zu are the most: ignored from \"%.40s\" on\n",
		strlen(args), sizeof(boot_command_line) - 1, args + (p - boot_command_line) +
		strspn(args + (p - boot_command_line), " \t\n\r"));
}

void __init cmdline_init(const char *args)
{
	if (!args || !*args)
		args = CONFIG_CMDLINE;
	if (strlcpy(boot_command_line, args, sizeof(boot_command_line)) >=
	    sizeof(boot_command_line))
		drop_what_was_cut(args);
}

/* The value in [p, end) if that argument is called name: past the '=', or end for a bare name. */
static const char *match_argument(const char *p, const char *end, const char *name)
{
	size_t len = strlen(name);

	/* "name=a b" as a whole in quotes is as good as name="a b". */
	if (*p == '"')
		p++;
	if ((size_t)(end - p) < len || memcmp(p, name, len))
		return NULL;
	p += len;
	if (p == end || *p == '"')
		return end;
	return *p == '=' ? p + 1 : NULL;
}

static const char *find_value(const char *name, const char **value_end)
{
	const char *p = boot_command_line, *found = NULL, *start, *end, *value;

	/* No early exit: the last one wins, so that a boot loader can append. */
	while ((end = cmdline_argument(p, &start))) {
		value = match_argument(start, end, name);
		if (value) {
			found = value;
			*value_end = end;
		}
		p = end;
	}
	return found;
}

int cmdline_get(const char *name, char *buf, size_t size)
{
	const char *end, *p = find_value(name, &end);
	size_t len = 0;

	if (!p)
		return -ENOENT;
	for (; p < end; p++) {
		if (*p == '"')
			continue;
		if (len + 1 >= size) {
			buf[len] = '\0';
			return -E2BIG;
		}
		buf[len++] = *p;
	}
	buf[len] = '\0';
	return (int)len;
}

bool cmdline_has(const char *name)
{
	const char *end;

	return find_value(name, &end) != NULL;
}

static unsigned int suffix_shift(char c)
{
	static const char suffixes[] = "kmgt";
	const char *at = c ? strchr(suffixes, c | 0x20) : NULL;

	return at ? 10 * (unsigned int)(at - suffixes + 1) : 0;
}

u64 memparse(const char *text, const char **end, bool *ok)
{
	int base = 10, digit;
	unsigned int shift;
	u64 value = 0;
	bool good = false;

	if (text[0] == '0' && (text[1] | 0x20) == 'x' && hex_digit(text[2]) >= 0) {
		base = 16;
		text += 2;
	}
	*ok = true;
	for (; (digit = hex_digit(*text)) >= 0 && digit < base; text++) {
		good = true;
		if (__builtin_mul_overflow(value, (u64)base, &value) ||
		    __builtin_add_overflow(value, (u64)digit, &value))
			*ok = false;
	}
	shift = good ? suffix_shift(*text) : 0;
	if (shift) {
		text++;
		if (value << shift >> shift != value)
			*ok = false;
		value <<= shift;
	}
	*ok = *ok && good;
	*end = text;
	return value;
}

bool cmdline_get_number(const char *name, const struct number_wanted *wanted, u64 *value)
{
	char text[32];
	const char *end;
	u64 number;
	bool ok;
	int len = cmdline_get(name, text, sizeof(text));

	if (len == -ENOENT)
		return false;
	number = memparse(text, &end, &ok);
	if (len > 0 && ok && !*end && number >= wanted->least && number <= wanted->most) {
		*value = number;
		return true;
	}
	pr_warn("%s=%s is ignored: %s is expected\n", name, text, wanted->what);
	return false;
}
