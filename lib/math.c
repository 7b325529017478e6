/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/bitops.h>
#include <kernel/math.h>

unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;

	if (!x)
		return 0;
	/* Each step finds one bit of the root, from the highest that it can have: 32 steps at most.
	 * Below 2^32 the square cannot overflow. */
	for (unsigned long bit = 1ul << (ilog2(x) / 2); bit; bit >>= 1) {
		unsigned long trial = root | bit;

		if (trial * trial <= x)
			root = trial;
	}
	return root;
}
