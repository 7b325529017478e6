/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The conflicts of boot's memory map: told in the log, and kept for the plan.
 *
 * Structure
 *   While boot looks for them they go into a table of init data. Then those that there are, and
 *   mostly there are none, are put into words, in memory of their own size:
 *
 *     sentence:   <side a>  <what the kind says>  <side b> : <resolution>
 *     kept:       [ struct conflict_words ... | side a \0 side b \0 ... ]
 *
 * Invariants
 *   CF1  At most CONFLICTS_MOST are kept; when one more is found, the last one says so.
 *   CF2  The text depends on the tree and .config alone, not on the machine that prints it.
 *
 * Locking
 *   None: filled by boot, constant after it.
 *
 * Configuration
 *   None.
 */
#include <mm/conflict.h>

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/memblock.h>

const struct conflict_words *conflicts;					/* [c] */
unsigned int nr_conflicts;						/* [c] */

struct conflict conflicts_found[CONFLICTS_MOST] __initdata;		/* [i] */

static const struct conflict more_than_room __initconst = {
	.kind = CONFLICT_UNLISTED,
	.a = { .name = "the number of conflicts" },
	.b = { .name = "the room for", .base = CONFLICTS_MOST - 1, .form = SIDE_NUMBER },
	.resolution = "the others are not named",
};

/* What joins the two sides of a sentence. */
static const struct {
	const char *name, *joint;
} kinds[] __initconst = {
	[CONFLICT_DUPLICATE] = { "duplicate", "is the same range as" },
	[CONFLICT_NESTING] = { "nesting", "holds" },
	[CONFLICT_OVERLAP] = { "overlap", "overlaps with" },
	[CONFLICT_OUTSIDE_RAM] = { "outside-ram", "does not lie within" },
	[CONFLICT_MISALIGNED] = { "misaligned", "is not made of" },
	[CONFLICT_UNIT_ADDRESS] = { "unit-address", "does not begin at its" },
	[CONFLICT_WRAP] = { "wrap", "runs past" },
	[CONFLICT_IGNORED] = { "ignored", "is" },
	[CONFLICT_INITRD_DISABLED] = { "initrd-disabled", "cannot be used, it" },
	[CONFLICT_FIRMWARE_ASSUMED] = { "firmware-assumed", "may hold" },
	[CONFLICT_NO_PLACE] = { "no-place", "has no place, it" },
	[CONFLICT_NODE_BORDER] = { "node-border", "shares a largest block with" },
	[CONFLICT_BAD_DISTANCE_MAP] = { "bad-distance-map", "is wrong," },
	[CONFLICT_UNLISTED] = { "unlisted", "exceeds" },
};
BUILD_ASSERT(ARRAY_SIZE(kinds) == NR_CONFLICT_KINDS, "a kind of conflict has no text");

const char *__init conflict_kind_name(enum conflict_kind kind)
{
	return kinds[kind].name;
}

size_t __init conflict_side_text(const struct conflict_side *side, char *buf, size_t size)
{
	unsigned long long base = ULL(side->base), end = ULL(side->end);
	size_t len = 0;

	switch (side->form) {
	case SIDE_NAME:
		len = scnprintf(buf, size, "%.64s", side->name);
		break;
	case SIDE_RANGE:
		/* What was cut at the end of the address space has no end to take 1 from. */
		len = scnprintf(buf, size, "%.64s (0x%llx-0x%llx)", side->name, base,
				end - (side->end != PHYS_ADDR_MAX));
		break;
	case SIDE_ADDRESS:
		len = scnprintf(buf, size, "%.64s 0x%llx", side->name, base);
		break;
	case SIDE_NUMBER:
		len = scnprintf(buf, size, "%.64s %llu", side->name, base);
		break;
	}
	/* A tree's names may hold anything, and this goes to terminals. */
	for (; *buf; buf++)
		if (*buf < ' ' || *buf > '~')
			*buf = '?';
	return len;
}

void __init conflict_text(const struct conflict *c, char *buf, size_t size)
{
	char a[CONFLICT_SIDE_BYTES], b[CONFLICT_SIDE_BYTES];

	conflict_side_text(&c->a, a, sizeof(a));
	conflict_side_text(&c->b, b, sizeof(b));
	scnprintf(buf, size, "%s %s %s: %s", a, kinds[c->kind].joint, b, c->resolution);
}

bool __init conflict_add(const struct conflict *c)
{
	bool room = nr_conflicts < CONFLICTS_MOST - 1;
	char text[CONFLICT_TEXT_BYTES];

	if (nr_conflicts == CONFLICTS_MOST)
		return false;
	/* CF1 */
	if (!room)
		c = &more_than_room;
	conflicts_found[nr_conflicts++] = *c;
	conflict_text(c, text, sizeof(text));
	pr_warn("memory map: %s\n", text);
	return room;
}

/* Bytes of a side's text and its end. */
static size_t __init side_bytes(const struct conflict_side *side)
{
	char text[CONFLICT_SIDE_BYTES];

	return conflict_side_text(side, text, sizeof(text)) + 1;
}

/* Writes a side's text to *at, behind which *at moves. */
static const char *__init keep_side(char **at, const struct conflict_side *side)
{
	const char *text = *at;

	*at += conflict_side_text(side, *at, CONFLICT_SIDE_BYTES) + 1;
	return text;
}

void __init conflicts_keep(void)
{
	size_t bytes = nr_conflicts * sizeof(struct conflict_words);
	struct conflict_words *kept;
	char *at;

	if (!nr_conflicts)
		return;
	for (unsigned int i = 0; i < nr_conflicts; i++)
		bytes += side_bytes(&conflicts_found[i].a) + side_bytes(&conflicts_found[i].b);
	kept = __va(memblock_phys_alloc_or_stop(bytes, SMP_CACHE_BYTES, NUMA_NO_NODE, "conflicts",
						"mend the conflicts named above"));
	at = (char *)(kept + nr_conflicts);
	for (unsigned int i = 0; i < nr_conflicts; i++) {
		const struct conflict *c = &conflicts_found[i];

		kept[i].kind = conflict_kind_name(c->kind);
		kept[i].a = keep_side(&at, &c->a);
		kept[i].b = keep_side(&at, &c->b);
		kept[i].resolution = c->resolution;
	}
	conflicts = kept;
}
