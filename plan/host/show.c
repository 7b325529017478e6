/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a plan's JSON, fresh or from a file, in the format that was asked for. */
#define _GNU_SOURCE
#include "show.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Every plan begins so, also one among other lines of a console. */
static const char plan_begin[] = "{\"config\":";

/* This is enough for 16 TiB in the smallest sections. */
#define FILE_BYTES_MOST		(1ull << 30)

char *plan_read_file(const char *name, size_t *bytes)
{
	FILE *f = fopen(name, "rb");
	size_t room = 1 << 16;
	char *text = malloc(room);

	if (!f)
		plan_die(PLAN_UNUSABLE, "%s: %s", name, strerror(errno));
	*bytes = 0;
	while (text && (*bytes += fread(text + *bytes, 1, room - *bytes, f)) == room) {
		char *more = room < FILE_BYTES_MOST ? realloc(text, 2 * room) : NULL;

		if (!more)
			plan_die(PLAN_UNUSABLE, "%s: too long", name);
		text = more;
		room *= 2;
	}
	if (!text || ferror(f))
		plan_die(PLAN_UNUSABLE, "%s: it cannot be read", name);
	fclose(f);
	text[*bytes] = 0;
	return text;
}

void plan_read(struct plan_json *json, const char *file)
{
	size_t bytes;
	char *text = plan_read_file(file, &bytes), *begin, *end;

	begin = memmem(text, bytes, plan_begin, sizeof(plan_begin) - 1);
	if (!begin)
		plan_die(PLAN_UNUSABLE, "%s: no plan in it: it would begin with %s", file, plan_begin);
	end = memchr(begin, '\n', bytes - (size_t)(begin - text));
	json->input = (struct plan_input){ .name = file };
	json->bytes = end ? (size_t)(end - begin) : bytes - (size_t)(begin - text);
	json->text = plan_alloc(json->bytes + 1, 1);
	memcpy(json->text, begin, json->bytes);
	free(text);
	/* A console ends its lines with two characters. */
	if (json->bytes && json->text[json->bytes - 1] == '\r')
		json->bytes--;
}

struct report *plan_report(const struct plan_json *json)
{
	const char *wrong;
	const struct value *plan = value_parse(json->text, json->bytes, &wrong);

	if (!plan)
		plan_die(PLAN_UNUSABLE, "%s: not a plan: %s", json->input.name, wrong);
	return report_make(plan, json->input.name);
}

void plan_show(const struct plan_json *json, enum plan_format format)
{
	struct report *r = plan_report(json);

	if (format == PLAN_HTML)
		html_print(json, r, stdout);
	else if (format == PLAN_TEXT)
		text_print(r, &json->input, stdout);
	else if (fwrite(json->text, 1, json->bytes, stdout) == json->bytes)
		putchar('\n');
}
