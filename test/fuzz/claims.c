/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a tree in one pass over its structure block, with a reader of its own. It relies on what
 * fdt_check_full() checked, which is that tokens, nesting and strings are whole, and on the root
 * coming first.
 */
#include "claims.h"

#include <string.h>

#include <kernel/compiler.h>

#define CELL	4u

enum token { BEGIN_NODE = 1, END_NODE, PROPERTY, NOP, END };

/* The properties that the reader knows. */
enum word {
	ADDRESS_CELLS, SIZE_CELLS, DEVICE_TYPE, STATUS, REG, USABLE_MEMORY, NODE_ID, HOTPLUGGABLE,
	NO_MAP, INITRD_START, INITRD_END, USABLE_RANGE,
	ELFCOREHDR, NR_WORDS
};

static const char *const words[NR_WORDS] = {
	"#address-cells", "#size-cells", "device_type", "status", "reg", "linux,usable-memory",
	"numa-node-id", "hotpluggable", "no-map", "linux,initrd-start", "linux,initrd-end",
	"linux,usable-memory-range", "linux,elfcorehdr",
};

struct value {
	const u8 *at;			/* NULL: the node has no such property */
	u32 bytes;
};

struct node {
	const char *name;
	struct value of[NR_WORDS];
	bool has_child;			/* properties behind a child do not belong to the node */
};

struct width {
	u32 address, size;
};

/* The reader has three nodes open: the root, its child, and the child's child. */
#define DEPTH	3

struct reader {
	struct claims *c;
	const u8 *strings;
	struct node node[DEPTH];
	int depth;			/* of the open node; -1 before the root */
	struct width root, reserved;
	bool in_reserved, seen_reserved, seen_chosen;
};

