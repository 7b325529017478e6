/* SPDX-License-Identifier: BSD-2-Clause */
/* The RAM that a kernel must find in a tree, by the definitions, compared with what it found. */
#include "oracle_parts.h"

#include <string.h>

#include <kernel/cmdline.h>
#include <kernel/math.h>
#include <kernel/types.h>
#include <mm/config.h>
#include <mm/firmware_map.h>
#include <mm/memblock.h>
#include <arch/mmu.h>
#include <host/host.h>

#include "fuzz.h"

#define claims	oracle_claims

static struct range reach_from(u64 first)
{
	u64 bytes = host_machine.linear_bytes ? min(host_machine.linear_bytes, LINEAR_MAP_SIZE)
					      : LINEAR_MAP_SIZE;
	u64 base = first & ~(u64)(SZ_1G - 1);

	return (struct range){ base, base + min(bytes, ~0ull - base) };
}

/* The linear map's reach: the map begins near the first RAM, or near the kernel's own where that is
 * out of reach. */
static struct range find_reach(void)
{
	u64 image = arch_image_layout()->start, first = ~0ull, own = ~0ull;
	struct range reach;

	for (unsigned int i = 0; i < claims.nr_banks; i++) {
		const struct bank_claim *b = &claims.bank[i];

		first = min(first, b->base);
		if (b->base <= image && image < b->end)
			own = min(own, b->base);
	}
	reach = reach_from(first);
	if (own != ~0ull && (image < reach.base || image >= reach.end))
		reach = reach_from(own);
	reach.end = min(reach.end, PFN_PHYS(MAX_PHYSMEM_PFN));
	return reach;
}

static void add_torn(struct ranges *bytes, u64 base, u64 end)
{
	if (base % PAGE_SIZE)
		ranges_add(bytes, base, base + 1);
	if (end % PAGE_SIZE)
		ranges_add(bytes, end - 1, end);
}

/* Frames with a border of a bank or of a usable range. Whether such a frame is whole depends on the
 * neighbour's node and flags. */
static void torn_frames(struct ranges *torn)
{
	static struct ranges bytes;

	ranges_set(&bytes, 0, 0);
	for (unsigned int i = 0; i < claims.nr_banks; i++)
		add_torn(&bytes, claims.bank[i].base, claims.bank[i].end);
	for (unsigned int i = 0; i < claims.usable.nr; i++)
		add_torn(&bytes, claims.usable.at[i].base, claims.usable.at[i].end);
	ranges_sort(&bytes);
	ranges_frames_touched(torn, &bytes);
}

static u64 memory_limit(void)
{
	char text[32];
	const char *end;
	u64 limit;
	bool ok;

	if (cmdline_get("mem", text, sizeof(text)) <= 0)
		return ~0ull;
	limit = memparse(text, &end, &ok) & PAGE_MASK;
	return ok && !*end && limit ? limit : ~0ull;
}

void oracle_expected_ram(struct ranges *ram, struct ranges *torn)
{
	static struct ranges all, cut, window;
	struct range reach = find_reach();

	ranges_set(&window, reach.base, reach.end);
	claims_ram(&claims, &all);
	ranges_intersect(&cut, &all, &window);
	ranges_intersect(&all, &cut, &claims.usable);
	ranges_frames_within(ram, claims.has_usable ? &all : &cut);
	torn_frames(torn);
	if (!torn->nr)
		ranges_limit(ram, memory_limit());
}

void oracle_check_ram(const struct ranges *ram)
{
	static struct ranges expected, torn, least, window;

	oracle_expected_ram(&expected, &torn);
	oracle_hold(&expected, ram, "is taken for RAM, and the tree does not say so");
	ranges_subtract(&least, &expected, &torn);
	if (ranges_bytes(ram) > memory_limit())
		finding("0x%llx bytes of RAM are more than mem= allows", ULL(ranges_bytes(ram)));
	if (torn.nr && memory_limit() != ~0ull) {
		/* The limit's place depends on which torn frames count. */
		ranges_set(&window, 0, ram->nr ? ram->at[ram->nr - 1].end : 0);
		ranges_intersect(&expected, &least, &window);
		ranges_copy(&least, &expected);
	}
	oracle_hold(ram, &least, "is RAM in the tree, and is not used");
}

/* The lines of one kind must be as many as the tree's, and as large in sum. */
static void check_lines(const char *kind, unsigned int nr, u64 bytes)
{
	for (unsigned int i = 0; i < nr_firmware_ranges; i++) {
		const struct firmware_range *r = &firmware_map[i];

		if (strcmp(r->kind, kind) == 0) {
			nr--;
			bytes -= r->end - r->base;
		}
	}
	if (!nr_firmware_unlisted && (nr || bytes))
		finding("the firmware's map misses %d lines of %s, and 0x%llx bytes", (int)nr, kind,
			ULL(bytes));
}

/* The map is as the tree says, whatever mem= and the rest of boot leave. */
void oracle_check_firmware_map(void)
{
	static struct ranges all;
	u64 banks = 0, cut = memblock_copy->memory.total_size;

	for (unsigned int i = 0; i < claims.nr_banks; i++)
		banks += claims.bank[i].end - claims.bank[i].base;
	check_lines("RAM", claims.nr_banks, banks);
	check_lines("no-map", claims.fixed_nomap.nr, ranges_bytes(&claims.fixed_nomap));
	check_lines("reserved", claims.memreserve.nr + claims.fixed.nr - claims.fixed_nomap.nr,
		    ranges_bytes(&claims.memreserve) + ranges_bytes(&claims.fixed) -
		    ranges_bytes(&claims.fixed_nomap));
	check_lines("elfcorehdr", claims.elfcorehdr_start != claims.elfcorehdr_end,
		    claims.elfcorehdr_end - claims.elfcorehdr_start);
	for (int i = 0; i < NR_FIRMWARE_CUTS; i++)
		cut += firmware_ram_cut[i];
	claims_ram(&claims, &all);
	if (!all.too_long && !nr_firmware_unlisted &&
	    (firmware_ram_bytes != ranges_bytes(&all) || cut != firmware_ram_bytes))
		finding("RAM of 0x%llx bytes is 0x%llx by its lines, and 0x%llx with what was cut",
			ULL(ranges_bytes(&all)), ULL(firmware_ram_bytes), ULL(cut));
}
