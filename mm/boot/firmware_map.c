/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   What firmware, boot loader and boot itself claim of memory, line by line and as it was said;
 *   what the firmware said of it stays for the view, the plan and trap reports.
 *
 * Structure
 *   Whoever reads the tree adds a claim for each range, before anything is made of it. Sorted they
 *   stand in three parts, each by address:
 *
 *     RAM            [ bank        ]  [ bank             ]
 *     claims to it      [tree]  [initrd]    [node]            mm/boot/dt_conflict.c compares these
 *     mere words     [ usable        ]
 *
 *   RAM is summed up as it was claimed, and each sieve of dt_memory.c says what it cut of that.
 *
 * Invariants
 *   FM1  At most CLAIMS_MOST claims are kept, the first ones; how many there were is known.
 *   FM2  RAM's lines, common parts counted once, are memblock's memory and what was cut. Where a
 *        line is missing (FM1) nobody knows.
 *
 * Locking
 *   None: boot only; what stays is constant.
 *
 * Configuration
 *   MEMBLOCK_REGIONS  As many claims as memblock's two arrays have regions, and a few, are kept.
 */
#include <mm/firmware_map.h>

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/cma_areas.h>
#include <mm/memblock.h>

#include "dt_internal.h"

/* What the kernel needs, assumed firmware, a crash kernel and usable ranges are claims that no
 * table of regions counts. */
#define CLAIMS_MOST	(2 * CONFIG_MEMBLOCK_REGIONS + NR_NEEDED + 2 + MAX_USABLE_RANGES)

const struct firmware_range *firmware_map;				/* [c] */
unsigned int nr_firmware_ranges, nr_firmware_unlisted;			/* [c] */
u64 firmware_ram_bytes, firmware_ram_cut[NR_FIRMWARE_CUTS];		/* [c] */

const char *const firmware_cut_names[NR_FIRMWARE_CUTS] = {
	[CUT_REACH] = "out of the kernel's reach",
	[CUT_USABLE_RANGE] = "outside linux,usable-memory-range",
	[CUT_PARTIAL_FRAMES] = "in frames that are not all RAM",
	[CUT_MEM_LIMIT] = "beyond mem=",
	IF_ENABLED(CONFIG_MEMORY_HOTPLUG, [CUT_OFFLINE] = "offline at boot",)
};

static struct claim claims[CLAIMS_MOST] __initdata;			/* [i] */
static unsigned int claims_made __initdata;				/* [i] */

/* ---- claims ---- */

void __init dt_claim(enum claim_kind kind, const char *name, struct dt_range at, bool nomap)
{
	unsigned int nr = claims_made;

	if (at.base >= at.end)
		return;
	if (IS_ENABLED(CONFIG_CMA) && kind != CLAIM_RAM && kind < CLAIM_CRASH)
		cma_area_claimed(name, at.base, at.end);
	claims_made++;
	if (nr < CLAIMS_MOST)
		claims[nr] = (struct claim){ at, name, kind, nomap, nr };
}

/* 0 RAM, 1 claims to it, 2 what is compared with nothing. */
static unsigned int __init part_of(const struct claim *c)
{
	return c->kind == CLAIM_RAM ? 0 : c->kind < CLAIM_WORDS ? 1 : 2;
}

static bool __init comes_before(const struct claim *a, const struct claim *b)
{
	if (part_of(a) != part_of(b))
		return part_of(a) < part_of(b);
	return a->at.base != b->at.base ? a->at.base < b->at.base : a->nr < b->nr;
}

static void __init swap_claims(unsigned int i, unsigned int j)
{
	struct claim c = claims[i];

	claims[i] = claims[j];
	claims[j] = c;
}

static void __init sift_down(unsigned int root, unsigned int count)
{
	unsigned int child;

	for (; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && comes_before(&claims[child], &claims[child + 1]))
			child++;
		if (!comes_before(&claims[root], &claims[child]))
			return;
		swap_claims(root, child);
	}
}

/* A heap sort: no tree, however it is made, costs more than n log n. */
static unsigned int __init sort_claims(void)
{
	unsigned int count = min(claims_made, (unsigned int)CLAIMS_MOST);

	for (unsigned int i = count / 2; i--;)
		sift_down(i, count);
	for (unsigned int i = count; i-- > 1;) {
		swap_claims(0, i);
		sift_down(0, i);
	}
	return count;
}

struct claim_table __init dt_sorted_claims(void)
{
	unsigned int count = sort_claims();
	struct claim_table t = { .ram = claims, .made = claims_made, .most = CLAIMS_MOST };

	while (t.nr_ram < count && !part_of(&claims[t.nr_ram]))
		t.nr_ram++;
	t.others = claims + t.nr_ram;
	while (t.nr_ram + t.nr_others < count && part_of(&t.others[t.nr_others]) == 1)
		t.nr_others++;
	return t;
}

const struct claim *__init dt_bank_at(phys_addr_t pa)
{
	unsigned int count = min(claims_made, (unsigned int)CLAIMS_MOST);

	for (unsigned int i = 0; i < count; i++)
		if (claims[i].kind == CLAIM_RAM && claims[i].at.base <= pa && pa < claims[i].at.end)
			return &claims[i];
	return NULL;
}

