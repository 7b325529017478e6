/* SPDX-License-Identifier: BSD-2-Clause */
/* Says, from the plan alone, where each line of the memory map comes from. */
#include "source.h"

#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/fdt.h>

#include "options.h"
#include "tree.h"

/* A text of the tree's, made printable for a terminal. */
static const char *printable(const char *before, const char *text)
{
	size_t bytes = strlen(before) + 4 * strlen(text) + 1;
	char *copy = plan_alloc(bytes, 1), *to = copy + sprintf(copy, "%s", before);

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c < 0x7f)
			*to++ = (char)c;
		else
			to += sprintf(to, "\\x%02x", (unsigned int)c);
	}
	return copy;
}

const char *source_printable(const char *text)
{
	return printable("", text);
}

const char *source_model(const struct plan_input *in, const char *fallback)
{
	const char *model = NULL;
	int length = 0;

	if (in->fdt)
		model = fdt_getprop(in->fdt, 0, "model", &length);
	if (!model || length < 2 || model[length - 1])
		return fallback;
	return printable("", model);
}

/* The first line of the firmware's map that has that kind, holds the byte, and ends with words;
 * NULL for kind or words means any. A plan from before the map existed has none. */
static const char *said_by_firmware(const struct report *r, const char *kind, uint64_t base,
				    const char *words)
{
	const struct value *item;

	value_for_each(item, value_get(r->plan, "firmware")) {
		const char *source = value_text(value_get(item, "source"), "");
		size_t length = strlen(source), tail = words ? strlen(words) : 0;
		uint64_t from = 0, bytes = 0;

		value_number(value_get(item, "base"), &from);
		value_number(value_get(item, "size"), &bytes);
		if (base >= from && base - from < bytes && length >= tail &&
		    (!kind || strcmp(value_text(value_get(item, "kind"), ""), kind) == 0) &&
		    (!words || strcmp(source + length - tail, words) == 0))
			return source;
	}
	return NULL;
}

static const char *source_of_ram(const struct report *r, uint64_t base)
{
	const char *source = said_by_firmware(r, "RAM", base, NULL);

	return source ? source : "memory node";
}

/* Boot chose the address of a child of /reserved-memory that the firmware's map does not have. */
static const char *source_of_node(const struct report *r, const struct report_range *range)
{
	return !value_get(r->plan, "firmware") ||
	       said_by_firmware(r, NULL, range->base, range->owner) ? "/reserved-memory" :
								       "boot, for the tree";
}

static const char *source_of_reserved(const struct report *r, const struct report_range *range)
{
	switch (range->class) {
	case OWNER_FIRMWARE:
		return strchr(range->owner, ' ') ? "no node names it" : "/reserved-memory";
	case OWNER_TREE_NODE:
		return source_of_node(r, range);
	case OWNER_MEMRESERVE:
		return "/memreserve/";
	case OWNER_INITRD:
		return "/chosen";
	case OWNER_CRASH:
		return strchr(range->owner, ' ') ? "crashkernel=" : "/chosen";
	case OWNER_TREE:
	case OWNER_IMAGE:
		return "boot loader";
	default:
		return "boot";
	}
}

const char *source_of_span(const struct report *r, size_t nr)
{
	const struct report_span *s = &r->spans[nr];

	if (s->reserved)
		return source_of_reserved(r, s->reserved);
	return s->ram ? source_of_ram(r, s->base) : "";
}

/* Frames of the image's init part are free, between two parts that stay. */
static bool is_init_part(const struct report *r, size_t nr)
{
	const struct report_span *s = &r->spans[nr];

	return nr && nr + 1 < r->nr_spans && s[-1].reserved && s[1].reserved &&
	       s[-1].reserved->class == OWNER_IMAGE && s[1].reserved->class == OWNER_IMAGE;
}

const char *source_owner_words(const struct report *r, size_t nr)
{
	const struct report_span *s = &r->spans[nr];
	const char *note;
	char *words;

	if (!s->ram && !s->reserved)
		return "no RAM";
	if (!s->reserved)
		return s->ram->nomap ? "not mapped" :
		       is_init_part(r, nr) ? "free, init given back" : "free";
	note = !s->ram ? ", outside RAM" : s->ram->nomap ? ", no-map" :
	       s->reserved->lent ? ", lent to movable pages" : "";
	words = plan_alloc(strlen(s->reserved->owner) + strlen(note) + 1, 1);
	return strcat(strcpy(words, s->reserved->owner), note);
}
