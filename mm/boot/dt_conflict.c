/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Holds all claims to memory against each other: banks, what boot needs, what the tree wants.
 *
 * Structure
 *   Claims are those of mm/boot/firmware_map.c. When all are known and sorted, RAM first, one
 *   sweep upwards meets every pair that has bytes in common:
 *
 *     RAM           [ bank          ]      [ bank                ]
 *     the others       [image][a    [b ]        ]   [c   ]   [d      ]
 *                             nesting b in a                  outside-ram d
 *
 *   Banks are compared with banks and the others with the others; that RAM holds reservations is
 *   what it is for.
 *
 * Invariants
 *   CL1  Steps of a sweep are bounded by the claims and CONFLICTS_MOST: a pair that meets is a
 *        conflict, or one of at most NR_NEEDED that a /memreserve/ entry may repeat. The sweep
 *        ends when no more conflicts are told.
 *   CL2  Nothing here changes what is RAM and what is reserved.
 *
 * Locking
 *   None: boot only.
 *
 * Configuration
 *   MEMBLOCK_REGIONS  Claims for which there is no room are not compared, which is a conflict of
 *                     its own.
 */
#include "dt_internal.h"

#include <kernel/assert.h>
#include <kernel/hex.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/config.h>
#include <mm/conflict.h>

static struct conflict_side __init side_of(const struct claim *c)
{
	return (struct conflict_side){ c->name, c->at.base, c->at.end, SIDE_RANGE };
}

void __init dt_conflict(enum conflict_kind kind, const char *name, struct dt_range at,
			const char *with, const char *resolution)
{
	conflict_add(&(struct conflict){
		.kind = kind,
		.a = { name, at.base, at.end, SIDE_RANGE },
		.b = { .name = with },
		.resolution = resolution,
	});
}

/* The number behind the last @ of a name; false where there is none, or more than a number. */
static bool __init unit_address(const char *name, u64 *address)
{
	const char *digit = strrchr(name, '@');

	if (!digit || !digit[1])
		return false;
	for (*address = 0; *++digit;) {
		int value = hex_digit(*digit);

		if (*address >> 60 || value < 0)
			return false;
		*address = *address << 4 | (u64)value;
	}
	return true;
}

void __init dt_check_unit_address(const char *name, struct dt_range first)
{
	u64 address;

	if (!unit_address(name, &address) || address == first.base)
		return;
	conflict_add(&(struct conflict){
		.kind = CONFLICT_UNIT_ADDRESS,
		.a = { name, first.base, first.end,
		       first.base < first.end ? SIDE_RANGE : SIDE_ADDRESS },
		.b = { .name = "unit address", .base = address, .form = SIDE_ADDRESS },
		.resolution = "reg counts",
	});
}

/* ---- pairs ---- */

static bool __init holds(struct dt_range outer, struct dt_range inner)
{
	return outer.base <= inner.base && inner.end <= outer.end;
}

static bool __init same_frames(struct dt_range a, struct dt_range b)
{
	return PFN_DOWN(a.base) == PFN_DOWN(b.base) &&
	       PFN_DOWN(a.end - 1) == PFN_DOWN(b.end - 1);
}

/* A boot loader's way: what it puts into RAM is listed in the reservation block as well. */
static bool __init is_repeated(const struct claim *a, const struct claim *b)
{
	return a->kind == CLAIM_MEMRESERVE && claim_is_needed(b) && same_frames(a->at, b->at);
}

static const char *__init resolution_of(enum conflict_kind kind, const struct claim *first,
					const struct claim *second, bool first_is_outer)
{
	if (first->kind == CLAIM_CRASH || second->kind == CLAIM_CRASH)
		return DT_NO_CRASH_KERNEL;
	if (first->kind == CLAIM_RAM)
		return "the common part counts once, as the first has it";
	if (claim_is_needed(first) && second->nomap)
		return "what the kernel needs stays mapped";
	if (first->nomap != second->nomap)
		return "kept, and no-map counts";
	if (kind == CONFLICT_DUPLICATE)
		return "one of them is enough";
	if (kind == CONFLICT_OVERLAP)
		return "the first keeps the common part";
	return first_is_outer ? "kept under the outer name" : "kept, each under its own name";
}