bool __init dt_next_bank(const struct claim_table *t, unsigned int *next, struct claim *bank)
{
	if (*next == t->nr_ram)
		return false;
	*bank = t->ram[(*next)++];
	for (; *next < t->nr_ram && t->ram[*next].at.base <= bank->at.end; (*next)++)
		bank->at.end = max(bank->at.end, t->ram[*next].at.end);
	return true;
}

/* ---- RAM in all ---- */

/* RAM is claimed, and what lies within reach was added to memblock (FM2). */
void __init firmware_ram_added(struct dt_range reach)
{
	struct claim_table t = dt_sorted_claims();
	u64 given = 0, within = 0, added = memblock_phys_mem_size();
	unsigned int next = 0;
	struct claim bank;

	while (dt_next_bank(&t, &next, &bank)) {
		struct dt_range in = { max(bank.at.base, reach.base), min(bank.at.end, reach.end) };

		given += bank.at.end - bank.at.base;
		within += in.base < in.end ? in.end - in.base : 0;
	}
	if (t.made > t.most)
		given = within = added;
	ASSERT(within == added, "FM2: 0x%llx bytes of RAM are within reach, 0x%llx were added",
	       ULL(within), ULL(added));
	firmware_ram_bytes = given;
	firmware_ram_cut[CUT_REACH] = given - within;
}

/* memblock had so much RAM before. */
void __init firmware_ram_was_cut(enum firmware_cut cut, u64 before)
{
	firmware_ram_cut[cut] = before - memblock_phys_mem_size();
}

/* ---- what stays ---- */

/* What the firmware says by a claim; without a kind it is boot that claims. A name goes behind the
 * source that ends with a slash. */
static const struct {
	const char *kind, *source;
} said[NR_CLAIM_KINDS] __initconst = {
	[CLAIM_RAM] = { "RAM", "/" },
	[CLAIM_TREE] = { "device tree", "boot loader" },
	[CLAIM_INITRD] = { "initrd", "/chosen linux,initrd-start" },
	[CLAIM_UNUSED_INITRD] = { "initrd", "/chosen linux,initrd-start" },
	[CLAIM_ELFCOREHDR] = { "elfcorehdr", "/chosen linux,elfcorehdr" },
	[CLAIM_MEMRESERVE] = { "reserved", "/memreserve/" },
	[CLAIM_NODE] = { "reserved", "/reserved-memory/" },
	[CLAIM_USABLE] = { "usable", "/chosen linux,usable-memory-range" },
};

static const char *__init kind_of(const struct claim *c)
{
	return c->kind == CLAIM_NODE && c->nomap ? "no-map" : said[c->kind].kind;
}

/* What goes behind the source. */
static const char *__init name_of(const struct claim *c)
{
	return c->kind == CLAIM_RAM || c->kind == CLAIM_NODE ? c->name : "";
}

void __init firmware_map_print(void)
{
	unsigned int count = sort_claims();

	pr_info("Memory map of the firmware:\n");
	for (unsigned int i = 0; i < count; i++) {
		const struct claim *c = &claims[i];

		if (kind_of(c))
			pr_info("  [mem 0x%016llx-0x%016llx] %-11s %s%.64s\n", ULL(c->at.base),
				ULL(c->at.end - (c->at.end != PHYS_ADDR_MAX)), kind_of(c),
				said[c->kind].source, name_of(c));
	}
	if (claims_made > count)
		pr_warn("  and %u more, for which there is no room: raise CONFIG_MEMBLOCK_REGIONS "
			"from " __stringify(CONFIG_MEMBLOCK_REGIONS) "\n", claims_made - count);
}

/* Bytes of a line that is kept, and of its source. */
static size_t __init kept_bytes(const struct claim *c)
{
	return sizeof(struct firmware_range) + strlen(said[c->kind].source) +
	       strlen(name_of(c)) + 1;
}

void __init firmware_map_keep(void)
{
	unsigned int count = sort_claims();
	struct firmware_range *kept;
	size_t bytes = 0;
	char *text, *end;

	nr_firmware_unlisted = claims_made - count;
	for (unsigned int i = 0; i < count; i++)
		if (kind_of(&claims[i])) {
			bytes += kept_bytes(&claims[i]);
			nr_firmware_ranges++;
		}
	if (!bytes)
		return;
	kept = __va(memblock_phys_alloc_or_stop(bytes, SMP_CACHE_BYTES, NUMA_NO_NODE,
						"firmware map", NULL));
	firmware_map = kept;
	text = (char *)(kept + nr_firmware_ranges);
	end = (char *)kept + bytes;
	for (unsigned int i = 0; i < count; i++) {
		const struct claim *c = &claims[i];

		if (!kind_of(c))
			continue;
		*kept++ = (struct firmware_range){
			.base = c->at.base, .end = c->at.end, .kind = kind_of(c), .source = text,
			.ram_node = c->kind == CLAIM_RAM ? c->name : NULL,
		};
		text += scnprintf(text, (size_t)(end - text), "%s%s", said[c->kind].source,
				  name_of(c)) + 1;
	}
}
