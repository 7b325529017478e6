/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The test of RAM that memtest= asks for, before anything lies in what is free.
 *
 * Structure
 *   A pass writes a value to every word of a free range and then reads all of them. Frames with a
 *   word that has another value are reserved, so that later passes and boot leave them alone.
 *
 *     test       0 ... 15            four bits, in each nibble of the word
 *                16                  the word's own address: it finds RAM that shows up twice
 *     passes     N - 1 down to 0, the last one leaves zeros
 *
 * Invariants
 *   None of its own.
 *
 * Locking
 *   None: one hart, boot only.
 *
 * Bounds
 *   Passes x (words of free RAM + ranges squared).
 *
 * Configuration
 *   MEMTEST builds this file.
 */
#include <mm/memtest.h>

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <mm/config.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

#define WORD_BYTES	sizeof(u64)
#define NIBBLES_EVERY	0x1111111111111111ull

/* All clear and all set, neighbours unlike each other, then each bit alone, in pairs, in threes. */
static const u8 nibbles[] __initconst = {
	0x0, 0xf, 0x5, 0xa, 0x1, 0x2, 0x4, 0x8, 0x3, 0x6, 0x9, 0xc, 0x7, 0xb, 0xd, 0xe,
};

#define TEST_ADDRESS	((unsigned int)sizeof(nibbles))
#define NR_TESTS	(TEST_ADDRESS + 1)

/* [s] [start, end) */
struct stretch {
	phys_addr_t start, end;
};

/* The value of a stretch's first word; each next one is *step more. */
static u64 __init first_value(phys_addr_t start, unsigned int nr, u64 *step)
{
	*step = nr == TEST_ADDRESS ? WORD_BYTES : 0;
	return nr == TEST_ADDRESS ? start : nibbles[nr] * NIBBLES_EVERY;
}

void __init memtest_fill(phys_addr_t start, phys_addr_t end, unsigned int nr)
{
	u64 step, value = first_value(start, nr, &step), *last = __va(end);

	for (u64 *word = __va(start); word < last; word++, value += step)
		WRITE_ONCE(*word, value);
}

static unsigned long __init reserve_bad(const struct stretch *bad, unsigned int nr)
{
	u64 step, value = first_value(bad->start, nr, &step);

	if (bad->start == bad->end)
		return 0;
	pr_warn("  %016llx bad mem addr 0x%016llx - 0x%016llx reserved\n",
		(unsigned long long)value, (unsigned long long)bad->start,
		(unsigned long long)bad->end);
	memblock_reserve_owner(bad->start, bad->end - bad->start, MEMTEST_OWNER);
	return PFN_DOWN(bad->end - bad->start);
}

unsigned long __init memtest_check(phys_addr_t start, phys_addr_t end, unsigned int nr)
{
	u64 step, value = first_value(start, nr, &step), *last = __va(end);
	struct stretch bad = { 0, 0 };
	unsigned long pages = 0;

	for (u64 *word = __va(start); word < last; word++, value += step) {
		phys_addr_t frame;

		if (likely(READ_ONCE(*word) == value))
			continue;
		frame = ALIGN_DOWN(__pa(word), PAGE_SIZE);
		if (frame < bad.end)
			continue;
		/* Bad frames side by side are one reservation. */
		if (frame != bad.end) {
			pages += reserve_bad(&bad, nr);
			bad.start = frame;
		}
		bad.end = frame + PAGE_SIZE;
	}
	return pages + reserve_bad(&bad, nr);
}

/* The lowest free words in [from, end). Whoever reserves some asks anew. */
static bool __init next_free(phys_addr_t from, phys_addr_t end, struct stretch *s)
{
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &s->start, &s->end, NULL) {
		s->start = ALIGN_UP(max(s->start, from), WORD_BYTES);
		s->end = ALIGN_DOWN(min(s->end, end), WORD_BYTES);
		if (s->start < s->end)
			return true;
	}
	return false;
}

/* Returns the bytes that it was about. */
static u64 __init do_pass(phys_addr_t start, phys_addr_t end, unsigned int nr,
			  unsigned long *bad_pages)
{
	struct stretch s;
	u64 bytes = 0;

	for (phys_addr_t at = start; next_free(at, end, &s); at = s.end) {
		u64 step, value = first_value(s.start, nr, &step);

		pr_info("  0x%016llx - 0x%016llx pattern %016llx%s\n",
			(unsigned long long)s.start, (unsigned long long)s.end,
			(unsigned long long)value, step ? ", each word its address" : "");
		memtest_fill(s.start, s.end, nr);
		*bad_pages += memtest_check(s.start, s.end, nr);
		bytes += s.end - s.start;
	}
	return bytes;
}

/* A bare memtest asks for every test once. */
static unsigned int __init passes_wanted(void)
{
	static const struct number_wanted wanted __initconst = {
		0, 1000, "a number of passes from 0 to 1000"
	};
	u64 passes = 0;
	char text[2];

	if (!cmdline_get("memtest", text, sizeof(text)))
		return NR_TESTS;
	cmdline_get_number("memtest", &wanted, &passes);
	return (unsigned int)passes;
}

void __init early_memtest(phys_addr_t start, phys_addr_t end)
{
	unsigned int passes = passes_wanted();
	unsigned long bad_pages = 0;
	u64 bytes = 0;

	/* A plan's RAM holds nothing, whatever is written to it. */
	if (!passes || !arch_ram_is_real())
		return;
	pr_info("early_memtest: # of tests: %u\n", passes);
	for (unsigned int i = passes; i-- > 0;)
		bytes = max(bytes, do_pass(start, end, i % NR_TESTS, &bad_pages));
	if (bad_pages)
		pr_warn("early_memtest: %lu of %llu KiB are bad, and reserved as " MEMTEST_OWNER
			": do not rely on this machine's RAM\n", pages_to_kb(bad_pages),
			(unsigned long long)bytes >> 10);
	else
		pr_info("early_memtest: no fault in %llu KiB\n", (unsigned long long)bytes >> 10);
}
