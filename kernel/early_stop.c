/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a boot that fails before addresses are translated. Only the test device of a simulated
 * machine can tell a code to whoever started it, and without firmware only a UART can say a word;
 * both are looked for in the tree, which nobody has checked: the caller expects a trap.
 *
 * This file runs where it was loaded and not where it was linked: it may use addresses that the
 * compiler forms relative to the place where it runs, and none that the linker has stored.
 */
#include <kernel/early_stop.h>

#define FDT_MAGIC		0xd00dfeed
#define FDT_MAGIC_WORD		0
#define FDT_STRUCT_WORD		2
#define FDT_STRINGS_WORD	3
#define FDT_STRUCT_BYTES_WORD	9

#define FDT_BEGIN_NODE		1
#define FDT_END_NODE		2
#define FDT_PROP		3
#define FDT_NOP			4

/* A device that is never ready does not keep boot from its end. */
#define TURNS_MOST		1000000

/* What a node's properties say. */
struct found {
	unsigned long reg;
	u32 reg_shift, io_width;
	const struct early_device *row;
};

/* Big-endian word nr from at on. */
static u32 word(const u8 *at, u32 nr)
{
	at += 4 * nr;
	return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static bool is_text(const u8 *at, const char *text)
{
	while (*text && *at == (u8)*text) {
		at++;
		text++;
	}
	return *at == (u8)*text;
}

/* The row of that kind that one of the strings names. */
static const struct early_device *row_of(const u8 *value, u32 bytes, u32 kind)
{
	const struct early_device *row;

	for (u32 i = 0; i < bytes; i++)
		for (row = __early_devices_start; row < __early_devices_end; row++)
			if ((!i || !value[i - 1]) && row->kind == kind &&
			    is_text(value + i, row->compatible))
				return row;
	return NULL;
}

static void read_property(struct found *d, const u8 *name, const u8 *value, u32 bytes, u32 kind)
{
	/* A reg tells its width by its length: no parent is kept. */
	if (bytes >= 8 && is_text(name, "reg"))
		d->reg = bytes < 12 ? word(value, 0) :
				      (unsigned long)word(value, 0) << 32 | word(value, 1);
	else if (bytes == 4 && is_text(name, "reg-shift"))
		d->reg_shift = word(value, 0);
	else if (bytes == 4 && is_text(name, "reg-io-width"))
		d->io_width = word(value, 0);
	else if (is_text(name, "compatible"))
		d->row = row_of(value, bytes, kind);
}

/* The first node with a row of that kind; its row is NULL where there is none. */
static struct found find_device(const u8 *fdt, u32 kind)
{
	const u8 *at = fdt + word(fdt, FDT_STRUCT_WORD);
	const u8 *strings = fdt + word(fdt, FDT_STRINGS_WORD);
	const u8 *end = at + word(fdt, FDT_STRUCT_BYTES_WORD);
	struct found d = { 0, 0, 0, NULL };

	while (at < end) {
		u32 token = word(at, 0);

		at += 4;
		if (token == FDT_BEGIN_NODE || token == FDT_END_NODE) {
			if (d.row && d.reg)
				return d;
			d = (struct found){ 0, 0, 0, NULL };
			while (token == FDT_BEGIN_NODE && *at++)
				;
		} else if (token == FDT_PROP) {
			u32 bytes = word(at, 0);

			read_property(&d, strings + word(at, 1), at + 8, bytes, kind);
			at += 8 + bytes;
		} else if (token != FDT_NOP) {
			break;
		}
		at += -(unsigned long)(at - fdt) & 3;
	}
	return (struct found){ 0, 0, 0, NULL };
}

static bool is_ready(const struct found *d)
{
	unsigned long status = d->reg + (d->row->status << d->reg_shift);

	return d->row->value & (d->io_width == 4 ? *(volatile u32 *)status :
						   *(volatile u8 *)status);
}

static void say(const struct found *d, const char *text)
{
	for (; *text; text++) {
		for (u32 turns = TURNS_MOST; !is_ready(d) && turns; turns--)
			;
		if (d->io_width == 4)
			*(volatile u32 *)d->reg = (u8)*text;
		else
			*(volatile u8 *)d->reg = (u8)*text;
	}
}

void early_stop(const u8 *fdt, const char *text)
{
	struct found d;

	if (word(fdt, FDT_MAGIC_WORD) != FDT_MAGIC)
		return;
	if (text) {
		d = find_device(fdt, EARLY_WORDS);
		if (d.row)
			say(&d, text);
	}
	d = find_device(fdt, EARLY_END);
	if (d.row)
		*(volatile u32 *)d.reg = d.row->value;
}
