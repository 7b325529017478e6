/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes an input as somebody would who knows trees. Steps of a recipe come and go, and get
 * numbers that lie on a border of something; blobs are edited as trees. Now and then bytes are just
 * bytes.
 */
#include "fuzz.h"

#include <libfdt.h>

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <mm/config.h>

#include "mutate.h"
#include "recipe.h"

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const u8 *a, size_t a_size, const u8 *b, size_t b_size, u8 *out,
				 size_t max_out, unsigned int seed);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

static u64 state;

u64 chance(u64 n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (u64)(((unsigned __int128)(state * 0x2545f4914f6cdd1dull) * n) >> 64);
}

static void seed_chance(unsigned int seed)
{
	state = (seed + 1) * 0x9e3779b97f4a7c15ull;
}

/* ---- numbers ---- */

static u64 unit(void)
{
	static const u64 units[] = {
		1, 8, 64, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, 0x10000, 0x80000, SZ_1M, SZ_2M,
		MAX_ORDER_BYTES, SECTION_BYTES,
	};

	return units[chance(ARRAY_SIZE(units))];
}

static u64 border(void)
{
	static const u64 borders[] = {
		0, 1, PAGE_SIZE, SZ_2M, SZ_1G, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 1ull << CONFIG_MAX_PHYSMEM_BITS, PFN_PHYS(MAX_PHYSMEM_PFN), 1ull << 40,
		1ull << 44, 1ull << 56, 1ull << 63, ~0ull, ~0ull - PAGE_SIZE + 1, ~0ull - SZ_1G + 1,
	};

	return borders[chance(ARRAY_SIZE(borders))];
}

/* An address, which mostly lies where the machine of this head has its RAM. */
static u64 address(const u8 *head)
{
	u64 base = kernel_bases[head[HEAD_KERNEL] >> 6];
	u64 image = base + (head[HEAD_KERNEL] & 63) * SZ_2M;

	switch (chance(10)) {
	case 0:
		return border() + (chance(3) - 1) * unit();
	case 1:
		return image + (chance(64) - 32) * PAGE_SIZE;
	case 2:
		return image + chance(5) * SZ_1M;
	case 3:
		return base + head[HEAD_TREE] * TREE_UNIT + (chance(5) - 2) * unit();
	case 4:
		return base + chance(8) * SECTION_BYTES + (chance(3) - 1) * unit();
	default:
		return base + chance(128 * SZ_1M) / unit() * unit();
	}
}

static u64 length(void)
{
	switch (chance(12)) {
	case 0:
		return border();
	case 1:
		return chance(PAGE_SIZE);
	case 2:
		return (0 - chance(64)) * unit();
	case 3:
		return SZ_1M << chance(24);
	default:
		return (1 + chance(32)) * unit();
	}
}

/* Returns a number near the old one, or another one of its kind. */
u64 mutate_number(u64 old, bool is_length, const u8 *head)
{
	switch (chance(8)) {
	case 0:
		return old + unit();
	case 1:
		return old - unit();
	case 2:
		return old ^ 1ull << chance(64);
	case 3:
		return old * 2;
	default:
		return is_length ? length() : address(head);
	}
}

/* ---- recipes ---- */

static struct step new_step(const u8 *head)
{
	struct step s = {
		.op = (u8)chance(NR_STEP_OPS),
		.flags = (u8)(chance(2) ? 0 : 1u << chance(8)),
		.n = (u8)(chance(4) ? chance(4) : chance(256)),
		.m = (u8)(chance(4) ? 0 : chance(16) ? chance(4) : chance(256)),
		.a = address(head),
		.b = length(),
	};

	switch (s.op) {
	case STEP_DYNAMIC:
		s.a = length();
		s.b = chance(3) ? 0 : 1ull << chance(chance(4) ? 24 : 64);
		break;
	case STEP_INITRD:
		s.b += s.a;
		break;
	case STEP_ARGUMENT:
		s.n = (u8)chance(10);
		s.m = (u8)chance(12);
		s.a = chance(3) ? chance(256) : length();
		s.b = address(head);
		break;
	case STEP_CPU:
		s.a = chance(8);
		break;
	case STEP_DISTANCE:
		s.m = (u8)chance(5);
		s.n = (u8)chance(5);
		s.a = s.m == s.n ? 10 : 11 + chance(chance(8) ? 40 : 300);
		break;
	case STEP_CELLS:
	case STEP_RESERVED_CELLS:
		s.n = (u8)(chance(8) ? 1 + chance(2) : chance(5));
		s.m = (u8)(chance(8) ? 1 + chance(2) : chance(5));
		break;
	case STEP_HEADER:
		s.a = chance(2) ? chance(4096) : border();
		break;
	case STEP_DAMAGE:
		s.a = chance(4096);
		s.b = chance(2) ? chance(16) : border();
		break;
	}
	return s;
}

static struct step changed_step(struct step s, const u8 *head)
{
	switch (chance(8)) {
	case 0:
		s.flags ^= (u8)(1u << chance(8));
		break;
	case 1:
		s.n = (u8)(chance(2) ? chance(5) : chance(256));
		break;
	case 2:
		s.m = (u8)(chance(16) ? chance(5) : chance(256));
		break;
	case 3:
	case 4:
		s.b = mutate_number(s.b, s.op != STEP_INITRD, head);
		break;
	default:
		s.a = mutate_number(s.a, s.op == STEP_DYNAMIC, head);
		break;
	}
	return s;
}

