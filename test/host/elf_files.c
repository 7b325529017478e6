/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files, sound ones and damaged ones, held against another reading of the same bytes: which are
 * programs, what span they have, which interpreter, and how many pages and tables they may need.
 */
#include "common/boot.h"

#include <kernel/errno.h>
#include <kernel/math.h>
#include <arch/page.h>

#include "process/elf_file.h"

/* Addresses of programs and their tables are the target's, not those of the hosted port. */
#define USER_TOP	(1ul << (IS_ENABLED(CONFIG_SV48) ? 47 : 38))
#define ROOT_LEVEL	(IS_ENABLED(CONFIG_SV48) ? 3u : 2u)
#define LEVEL_SIZE(level)	(PAGE_SIZE << 9 * (level))

#define ROUNDS		100000u
#define ROUNDS_LONG	3000000u
#define FILE_MOST	4096u
#define HEADER_BYTES	64u
#define ROW_BYTES	56u
#define PATH_ROOM	64u
#define INTERPRETER_AT	2600u

/* A file; its end is the end of its memory. */
struct bytes {
	u8 *at;
	size_t nr;
};

static struct rng rng;

static long read_bytes(void *file, u64 pos, void *buf, size_t bytes)
{
	const struct bytes *b = file;

	if (pos >= b->nr)
		return 0;
	bytes = min(bytes, b->nr - (size_t)pos);
	memcpy(buf, b->at + pos, bytes);
	return (long)bytes;
}

static u64 number(const struct bytes *b, u64 at, unsigned int size)
{
	u64 value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (u64)b->at[at + i] << 8 * i;
	return value;
}

static void put(struct bytes *b, u64 at, u64 value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		b->at[at + i] = (u8)(value >> 8 * i);
}

/* ---- files ---- */

static void put_row(struct bytes *b, unsigned int nr, u64 type, u64 start, u64 bytes)
{
	u64 at = HEADER_BYTES + nr * ROW_BYTES, file_bytes = rng_below(&rng, bytes + 1);

	put(b, at, type, 4);
	put(b, at + 4, rng_below(&rng, 8), 4);
	put(b, at + 8, start % PAGE_SIZE + PAGE_SIZE * rng_below(&rng, 4), 8);
	put(b, at + 16, start, 8);
	put(b, at + 32, file_bytes, 8);
	put(b, at + 40, bytes, 8);
}

/* A program as linkers write it, more or less. */
static struct bytes make_file(void)
{
	struct bytes b = { .nr = FILE_MOST };
	unsigned int rows = 1 + (unsigned int)rng_below(&rng, 6);
	u64 start = rng_below(&rng, 4) ? 0x10000 + rng_below(&rng, 1 << 24) :
					 rng_below(&rng, USER_TOP / 2);

	b.at = calloc(1, b.nr);
	memcpy(b.at, "\x7f" "ELF\x02\x01\x01", 7);
	put(&b, 16, 2 + rng_below(&rng, 2), 2);
	put(&b, 18, 243, 2);
	put(&b, 32, HEADER_BYTES, 8);
	put(&b, 54, ROW_BYTES, 2);
	put(&b, 56, rows, 2);
	for (unsigned int i = 0; i < rows; i++) {
		u64 bytes = 1 + rng_below(&rng, 1 << (4 + rng_below(&rng, 24)));

		put_row(&b, i, rng_below(&rng, 4) ? 1 : rng_below(&rng, 8), start, bytes);
		start += bytes + rng_below(&rng, 1 << 22);
	}
	if (rng_below(&rng, 2)) {
		u64 at = HEADER_BYTES + (rows - 1) * ROW_BYTES;

		put(&b, at, 3, 4);
		put(&b, at + 8, INTERPRETER_AT, 8);
		put(&b, at + 32, 1 + rng_below(&rng, PATH_ROOM), 8);
		memset(b.at + INTERPRETER_AT, 'x', number(&b, at + 32, 8) - 1);
	}
	return b;
}

static u64 odd_number(void)
{
	static const u64 odd[] = {
		0, 1, 31, 32, 33, 55, 56, 63, 64, 65, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1,
		0xffff, 0x7fffffff, 0xffffffff, USER_TOP - PAGE_SIZE, USER_TOP - 1, USER_TOP,
		USER_TOP + 1, 1ull << 40, (1ull << 40) + 1, 1ull << 63, ~0ull - PAGE_SIZE, ~0ull,
		FILE_MOST - 1, FILE_MOST, FILE_MOST + 1,
	};
	u64 value = odd[rng_below(&rng, ARRAY_SIZE(odd))];

	return rng_below(&rng, 3) ? value : value - rng_below(&rng, 3 * PAGE_SIZE);
}

