/* SPDX-License-Identifier: BSD-2-Clause */
/* Where each line of the memory map comes from, as far as tree and plan tell. */
#include "source.h"

#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/fdt.h>

#include "options.h"
#include "tree.h"

/* A tree's text, for a terminal. */
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

static const char *source_of_ram(const struct plan_input *in, uint64_t base)
{
	uint64_t from, bytes;
	int node;

	if (!in->fdt)
		return "memory node";
	for (node = plan_memory_node(in->fdt, -1); node >= 0;
	     node = plan_memory_node(in->fdt, node))
		for (int nr = 0; plan_memory_pair(in->fdt, node, nr, &from, &bytes); nr++)
			if (base >= from && base - from < bytes)
				return printable("/", fdt_get_name(in->fdt, node, NULL));
	return "memory node";
}

/* "reg" or "size": who chose the address of this child of /reserved-memory? */
static const char *source_of_node(const void *fdt, const char *name)
{
	int parent = fdt ? fdt_path_offset(fdt, "/reserved-memory") : -1, node;

	if (parent < 0)
		return "/reserved-memory";
	fdt_for_each_subnode(node, fdt, parent) {
		const char *own = fdt_get_name(fdt, node, NULL);

		if (own && strcmp(printable("", own), name) == 0)
			return fdt_getprop(fdt, node, "reg", NULL) ? "/reserved-memory" :
				"boot, for the tree";
	}
	return "/reserved-memory";
}

static const char *source_of_reserved(const struct plan_input *in,
				      const struct report_range *range)
{
	switch (range->class) {
	case OWNER_FIRMWARE:
		return strchr(range->owner, ' ') ? "no node names it" : "/reserved-memory";
	case OWNER_TREE_NODE:
		return source_of_node(in->fdt, range->owner);
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

const char *source_of_span(const struct plan_input *in, const struct report *r, size_t nr)
{
	const struct report_span *s = &r->spans[nr];

	if (s->reserved)
		return source_of_reserved(in, s->reserved);
	return s->ram ? source_of_ram(in, s->base) : "";
}

/* Frames of the image's init part are free between two parts that stay. */
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
	note = !s->ram ? ", outside RAM" : s->ram->nomap ? ", no-map" : "";
	words = plan_alloc(strlen(s->reserved->owner) + strlen(note) + 1, 1);
	return strcat(strcpy(words, s->reserved->owner), note);
}
