/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a page's contents to another page.
 *
 * Structure: memcpy() does not know that both begin on a page, and spends half as much again.
 * Here a word is one load and one store, and the loop has one instruction in ten.
 *
 * Invariants: none of its own.
 *
 * Locking: none; the caller keeps both pages.
 *
 * Configuration: MIGRATION.
 */
#include <mm/page.h>

#define WORDS		16	/* that registers hold */

/* Contents may be of any type. */
typedef u64 __attribute__((__may_alias__)) word_t;

void copy_page(void *to, const void *from)
{
	word_t *t = to;
	const word_t *f = from, *end = f + PAGE_SIZE / sizeof(word_t);

	do {
		word_t w[WORDS];

#pragma GCC unroll 16
		for (int i = 0; i < WORDS; i++)
			w[i] = f[i];
#pragma GCC unroll 16
		for (int i = 0; i < WORDS; i++)
			t[i] = w[i];
		f += WORDS;
		t += WORDS;
	} while (f != end);
}
