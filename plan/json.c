/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

static void put_key(struct json *j, const char *key)
{
	if (j->comma)
		seq_putc(j->m, ',');
	j->comma = true;
	if (key)
		seq_printf(j->m, "\"%s\":", key);
}

void json_open(struct json *j, const char *key, char bracket)
{
	put_key(j, key);
	seq_putc(j->m, bracket);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	seq_putc(j->m, bracket);
	j->comma = true;
}

void json_number(struct json *j, const char *key, u64 value)
{
	put_key(j, key);
	seq_printf(j->m, "%llu", (unsigned long long)value);
}

void json_address(struct json *j, const char *key, u64 value)
{
	put_key(j, key);
	seq_printf(j->m, "\"0x%llx\"", (unsigned long long)value);
}

/* Names come from the device tree: whatever they hold, the line is still JSON. */
void json_string(struct json *j, const char *key, const char *text)
{
	put_key(j, key);
	seq_putc(j->m, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			seq_printf(j->m, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			seq_printf(j->m, "\\u%04x", c);
		else
			seq_putc(j->m, (char)c);
	}
	seq_putc(j->m, '"');
}

void json_bool(struct json *j, const char *key, bool value)
{
	put_key(j, key);
	seq_puts(j->m, value ? "true" : "false");
}
