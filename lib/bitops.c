/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/bitops.h>

/*
 * A de Bruijn sequence of 32 bits holds each 5-bit number once. Multiplying the sequence by 2^i
 * shifts the window of number i to the top, so that entry (constant << i) >> 27 of the table is i.
 * fls32 multiplies by 2^(i+1) - 1, which has all bits below the highest one set, and its constant
 * is one for which those products differ in their top five bits.
 */
const u8 ctz32_table[32] = {
	0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8,
	31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9,
};

const u8 fls32_table[32] = {
	0, 9, 1, 10, 13, 21, 2, 29, 11, 14, 16, 18, 22, 25, 3, 30,
	8, 12, 20, 28, 15, 17, 24, 7, 19, 27, 23, 6, 26, 5, 4, 31,
};
