/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a blob a tree that libfdt can walk? Every offset, string and nesting is checked once, so that
 * readers need not; the first fault is told in words: what it is, where, and what mends it.
 *
 * The rules are those of libfdt's fdt_check_full() but for one: NOPs may stand between the root's
 * end and the tree's, as the device-tree specification has it.
 */
#include <libfdt.h>

#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>

#include "internal.h"

#define MEND		"; compile the tree anew, and see that it arrives whole"

/* Versions of the format that libfdt reads. */
#define VERSION_FIRST	2u
#define VERSION_LAST	17u

static char fault[256] __initdata;		/* [i] */

static __printf(1, 2) const char *__init say(const char *fmt, ...)
{
	va_scnprintf(fault, sizeof(fault), fmt);
	return fault;
}

/* ---- the header ---- */

struct block {
	const char *name;
	u32 offset, bytes, align;
};

static const char *__init check_block(const struct block *b, u32 header, u32 total)
{
	if (b->offset % b->align)
		return say("its %s block lies at offset 0x%x, which is no multiple of %u" MEND,
			   b->name, b->offset, b->align);
	/* Written so that no sum can wrap. */
	if (b->offset < header || b->offset > total || b->bytes > total - b->offset)
		return say("its %s block, 0x%x bytes at offset 0x%x, does not lie within the 0x%x "
			   "bytes of the tree" MEND, b->name, b->bytes, b->offset, total);
	return NULL;
}

static const char *__init check_blocks(const void *blob)
{
	const struct block blocks[] = {
		{ "reservation", fdt_off_mem_rsvmap(blob), 0, 8 },
		/* Before this version nobody knows how long it is. */
		{ "structure", fdt_off_dt_struct(blob),
		  fdt_version(blob) < VERSION_LAST ? 0 : fdt_size_dt_struct(blob), 4 },
		{ "strings", fdt_off_dt_strings(blob), fdt_size_dt_strings(blob), 1 },
	};
	const char *wrong = NULL;

	for (size_t i = 0; !wrong && i < ARRAY_SIZE(blocks); i++)
		wrong = check_block(&blocks[i], (u32)fdt_header_size(blob), fdt_totalsize(blob));
	if (!wrong && fdt_num_mem_rsv(blob) < 0)
		wrong = say("its reservation block, at offset 0x%x, has no end" MEND,
			    blocks[0].offset);
	return wrong;
}

static const char *__init check_header(const void *blob, size_t limit)
{
	u32 version, compatible, total;

	if (limit < FDT_V1_SIZE)
		return say("it has %zu bytes, and the header of a device tree alone has %zu" MEND,
			   limit, FDT_V17_SIZE);
	if (fdt_magic(blob) != FDT_MAGIC)
		return say("no device tree: the first word is 0x%08x, and that of a compiled tree is "
			   "0x%08x; compile the source with dtc, and see that the boot loader passes "
			   "the address of the result", fdt_magic(blob), FDT_MAGIC);
	version = fdt_version(blob);
	compatible = fdt_last_comp_version(blob);
	total = fdt_totalsize(blob);
	if (version < VERSION_FIRST || compatible > VERSION_LAST || compatible > version)
		return say("it is of version %u, for readers of version %u, and versions %u to %u are "
			   "read; compile the tree anew with dtc -V 17", version, compatible,
			   VERSION_FIRST, VERSION_LAST);
	if (total > limit)
		return say("its header says that the tree has %u bytes, and at most %zu are read; "
			   "leave room and nodes out of it", total, limit);
	if (total < fdt_header_size(blob))
		return say("its header says that the tree has %u bytes, and the header alone has "
			   "%zu" MEND, total, fdt_header_size(blob));
	return check_blocks(blob);
}

/* ---- the structure ---- */

