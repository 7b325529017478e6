/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot's refusal must be one clear sentence, and the sentence must be true of the tree. */
#include <libfdt.h>

#include <kernel/cmdline.h>
#include <kernel/compiler.h>
#include <kernel/math.h>
#include <mm/config.h>
#include <arch/mmu.h>
#include <host/host.h>

#include "fuzz.h"
#include "oracle_parts.h"

/* With so much free RAM in one piece, plus a part of the whole, boot has room for its own objects.
 * The whole is what has descriptors; with FLATMEM that includes the holes. */
#define ROOM_ENOUGH	(8 * SZ_1M)
#define ROOM_SHARE	32
/* Regions that boot itself may need, the image's among them. */
#define REGIONS_OF_BOOT	24u

static const struct {
	const char *start;
	enum refusal kind;
} sentences[] = {
	{ "device tree at ", REFUSED_BLOB },
	{ "Device tree node ", REFUSED_CELLS },
	{ "The device tree names no memory", REFUSED_NO_MEMORY },
	{ "The kernel at ", REFUSED_IMAGE },
	{ "The device tree and boot need ", REFUSED_REGIONS },
	{ "No room for the ", REFUSED_ROOM },
};

static enum refusal kind_of(const char *sentence)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (!strncmp(sentence, sentences[i].start, strlen(sentences[i].start)))
			return sentences[i].kind;
	return REFUSED_OTHER;
}

static bool blob_is_good(void)
{
	const void *fdt = host_machine.fdt;
	size_t bytes = host_machine.fdt_bytes;

	return host_machine.fdt_pa && host_machine.fdt_pa % 8 == 0 && bytes >= FDT_V1_SIZE &&
	       fdt_magic(fdt) == FDT_MAGIC && fdt_totalsize(fdt) <= bytes &&
	       fdt_off_dt_struct(fdt) % 4 == 0 && fdt_off_mem_rsvmap(fdt) % 8 == 0 &&
	       !fdt_check_full(fdt, bytes) && claims_begin_with_root(fdt);
}

static bool image_has_ram(void)
{
	const struct image_layout *im = arch_image_layout();
	static struct ranges ram, torn;

	oracle_expected_ram(&ram, &torn);
	return !torn.nr && ranges_hold(&ram, im->start, im->end);
}

/* Each bank and each area may cut a region in two, and so may a node's border that moves. */
static bool regions_fit(void)
{
	const struct claims *c = &oracle_claims;
	unsigned int nomap = c->fixed_nomap.nr + c->nr_dynamic + 1;
	unsigned int reserved = c->memreserve.nr + c->fixed.nr + c->nr_dynamic;

	return 4 * c->nr_banks + 2 * nomap + 8 < CONFIG_MEMBLOCK_REGIONS &&
	       2 * reserved + REGIONS_OF_BOOT < CONFIG_MEMBLOCK_REGIONS;
}

static bool has_room(void)
{
	const struct claims *c = &oracle_claims;
	static struct ranges ram, torn, kept, free;
	u64 whole;

	/* The oracle does not know what dynamic nodes, a crash kernel and an area of CMA took. */
	if (c->nr_dynamic || cmdline_has("crashkernel") || cmdline_has("cma"))
		return false;
	oracle_expected_ram(&ram, &torn);
	ranges_copy(&kept, &c->memreserve);
	ranges_add_all(&kept, &c->fixed);
	ranges_add_all(&kept, &torn);
	ranges_add(&kept, 0, arch_image_layout()->end);
	ranges_add(&kept, host_machine.fdt_pa,
		   host_machine.fdt_pa + fdt_totalsize(host_machine.fdt));
	ranges_add(&kept, c->elfcorehdr_start, c->elfcorehdr_end);
	if (c->has_initrd)
		ranges_add(&kept, c->initrd_start, c->initrd_end);
	ranges_sort(&kept);
	ranges_subtract(&free, &ram, &kept);
	whole = IS_ENABLED(CONFIG_FLATMEM) && ram.nr ? ram.at[ram.nr - 1].end - ram.at[0].base
						     : ranges_bytes(&ram);
	return !torn.nr && ranges_longest(&free) >= ROOM_ENOUGH + whole / ROOM_SHARE;
}

static void must_be(bool true_of_tree, const char *sentence)
{
	if (!true_of_tree)
		finding("refused, and not for this reason: %s", sentence);
}

enum refusal oracle_check_refusal(const char *sentence)
{
	enum refusal kind = kind_of(sentence);
	const struct claims *c = &oracle_claims;

	if (!*sentence)
		finding("refused without a sentence");
	for (const char *p = sentence; *p; p++)
		if (*p < ' ' || *p > '~')
			finding("a sentence with a character %d in it: %s", *p, sentence);
	if (kind == REFUSED_BLOB)
		must_be(!blob_is_good(), sentence);
	if (kind == REFUSED_BLOB || kind == REFUSED_OTHER)
		return kind;
	oracle_read_tree(host_machine.fdt, 0);
	if (c->too_many)
		return kind;
	if (kind == REFUSED_CELLS)
		must_be(!c->good_cells, sentence);
	else if (kind == REFUSED_NO_MEMORY)
		must_be(!c->nr_banks, sentence);
	else if (kind == REFUSED_IMAGE)
		must_be(!image_has_ram(), sentence);
	else if (kind == REFUSED_REGIONS)
		must_be(!regions_fit(), sentence);
	else if (kind == REFUSED_ROOM)
		must_be(!has_room(), sentence);
	return kind;
}
