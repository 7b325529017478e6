/* SPDX-License-Identifier: BSD-2-Clause */
#include "claims.h"

#include <string.h>

#include <libfdt.h>

struct width {
	u32 address, size;
};

static u64 number(const u8 *at, u32 cells)
{
	u64 high = cells == 2 ? fdt32_ld((const fdt32_t *)(const void *)at) : 0;

	return high << 32 | fdt32_ld((const fdt32_t *)(const void *)(at + 4 * (cells - 1)));
}

static void cell_property(const void *fdt, int node, const char *name, u32 *value)
{
	int len;
	const void *at = fdt_getprop(fdt, node, name, &len);

	if (at)
		*value = len == 4 ? fdt32_ld(at) : 0;
}

static bool width_of(const void *fdt, int node, struct width *w)
{
	cell_property(fdt, node, "#address-cells", &w->address);
	cell_property(fdt, node, "#size-cells", &w->size);
	return w->address >= 1 && w->address <= 2 && w->size >= 1 && w->size <= 2;
}

/* A list of (address, size): the range of each that is not empty, cut at the end of all. */
static void list(const void *fdt, int node, const char *name, struct width w,
		 void (*fn)(void *ctx, u64 base, u64 end), void *ctx)
{
	int len, each = (int)(4 * (w.address + w.size));
	const u8 *at = fdt_getprop(fdt, node, name, &len);

	for (; at && len >= each; at += each, len -= each) {
		u64 base = number(at, w.address), size = number(at + 4 * w.address, w.size);

		fn(ctx, base, size > ~0ull - base ? ~0ull : base + size);
	}
}

static void into_set(void *set, u64 base, u64 end)
{
	ranges_add(set, base, end);
}

static bool is_text(const void *fdt, int node, const char *name, const char *text)
{
	int len;
	const char *at = fdt_getprop(fdt, node, name, &len);

	return at && len == (int)strlen(text) + 1 && memcmp(at, text, (size_t)len) == 0;
}

static bool has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL);
}

static bool enabled(const void *fdt, int node)
{
	return !has(fdt, node, "status") || is_text(fdt, node, "status", "okay") ||
	       is_text(fdt, node, "status", "ok");
}

/* A number of one cell or two, the way the property has it. */
static bool own_number(const void *fdt, int node, const char *name, u64 *value)
{
	int len;
	const void *at = fdt_getprop(fdt, node, name, &len);

	if (!at || (len != 4 && len != 8))
		return false;
	*value = number(at, (u32)len / 4);
	return true;
}

struct bank_reader {
	struct claims *c;
	u64 nid;
	bool hotplug;
};

static void into_banks(void *ctx, u64 base, u64 end)
{
	struct bank_reader *r = ctx;
	struct claims *c = r->c;

	if (base >= end)
		return;
	if (c->nr_banks == BANKS_MOST)
		c->too_many = true;
	else
		c->bank[c->nr_banks++] = (struct bank_claim){ base, end, r->nid, r->hotplug };
}

static void read_banks(struct claims *c, const void *fdt, struct width w)
{
	int node;

	fdt_for_each_subnode(node, fdt, 0) {
		struct bank_reader r = { .c = c, .hotplug = has(fdt, node, "hotpluggable") };

		if (!is_text(fdt, node, "device_type", "memory") || !enabled(fdt, node))
			continue;
		if (!own_number(fdt, node, "numa-node-id", &r.nid))
			r.nid = 0;
		list(fdt, node, has(fdt, node, "linux,usable-memory") ? "linux,usable-memory"
								       : "reg", w, into_banks, &r);
	}
}

static void read_initrd(struct claims *c, const void *fdt)
{
	int node = fdt_path_offset(fdt, "/chosen");

	c->has_initrd = node >= 0 &&
			own_number(fdt, node, "linux,initrd-start", &c->initrd_start) &&
			own_number(fdt, node, "linux,initrd-end", &c->initrd_end) &&
			c->initrd_start < c->initrd_end;
}

/* An empty first range makes the list mean nothing; what is beyond the eighth is not read. */
static void read_usable(struct claims *c, const void *fdt, struct width w)
{
	int node = fdt_path_offset(fdt, "/chosen"), len, each = (int)(4 * (w.address + w.size));
	const u8 *at = node < 0 ? NULL : fdt_getprop(fdt, node, "linux,usable-memory-range", &len);

	for (int i = 0; at && i < 8 && len >= each; i++, at += each, len -= each) {
		u64 base = number(at, w.address), size = number(at + 4 * w.address, w.size);

		ranges_add(&c->usable, base, size > ~0ull - base ? ~0ull : base + size);
		c->has_usable |= c->usable.nr;
		if (!c->has_usable)
			return;
	}
	ranges_sort(&c->usable);
}

static void read_reserved(struct claims *c, const void *fdt, struct width w)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory"), node;

	if (parent < 0)
		return;
	if (!width_of(fdt, parent, &w)) {
		c->good_cells = false;
		return;
	}
	fdt_for_each_subnode(node, fdt, parent) {
		const char *name = fdt_get_name(fdt, node, NULL);
		bool firmware = name && strncmp(name, "mmode_resv", 10) == 0;

		if (!enabled(fdt, node))
			continue;
		if (!has(fdt, node, "reg")) {
			c->nr_dynamic++;
			continue;
		}
		list(fdt, node, "reg", w, into_set, &c->fixed);
		if (firmware || has(fdt, node, "no-map"))
			list(fdt, node, "reg", w, into_set, &c->fixed_nomap);
		if (firmware)
			list(fdt, node, "reg", w, into_set, &c->firmware);
	}
}

static void read_memreserve(struct claims *c, const void *fdt)
{
	const struct fdt_reserve_entry *e =
		(const void *)((const char *)fdt + fdt_off_mem_rsvmap(fdt));

	/* As libfdt and all its users have it, an empty entry ends the list, whatever its address. */
	for (; fdt64_ld(&e->size); e++) {
		u64 base = fdt64_ld(&e->address), size = fdt64_ld(&e->size);

		ranges_add(&c->memreserve, base, size > ~0ull - base ? ~0ull : base + size);
	}
}

void claims_read(struct claims *c, const void *fdt)
{
	struct width w = { 2, 1 };

	c->nr_banks = c->nr_dynamic = 0;
	c->too_many = c->has_usable = c->has_initrd = false;
	c->usable.nr = c->memreserve.nr = c->fixed.nr = c->fixed_nomap.nr = c->firmware.nr = 0;
	c->usable.too_long = c->memreserve.too_long = c->fixed.too_long = false;
	c->fixed_nomap.too_long = c->firmware.too_long = false;
	c->good_cells = width_of(fdt, 0, &w);
	if (!c->good_cells)
		return;
	read_banks(c, fdt, w);
	read_initrd(c, fdt);
	read_usable(c, fdt, w);
	read_memreserve(c, fdt);
	read_reserved(c, fdt, w);
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