/* The line that is known from Linux; there, too, it is about children of /reserved-memory. */
static void __init tell_overlap(const struct claim *first, const struct claim *second)
{
	if (first->kind != CLAIM_NODE && second->kind != CLAIM_NODE)
		return;
	pr_err("OF: reserved mem: OVERLAP DETECTED!\n"
	       "%s (0x%016llx--0x%016llx) overlaps with %s (0x%016llx--0x%016llx)\n",
	       second->name, ULL(second->at.base), ULL(second->at.end),
	       first->name, ULL(first->at.base), ULL(first->at.end));
}

/* Two claims with common bytes. False when no more conflicts are told. */
static bool __init report_pair(const struct claim *a, const struct claim *b)
{
	const struct claim *first = a->nr < b->nr ? a : b, *second = a->nr < b->nr ? b : a;
	enum conflict_kind kind = CONFLICT_OVERLAP;
	bool swap = false;

	if (is_repeated(a, b) || is_repeated(b, a))
		return true;
	if (holds(a->at, b->at) && holds(b->at, a->at)) {
		kind = CONFLICT_DUPLICATE;
	} else if (holds(first->at, second->at) || holds(second->at, first->at)) {
		kind = CONFLICT_NESTING;
		swap = holds(second->at, first->at);
	}
	tell_overlap(first, second);
	return conflict_add(&(struct conflict){
		.kind = kind,
		.a = side_of(swap ? second : first),
		.b = side_of(swap ? first : second),
		.resolution = resolution_of(kind, first, second, !swap),
	});
}

static void __init sweep(const struct claim *c, unsigned int count)
{
	unsigned int pairs = 0, most = CONFLICTS_MOST + count * NR_NEEDED;

	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = i + 1; j < count && c[j].at.base < c[i].at.end; j++) {
			pairs++;
			ASSERT(pairs <= most, "CL1: %u pairs of %u claims", pairs, count);
			if (!report_pair(&c[i], &c[j]))
				return;
		}
}

/* ---- claims and RAM ---- */

static bool __init whole_frames(struct dt_range at)
{
	/* Where a range was cut it ends a byte early, in a frame that is not there. */
	return IS_ALIGNED(at.base, PAGE_SIZE) &&
	       (at.end == PHYS_ADDR_MAX || IS_ALIGNED(at.end, PAGE_SIZE));
}

static void __init report_partial_frames(const struct claim *c, const char *resolution)
{
	if (!whole_frames(c->at))
		dt_conflict(CONFLICT_MISALIGNED, c->name, c->at, "whole frames", resolution);
}

/* Banks that meet or overlap count as one, as memblock has them; both tables ascend. */
static void __init compare_with_ram(const struct claim_table *t)
{
	struct claim bank = {};
	unsigned int next = 0;
	bool any = dt_next_bank(t, &next, &bank);

	for (unsigned int i = 0; i < t->nr_others; i++) {
		const struct claim *c = &t->others[i];

		while (any && bank.at.end <= c->at.base)
			any = dt_next_bank(t, &next, &bank);
		if (any && holds(bank.at, c->at))
			continue;
		dt_conflict(CONFLICT_OUTSIDE_RAM, c->name, c->at, "RAM",
			    any && bank.at.base < c->at.end ? "what lies in RAM is kept"
							    : "nothing to keep");
	}
}

void __init dt_compare_claims(void)
{
	struct claim_table t = dt_sorted_claims();
	unsigned int next = 0;
	struct claim bank;

	sweep(t.ram, t.nr_ram);
	sweep(t.others, t.nr_others);

	while (dt_next_bank(&t, &next, &bank))
		report_partial_frames(&bank, "frames that are not all RAM are ignored");
	for (unsigned int i = 0; i < t.nr_others; i++)
		if (t.others[i].nomap)
			report_partial_frames(&t.others[i], "no-map takes every frame it touches");
	compare_with_ram(&t);
	if (t.made > t.most)
		conflict_add(&(struct conflict){
			.kind = CONFLICT_UNLISTED,
			.a = { .name = "the number of claims", .base = t.made,
			       .form = SIDE_NUMBER },
			.b = { .name = "the room for", .base = t.most, .form = SIDE_NUMBER },
			.resolution = "the last ones are not compared; "
				      "raise CONFIG_MEMBLOCK_REGIONS",
		});
}
