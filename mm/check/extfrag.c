/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how much of a zone's free memory is good for a request, as Linux measures it.
 *
 * Structure: two functions of the free lists' lengths, after the definitions of Linux's
 * extfrag/unusable_index and extfrag/extfrag_index. With f free pages in n blocks, of which s
 * blocks of the order could be cut:
 *
 *	unusable	(f - s * 2^order) / f
 *	fragmentation	1 - (1 + f / 2^order) / n, where s is 0
 *
 * The second grows with the number of blocks that the same memory lies in: a request that fails
 * although there are pages enough fails because of pieces.
 *
 * Invariants: none of its own.
 *
 * Locking: none; the caller has a copy.
 *
 * Configuration: MAX_ORDER.
 */
#include <mm/snapshot.h>

struct free_sum {
	unsigned long blocks, pages;
	unsigned long suitable;		/* blocks of the order that could be cut */
};

static struct free_sum sum_of(const struct zone_free_blocks *b, unsigned int order)
{
	struct free_sum sum = { 0, 0, 0 };

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++) {
		unsigned long blocks = free_blocks_of_order(b, o);

		sum.blocks += blocks;
		sum.pages += blocks << o;
		if (o >= order)
			sum.suitable += blocks << (o - order);
	}
	return sum;
}

unsigned int unusable_free_index(const struct zone_free_blocks *b, unsigned int order)
{
	const struct free_sum sum = sum_of(b, order);

	if (!sum.pages)
		return 1000;
	return (unsigned int)((sum.pages - (sum.suitable << order)) * 1000 / sum.pages);
}

int fragmentation_index(const struct zone_free_blocks *b, unsigned int order)
{
	const struct free_sum sum = sum_of(b, order);

	if (!sum.blocks)
		return 0;
	if (sum.suitable)
		return -1000;
	return 1000 - (int)((1000 + (sum.pages * 1000 >> order)) / sum.blocks);
}
