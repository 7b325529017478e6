/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: slots in a row, of which whoever needs some takes the first run that is long enough.
 *
 * Structure: two bits a slot:
 *
 *	taken   0 0 1 1 1 1 1 0 1
 *	head    0 0 1 0 0 1 0 0 1	runs of 3, 2 and 1 slots are taken
 *
 * Invariants:
 * DS1 A run is put back as it was taken: as long, and once.
 * DS2 used counts the bits of taken; a head is taken; a slot that is taken behind a free one is a
 *     head.
 *
 * Locking: s->lock, nothing taken inside.
 *
 * Bounds: to take, a step for each word of bits; to put back, one for each word of the run.
 *
 * Configuration: none; who has slots says how many.
 */
#include <kernel/assert.h>
#include <kernel/math.h>

#include "internal.h"

void dma_slots_init(struct dma_slots *s, unsigned int nr, unsigned long *map)
{
	spin_lock_init(&s->lock, LOCK_DMA_SLOTS);
	s->nr = nr;
	s->used = 0;
	s->most = 0;
	s->taken = map;
	s->head = map + BITS_TO_LONGS(nr);
}

/* The first bit from `from` on that is so, or end. */
static unsigned int next_bit(const unsigned long *map, unsigned int from, unsigned int end,
			     bool set)
{
	while (from < end) {
		unsigned long word = map[from / BITS_PER_LONG];

		word = (set ? word : ~word) >> from % BITS_PER_LONG;
		if (word)
			return min(from + ctz64(word), end);
		from = (from / BITS_PER_LONG + 1) * BITS_PER_LONG;
	}
	return end;
}

/* The bits of [from, end) that are in from's word, which begin at from. */
static unsigned long word_mask(unsigned int from, unsigned int end)
{
	unsigned int in_word = min(end - from, (unsigned int)BITS_PER_LONG - from % BITS_PER_LONG);

	return (in_word == BITS_PER_LONG ? ~0ul : BIT(in_word) - 1) << from % BITS_PER_LONG;
}

/* All of them are the other way so far. */
static void flip(unsigned long *map, unsigned int from, unsigned int end)
{
	for (; from < end; from = (from / BITS_PER_LONG + 1) * BITS_PER_LONG)
		map[from / BITS_PER_LONG] ^= word_mask(from, end);
}

/* The free slots of the word that begins at slot at. */
static unsigned long free_bits(const struct dma_slots *s, unsigned int at)
{
	return ~s->taken[at / BITS_PER_LONG] & word_mask(at, s->nr);
}

/* Bits at which count bits in a row are set, the last of which is in the same word. */
static unsigned long runs_begin(unsigned long bits, unsigned int count)
{
	if (count > BITS_PER_LONG)
		return 0;
	for (unsigned int have = 1; have < count && bits;) {
		unsigned int more = min(have, count - have);

		bits &= bits >> more;
		have += more;
	}
	return bits;
}

/* Bits of a word that begins at slot at, whose slots are multiples of align. */
static unsigned long aligned_bits(unsigned int at, unsigned int align)
{
	unsigned long bits = 1;

	if (align >= BITS_PER_LONG)
		return IS_ALIGNED(at, align);
	if (align == 1)
		return ~0ul;
	for (; align < BITS_PER_LONG; align *= 2)
		bits |= bits << align;
	return bits;
}

/* A word at a time: run is where the free slots before it begin, which may go on in it. */
static unsigned int first_fit(const struct dma_slots *s, unsigned int count, unsigned int align)
{
	unsigned int run = 0;

	for (unsigned int at = 0; at < s->nr; at += BITS_PER_LONG) {
		unsigned long bits = free_bits(s, at), begin;
		unsigned int first = ALIGN_UP(run, align);
		unsigned int end = at + (~bits ? ctz64(~bits) : BITS_PER_LONG);

		if (first <= end && end - first >= count)
			return first;
		if (!~bits)
			continue;
		begin = runs_begin(bits, count) & aligned_bits(at, align);
		if (begin)
			return at + ctz64(begin);
		run = at + fls64(~bits);
	}
	return s->nr;
}

unsigned int dma_slots_take(struct dma_slots *s, unsigned int count, unsigned int align)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	unsigned int first = first_fit(s, count, align);

	if (first < s->nr) {
		flip(s->taken, first, first + count);
		__set_bit(first, s->head);
		s->used += count;
		s->most = max(s->most, s->used);
	}
	spin_unlock_irqrestore(&s->lock, flags);
	return first;
}

/* DS1: [first, first + count) is a run, and the next slot is not of the same one. */
static bool is_run(const struct dma_slots *s, unsigned int first, unsigned int count)
{
	unsigned int end = first + count;

	return count && first < s->nr && count <= s->nr - first && test_bit(first, s->head) &&
	       next_bit(s->taken, first, end, false) == end &&
	       next_bit(s->head, first + 1, end, true) == end &&
	       (end == s->nr || !test_bit(end, s->taken) || test_bit(end, s->head));
}

void dma_slots_put(struct dma_slots *s, unsigned int first, unsigned int count)
{
	unsigned long flags = spin_lock_irqsave(&s->lock);
	bool known = is_run(s, first, count);

	if (known) {
		flip(s->taken, first, first + count);
		__clear_bit(first, s->head);
		s->used -= count;
	}
	spin_unlock_irqrestore(&s->lock, flags);
	ASSERT(known, "DS1: %u slots from %u on are put back, which nobody took so", count, first);
}

const char *dma_slots_validate(const struct dma_slots *s)
{
	unsigned int used = 0;
	bool before = false;

	for (unsigned int i = 0; i < s->nr; i++) {
		bool taken = test_bit(i, s->taken), head = test_bit(i, s->head);

		if ((head && !taken) || (taken && !before && !head))
			return "DS2: a run of slots does not begin with its head";
		used += taken;
		before = taken;
	}
	return used == s->used ? NULL : "DS2: slots that are taken are not as many as counted";
}
