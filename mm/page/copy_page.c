/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a page's contents to another page.
 *
 * Structure: memcpy() does not know that both begin on a page, and spends half as much again.
 * Here a word is one load and one store, and the loop takes three instructions for 128 words.
 *
 * Invariants: none of its own.
 *
 * Locking: none; the caller keeps both pages.
 *
 * Configuration: MIGRATION.
 */
#include <kernel/assert.h>
#include <mm/page.h>

#define WORDS		16	/* that registers hold */
#define ROUND_WORDS	128

/* Contents may be of any type. */
typedef u64 __attribute__((__may_alias__)) word_t;

BUILD_ASSERT(PAGE_SIZE % (ROUND_WORDS * sizeof(word_t)) == 0, "a page is a number of rounds");

static __always_inline void copy_words(word_t *t, const word_t *f)
{
	word_t w[WORDS];

#pragma GCC unroll 16
	for (int i = 0; i < WORDS; i++)
		w[i] = f[i];
#pragma GCC unroll 16
	for (int i = 0; i < WORDS; i++)
		t[i] = w[i];
}

void copy_page(void *to, const void *from)
{
	word_t *t = to;
	const word_t *f = from, *end = f + PAGE_SIZE / sizeof(word_t);

	do {
#pragma GCC unroll 8
		for (int i = 0; i < ROUND_WORDS; i += WORDS)
			copy_words(t + i, f + i);
		f += ROUND_WORDS;
		t += ROUND_WORDS;
	} while (f != end);
}