static size_t __init append(char *path, size_t len, size_t size, const char *name)
{
	if (len + 1 < size)
		path[len++] = '/';
	/* What is no word for a console, or would look like a border, is shown as a dot. */
	for (; *name && len + 1 < size; name++)
		path[len++] = *name <= ' ' || *name > '~' || *name == '/' ? '.' : *name;
	path[len] = 0;
	return len;
}

/*
 * The path of the node that is open at offset end of a structure that is whole up to there. What
 * does not fit is left out at the path's end.
 */
static const char *__init open_node(const void *blob, int end, char *path, size_t size)
{
	int depth = 0, shown = 1, at = 0, next;		/* nodes that are open, of these in path */
	size_t len = 0;

	for (path[0] = 0; at < end; at = next) {
		u32 tag = fdt_next_tag(blob, at, &next);

		if (tag == FDT_BEGIN_NODE) {
			/* The root has no name, and the path none without a parent's. */
			if (depth && shown == depth && len + 1 < size) {
				len = append(path, len, size, fdt_get_name(blob, at, NULL));
				shown++;
			}
			depth++;
		} else if (tag == FDT_END_NODE) {
			if (depth > 1 && shown == depth) {
				*strrchr(path, '/') = 0;
				len = strlen(path);
				shown--;
			}
			depth--;
		}
	}
	return len ? path : "/";
}

static __printf(3, 4) const char *__init say_at(const void *blob, int offset, const char *fmt, ...)
{
	char what[96], path[64];

	va_scnprintf(what, sizeof(what), fmt);
	return say("%s, at offset 0x%x of its structure block in node %s" MEND, what,
		   (unsigned int)offset, open_node(blob, offset, path, sizeof(path)));
}

/* What libfdt cannot read as a tag and what belongs to it. */
static const char *__init say_no_tag(const void *blob, int offset)
{
	const fdt32_t *word = fdt_offset_ptr(blob, offset, FDT_TAGSIZE);

	if (!word)
		return say_at(blob, offset, "the tree ends before its nodes do");
	switch (fdt32_ld(word)) {
	case FDT_BEGIN_NODE:
		return say_at(blob, offset, "the name of a node does not end");
	case FDT_PROP:
		return say_at(blob, offset, "a property reaches beyond the block");
	default:
		return say_at(blob, offset, "the word 0x%08x is no tag", fdt32_ld(word));
	}
}

static const char *__init check_tag(const void *blob, u32 tag, int at, int depth)
{
	const char *name;
	int len;

	/* The root ends once, and what follows is nobody's. */
	if (!depth && at && tag != FDT_NOP && tag != FDT_END)
		return say_at(blob, at, "something follows the end of the root node");
	if (tag == FDT_END && depth)
		return say_at(blob, at, "the tree ends before its nodes do");
	if (tag == FDT_PROP && !fdt_getprop_by_offset(blob, at, &name, &len))
		return say_at(blob, at, "a property's name does not lie in the strings block");
	return NULL;
}

static const char *__init check_structure(const void *blob)
{
	int at, next = 0, depth = 0;
	const char *wrong, *root;
	u32 tag;

	if (fdt_next_tag(blob, 0, &at) != FDT_BEGIN_NODE)
		return say("its structure block does not begin with the root node, which must have "
			   "nothing before it, not even a NOP" MEND);
	root = fdt_get_name(blob, 0, NULL);
	if (!root || *root)
		return say("its root node has a name, and that of a tree has none" MEND);
	do {
		at = next;
		tag = fdt_next_tag(blob, at, &next);
		wrong = next < 0 ? say_no_tag(blob, at) : check_tag(blob, tag, at, depth);
		if (wrong)
			return wrong;
		depth += (tag == FDT_BEGIN_NODE) - (tag == FDT_END_NODE);
	} while (tag != FDT_END);
	return NULL;
}

const char *__init fdt_find_fault(const void *blob, size_t limit)
{
	const char *wrong = check_header(blob, limit);

	return wrong ? wrong : check_structure(blob);
}