/* Changes the list of nr steps, which has room for most, in one place; returns the new nr. */
static size_t change_recipe(u8 *list, size_t nr, size_t most, const u8 *head)
{
	size_t at = nr ? chance(nr) : 0;
	u8 *step = list + at * STEP_BYTES;
	size_t behind = (nr - at) * STEP_BYTES;
	u8 copy[STEP_BYTES];

	switch (nr ? chance(8) : 0) {
	case 0:
	case 1:
		if (nr == most)
			break;
		memmove(step + STEP_BYTES, step, behind);
		step_put(step, new_step(head));
		return nr + 1;
	case 2:
		memmove(step, step + STEP_BYTES, behind - STEP_BYTES);
		return nr - 1;
	case 3:
		if (nr == most)
			break;
		memmove(step + STEP_BYTES, step, behind);
		step_put(step, changed_step(step_get(step), head));
		return nr + 1;
	case 4:
		memcpy(copy, step, STEP_BYTES);
		memcpy(step, list + (nr - 1) * STEP_BYTES, STEP_BYTES);
		memcpy(list + (nr - 1) * STEP_BYTES, copy, STEP_BYTES);
		return nr;
	}
	if (nr)
		step_put(step, changed_step(step_get(step), head));
	return nr;
}

static size_t mutate_recipe(u8 *data, size_t size, size_t max_size)
{
	size_t most = min((max_size - HEAD_BYTES) / STEP_BYTES, (size_t)STEPS_MOST);
	size_t nr = min((size - HEAD_BYTES) / STEP_BYTES, most);

	for (u64 changes = 1 + !chance(3); changes > 0; changes--)
		nr = change_recipe(data + HEAD_BYTES, nr, most, data);
	return HEAD_BYTES + nr * STEP_BYTES;
}

/* ---- inputs ---- */

static void change_head(u8 *head)
{
	switch (chance(4)) {
	case 0:
		head[HEAD_KERNEL] = (u8)(chance(4) << 6 | chance(chance(2) ? 4 : 64));
		break;
	case 1:
		head[HEAD_TREE] = (u8)(chance(8) ? chance(253) : TREE_NOWHERE + chance(3));
		break;
	default:
		head[HEAD_MISC] ^= (u8)(1u << chance(6));
		break;
	}
}

/* Turns a recipe into the tree that it makes, which is edited as a blob from here on. */
static size_t cook(u8 *data, size_t size, size_t max_size)
{
	static u64 room[BLOB_BYTES / 8];
	size_t bytes = recipe_build(data + HEAD_BYTES, size - HEAD_BYTES, room, sizeof(room));

	if (!bytes || HEAD_BYTES + bytes > max_size)
		return size;
	data[HEAD_KIND] = INPUT_BLOB;
	memcpy(data + HEAD_BYTES, room, bytes);
	return HEAD_BYTES + bytes;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	seed_chance(seed);
	if (max_size < HEAD_BYTES + STEP_BYTES)
		return LLVMFuzzerMutate(data, size, max_size);
	if (size < HEAD_BYTES) {
		memcpy(data, (const u8[]){ INPUT_RECIPE, 1, 0x40, 0 }, HEAD_BYTES);
		size = HEAD_BYTES;
	}
	if (!chance(16))
		change_head(data);
	if (!chance(64))
		return LLVMFuzzerMutate(data, size, max_size);
	if (data[HEAD_KIND] != INPUT_RECIPE)
		return HEAD_BYTES + mutate_blob(data + HEAD_BYTES, size - HEAD_BYTES,
						max_size - HEAD_BYTES, data);
	if (!chance(256))
		return cook(data, size, max_size);
	return mutate_recipe(data, size, max_size);
}

/* Mixes the steps of both, each in its own order. */
size_t LLVMFuzzerCustomCrossOver(const u8 *a, size_t a_size, const u8 *b, size_t b_size, u8 *out,
				 size_t max_out, unsigned int seed)
{
	size_t used = HEAD_BYTES;
	const u8 *a_end = a + a_size, *b_end = b + b_size;

	seed_chance(seed);
	if (a_size < HEAD_BYTES || b_size < HEAD_BYTES || max_out < HEAD_BYTES ||
	    a[HEAD_KIND] != INPUT_RECIPE || b[HEAD_KIND] != INPUT_RECIPE)
		return 0;
	memcpy(out, a, HEAD_BYTES);
	a += HEAD_BYTES;
	b += HEAD_BYTES;
	while (used + STEP_BYTES <= max_out && used < HEAD_BYTES + STEPS_MOST * STEP_BYTES) {
		const u8 **from = chance(2) ? &a : &b;
		const u8 *end = from == &a ? a_end : b_end;

		if ((size_t)(end - *from) < STEP_BYTES)
			break;
		/* Some steps are left out; otherwise children would only get longer. */
		if (chance(3)) {
			memcpy(out + used, *from, STEP_BYTES);
			used += STEP_BYTES;
		}
		*from += STEP_BYTES;
	}
	return used;
}