static void damage(struct bytes *b)
{
	static const u8 fields[][2] = {
		{ 0, 4 }, { 4, 1 }, { 5, 1 }, { 6, 1 }, { 16, 2 }, { 18, 2 }, { 24, 8 }, { 32, 8 },
		{ 54, 2 }, { 56, 2 },
	};
	static const u8 row_fields[][2] = {
		{ 0, 4 }, { 4, 4 }, { 8, 8 }, { 16, 8 }, { 32, 8 }, { 40, 8 },
	};
	const u8 *field;

	switch (rng_below(&rng, 8)) {
	case 0:
		b->at[rng_below(&rng, HEADER_BYTES)] ^= (u8)(1 << rng_below(&rng, 8));
		break;
	case 1:
		field = fields[rng_below(&rng, ARRAY_SIZE(fields))];
		put(b, field[0], odd_number(), field[1]);
		break;
	case 2:
		b->at[rng_below(&rng, b->nr)] = (u8)rng_next(&rng);
		break;
	default:
		field = row_fields[rng_below(&rng, ARRAY_SIZE(row_fields))];
		put(b, HEADER_BYTES + ROW_BYTES * rng_below(&rng, 6) + field[0], odd_number(),
		    field[1]);
	}
}

/* Shorter, in memory that ends with it. */
static void cut(struct bytes *b)
{
	size_t nr = (size_t)rng_below(&rng, rng_below(&rng, 2) ? b->nr : 3 * HEADER_BYTES);
	u8 *at = malloc(nr ? nr : 1);

	memcpy(at, b->at, nr);
	free(b->at);
	*b = (struct bytes){ at, nr };
}

/* ---- the other reading ---- */

struct reading {
	bool is_program, can_start;
	u64 low, high, text, data;
	const char *path;
};

static u64 row_number(const struct bytes *b, unsigned int row, unsigned int field)
{
	u64 at = number(b, 32, 8) + row * ROW_BYTES + field;

	return number(b, at, field < 8 ? 4 : 8);
}

static bool row_is_sound(const struct bytes *b, unsigned int row)
{
	u64 offset = row_number(b, row, 8), start = row_number(b, row, 16);
	u64 in_file = row_number(b, row, 32), bytes = row_number(b, row, 40);

	return in_file <= bytes && start < USER_TOP && bytes <= USER_TOP &&
	       start + bytes <= USER_TOP && offset <= 1ull << 40 && in_file <= 1ull << 40 &&
	       offset % PAGE_SIZE == start % PAGE_SIZE;
}

static void add_row(const struct bytes *b, unsigned int row, struct reading *r)
{
	u64 start = row_number(b, row, 16), bytes = row_number(b, row, 40);
	u64 first = start / PAGE_SIZE, end = (start + bytes + PAGE_SIZE - 1) / PAGE_SIZE;

	r->low = min(r->low, first * PAGE_SIZE);
	r->high = max(r->high, end * PAGE_SIZE);
	if (!bytes)
		return;
	r->can_start = true;
	*(row_number(b, row, 4) & PF_W ? &r->data : &r->text) += end - first;
}

static struct reading read_again(const struct bytes *b)
{
	struct reading r = { .low = ~0ull };
	unsigned int rows = b->nr < HEADER_BYTES ? 0 : (unsigned int)number(b, 56, 2);
	bool wrong_path = false;

	if (!rows || rows > 32 || memcmp(b->at, "\x7f" "ELF\x02\x01\x01", 7) ||
	    number(b, 18, 2) != 243 || (number(b, 16, 2) != 2 && number(b, 16, 2) != 3) ||
	    number(b, 54, 2) != ROW_BYTES || number(b, 32, 8) > b->nr ||
	    b->nr - number(b, 32, 8) < rows * ROW_BYTES)
		return r;
	for (unsigned int i = 0; i < rows; i++)
		if (row_number(b, i, 0) == PT_LOAD && !row_is_sound(b, i))
			return r;
	r.is_program = true;
	for (unsigned int i = 0; i < rows; i++) {
		u64 at = row_number(b, i, 8), bytes = row_number(b, i, 32);

		if (row_number(b, i, 0) == PT_LOAD)
			add_row(b, i, &r);
		if (row_number(b, i, 0) != PT_INTERP)
			continue;
		if (!bytes || bytes > PATH_ROOM || at > b->nr || b->nr - at < bytes ||
		    b->at[at + bytes - 1])
			wrong_path = true;
		else
			r.path = (const char *)b->at + at;
	}
	r.can_start &= !wrong_path;
	return r;
}