static u32 cell(const u8 *at)
{
	return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static u64 number(const u8 *at, u32 cells)
{
	return cells == 2 ? (u64)cell(at) << 32 | cell(at + CELL) : cell(at);
}

static bool width_of(const struct node *n, struct width *w)
{
	const struct value *a = &n->of[ADDRESS_CELLS], *s = &n->of[SIZE_CELLS];

	if (a->at)
		w->address = a->bytes == CELL ? cell(a->at) : 0;
	if (s->at)
		w->size = s->bytes == CELL ? cell(s->at) : 0;
	return w->address >= 1 && w->address <= 2 && w->size >= 1 && w->size <= 2;
}

static u32 pairs(const struct value *v, struct width w)
{
	return v->at ? v->bytes / ((w.address + w.size) * CELL) : 0;
}

/* Pair nr of a list, cut at the end of the address space. */
static struct range pair(const struct value *v, struct width w, u32 nr)
{
	const u8 *at = v->at + nr * (w.address + w.size) * CELL;
	u64 base = number(at, w.address), size = number(at + w.address * CELL, w.size);

	return (struct range){ base, size > ~0ull - base ? ~0ull : base + size };
}

static bool is_text(const struct value *v, const char *text)
{
	return v->at && v->bytes == strlen(text) + 1 && memcmp(v->at, text, v->bytes) == 0;
}

static bool enabled(const struct node *n)
{
	return !n->of[STATUS].at || is_text(&n->of[STATUS], "okay") ||
	       is_text(&n->of[STATUS], "ok");
}

/* Reads a number that is as wide as the property. */
static bool own_number(const struct value *v, u64 *value)
{
	if (!v->at || (v->bytes != CELL && v->bytes != 2 * CELL))
		return false;
	*value = number(v->at, v->bytes / CELL);
	return true;
}

static void read_banks(const struct reader *r, const struct node *n)
{
	const struct value *list = &n->of[n->of[USABLE_MEMORY].at ? USABLE_MEMORY : REG];
	struct bank_claim bank = { .hotplug = n->of[HOTPLUGGABLE].at };
	struct claims *c = r->c;

	if (!is_text(&n->of[DEVICE_TYPE], "memory") || !enabled(n))
		return;
	own_number(&n->of[NODE_ID], &bank.nid);
	for (u32 i = 0; i < pairs(list, r->root); i++) {
		struct range at = pair(list, r->root, i);

		bank.base = at.base;
		bank.end = at.end;
		if (at.base == at.end)
			continue;
		if (c->nr_banks == BANKS_MOST)
			c->too_many = true;
		else
			c->bank[c->nr_banks++] = bank;
	}
}

/* A list whose first range is empty means nothing, and ranges behind the eighth are not read. */
static void read_usable(const struct reader *r, const struct value *list)
{
	struct ranges *usable = &r->c->usable;

	for (u32 i = 0; i < pairs(list, r->root) && i < 8; i++) {
		struct range at = pair(list, r->root, i);

		ranges_add(usable, at.base, at.end);
		r->c->has_usable = usable->nr;
		if (!usable->nr)
			return;
	}
	ranges_sort(usable);
}

static void read_chosen(const struct reader *r, const struct node *n)
{
	struct claims *c = r->c;

	c->has_initrd = own_number(&n->of[INITRD_START], &c->initrd_start) &&
			own_number(&n->of[INITRD_END], &c->initrd_end) &&
			c->initrd_start < c->initrd_end;
	read_usable(r, &n->of[USABLE_RANGE]);
	if (n->of[ELFCOREHDR].at &&
	    n->of[ELFCOREHDR].bytes == (r->root.address + r->root.size) * CELL) {
		struct range at = pair(&n->of[ELFCOREHDR], r->root, 0);

		c->elfcorehdr_start = at.base;
		c->elfcorehdr_end = at.end;
	}
}

static void read_area(const struct reader *r, const struct node *n)
{
	bool firmware = strncmp(n->name, "mmode_resv", 10) == 0;
	struct claims *c = r->c;

	if (!enabled(n))
		return;
	c->nr_dynamic += !n->of[REG].at;
	for (u32 i = 0; i < pairs(&n->of[REG], r->reserved); i++) {
		struct range at = pair(&n->of[REG], r->reserved, i);

		ranges_add(&c->fixed, at.base, at.end);
		if (firmware || n->of[NO_MAP].at)
			ranges_add(&c->fixed_nomap, at.base, at.end);
		if (firmware)
			ranges_add(&c->firmware, at.base, at.end);
	}
}

/* A component of a path also names a node that has a unit address. */
static bool is_called(const char *name, const char *component)
{
	size_t len = strlen(component);

	return strncmp(name, component, len) == 0 && (!name[len] || name[len] == '@');
}

static void begin_node(struct reader *r, const char *name)
{
	if (r->depth >= 0 && r->depth < DEPTH)
		r->node[r->depth].has_child = true;
	if (r->depth == 0)
		r->c->good_cells &= width_of(&r->node[0], &r->root);
	if (r->depth == 1 && r->in_reserved && !r->seen_reserved) {
		r->seen_reserved = true;
		r->c->good_cells &= width_of(&r->node[1], &r->reserved);
	}
	if (++r->depth >= DEPTH)
		return;
	memset(&r->node[r->depth], 0, sizeof(r->node[0]));
	r->node[r->depth].name = name;
	if (r->depth == 1 && is_called(name, "reserved-memory") && !r->seen_reserved) {
		r->in_reserved = true;
		r->reserved = r->root;
	}
}

static void end_node(struct reader *r)
{
	const struct node *n = &r->node[r->depth];

	if (r->depth == 0 && !n->has_child)
		r->c->good_cells &= width_of(n, &r->root);
	if (r->depth == 1 && r->in_reserved) {
		if (!r->seen_reserved)
			r->c->good_cells &= width_of(n, &r->reserved);
		r->seen_reserved = true;
		r->in_reserved = false;
	}
	if (r->c->good_cells && r->depth == 1) {
		read_banks(r, n);
		if (is_called(n->name, "chosen") && !r->seen_chosen) {
			r->seen_chosen = true;
			read_chosen(r, n);
		}
	}
	if (r->c->good_cells && r->depth == 2 && r->in_reserved)
		read_area(r, n);
	r->depth--;
}

static void add_property(struct reader *r, const char *name, struct value v)
{
	struct node *n = &r->node[r->depth];

	if (r->depth >= DEPTH || n->has_child)
		return;
	/* Of two properties with one name the first counts. */
	for (int w = 0; w < NR_WORDS; w++)
		if (words[w][0] == name[0] && !n->of[w].at && strcmp(name, words[w]) == 0)
			n->of[w] = v;
}

static void read_structure(struct reader *r, const u8 *at)
{
	for (;;) {
		u32 token = cell(at), bytes = 0;

		at += CELL;
		switch (token) {
		case BEGIN_NODE:
			begin_node(r, (const char *)at);
			bytes = (u32)strlen((const char *)at) + 1;
			break;
		case END_NODE:
			end_node(r);
			break;
		case PROPERTY:
			bytes = cell(at);
			add_property(r, (const char *)r->strings + cell(at + CELL),
				     (struct value){ at + 2 * CELL, bytes });
			bytes += 2 * CELL;
			break;
		case NOP:
			break;
		default:
			return;
		}
		at += (bytes + CELL - 1) / CELL * CELL;
	}
}

static void read_memreserve(struct claims *c, const u8 *at)
{
	/* libfdt and its users take an entry of size 0 as the end of the list, whatever its
	 * address. */
	for (; number(at + 8, 2); at += 16) {
		u64 base = number(at, 2), size = number(at + 8, 2);

		ranges_add(&c->memreserve, base, size > ~0ull - base ? ~0ull : base + size);
	}
}

static void clear(struct claims *c)
{
	c->nr_banks = c->nr_dynamic = 0;
	c->too_many = c->has_usable = c->has_initrd = false;
	c->elfcorehdr_start = c->elfcorehdr_end = 0;
	c->good_cells = true;
	ranges_set(&c->usable, 0, 0);
	ranges_set(&c->memreserve, 0, 0);
	ranges_set(&c->fixed, 0, 0);
	ranges_set(&c->fixed_nomap, 0, 0);
	ranges_set(&c->firmware, 0, 0);
}

bool claims_begin_with_root(const void *fdt)
{
	const u8 *blob = fdt;

	return cell(blob + cell(blob + 8)) == BEGIN_NODE;
}

void claims_read(struct claims *c, const void *fdt)
{
	const u8 *blob = fdt;
	struct reader r = { .c = c, .depth = -1, .root = { 2, 1 } };

	clear(c);
	/* Before version 16 names and padding were different. */
	if (cell(blob + 20) < 16) {
		c->too_many = true;
		return;
	}
	r.strings = blob + cell(blob + 12);
	read_structure(&r, blob + cell(blob + 8));
	read_memreserve(c, blob + cell(blob + 16));
	c->too_many |= c->memreserve.too_long || c->fixed.too_long;
}

void claims_ram(const struct claims *c, struct ranges *ram)
{
	ram->nr = 0;
	ram->too_long = c->too_many;
	for (unsigned int i = 0; i < c->nr_banks; i++)
		ranges_add(ram, c->bank[i].base, c->bank[i].end);
	ranges_sort(ram);
}