/* Tables that pages of these ranges lie in, at one place. */
static u64 tables_at(u64 low, u64 end, u64 stack, u64 stack_end)
{
	u64 sum = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++) {
		u64 a = low / LEVEL_SIZE(level), b = (end - 1) / LEVEL_SIZE(level);
		u64 c = stack / LEVEL_SIZE(level), d = (stack_end - 1) / LEVEL_SIZE(level);
		u64 from = max(a, c), to = min(b, d);

		sum += b - a + 1 + d - c + 1 - (from <= to ? to - from + 1 : 0);
	}
	return sum;
}

static void check_needs(const struct elf *e, const struct reading *r)
{
	u64 stack = PAGE_SIZE << rng_below(&rng, 12), heap = PAGE_SIZE * rng_below(&rng, 5000);
	u64 low = r->low, high = r->high, top = ELF_STACK_TOP, least;
	struct footprint f;

	footprint_of(e, NULL, stack, heap, &f);
	assert_int_equal(f.text, r->text);
	assert_int_equal(f.data, r->data);
	assert_int_equal(f.stack, stack / PAGE_SIZE);
	assert_int_equal(f.heap, heap / PAGE_SIZE);
	if (IS_ENABLED(CONFIG_ASLR))
		top -= rng_below(&rng, ELF_CHANCE / PAGE_SIZE) * PAGE_SIZE;
	if (e->header.type == ET_DYN) {
		high = high - low + ELF_DYN_BASE;
		low = ELF_DYN_BASE;
		if (IS_ENABLED(CONFIG_ASLR)) {
			u64 by = rng_below(&rng, ELF_CHANCE / PAGE_SIZE) * PAGE_SIZE;

			low += by;
			high += by;
		}
	}
	least = tables_at(low, high + heap, top - stack, top + 2 * PAGE_SIZE);
	if (IS_ENABLED(CONFIG_ASLR))
		assert_true(f.tables >= least);
	else
		assert_int_equal(f.tables, least);
}

/* 0: it is no program; 1: it is, and cannot be started; 2: it can. */
static unsigned int check(struct bytes *b)
{
	struct elf *e = malloc(sizeof(*e));
	char *path = malloc(PATH_ROOM);
	struct reading r = read_again(b);
	uintptr_t low, high;
	int err = elf_read(read_bytes, b, e);

		assert_int_equal(err, r.is_program ? 0 : -ENOEXEC);
	if (!err) {
		err = elf_read_interpreter(read_bytes, b, e, path, PATH_ROOM);
		assert_int_equal(err, r.can_start ? 0 : -ENOEXEC);
		elf_span(e, &low, &high);
		assert_int_equal(low, r.low);
		assert_int_equal(high, r.high);
	}
	if (r.can_start) {
		assert_string_equal(path, r.path ? r.path : "");
		check_needs(e, &r);
	}
	free(path);
	free(e);
	return r.is_program + r.can_start;
}

static void damaged_files_are_read_alike(void **state)
{
	unsigned int rounds = test_is_long() ? ROUNDS_LONG : ROUNDS, found[3] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < rounds; i++) {
		struct bytes b = make_file();

		for (u64 n = rng_below(&rng, 4); n; n--)
			damage(&b);
		if (!rng_below(&rng, 4))
			cut(&b);
		found[check(&b)]++;
		free(b.at);
	}
	print_message("# of %u files %u are no programs, %u cannot start, %u can\n", rounds,
		      found[0], found[1], found[2]);
	for (unsigned int i = 0; i < 3; i++)
		assert_true(found[i] > rounds / 50);
}

static long no_memory(void *file, u64 pos, void *buf, size_t bytes)
{
	(void)file;
	(void)pos;
	(void)buf;
	(void)bytes;
	return -ENOMEM;
}

/* That is not the file's fault. */
static void no_memory_is_said(void **state)
{
	struct elf e;

	(void)state;
	assert_int_equal(elf_read(no_memory, NULL, &e), -ENOMEM);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_files_are_read_alike),
		cmocka_unit_test(no_memory_is_said),
	};

	rng.state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
