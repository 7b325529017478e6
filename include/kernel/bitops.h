/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_BITOPS_H
#define KERNEL_BITOPS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define BITS_PER_LONG		64
#define BIT(n)			(1ul << (n))
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

/*
 * Without Zbb the compiler calls libgcc for these; a de Bruijn multiplication does the same
 * in six instructions. With a constant argument they fold.
 */
extern const u8 ctz32_table[32];
extern const u8 fls32_table[32];

/* Index of the lowest set bit. x is not 0. */
static __always_inline unsigned int ctz32(u32 x)
{
	if (__builtin_constant_p(x))
		return (unsigned int)__builtin_ctz(x);
	return ctz32_table[((x & -x) * 0x077cb531u) >> 27];
}

/* Index of the highest set bit, plus one; 0 for 0. */
static __always_inline unsigned int fls32(u32 x)
{
	if (__builtin_constant_p(x))
		return x ? 32 - (unsigned int)__builtin_clz(x) : 0;
	if (!x)
		return 0;
	x |= x >> 1;
	x |= x >> 2;
	x |= x >> 4;
	x |= x >> 8;
	x |= x >> 16;
	return fls32_table[(x * 0x07c4acddu) >> 27] + 1u;
}

static __always_inline unsigned int ctz64(u64 x)
{
	if (__builtin_constant_p(x))
		return (unsigned int)__builtin_ctzll(x);
	return (u32)x ? ctz32((u32)x) : 32 + ctz32((u32)(x >> 32));
}

static __always_inline unsigned int fls64(u64 x)
{
	if (__builtin_constant_p(x))
		return x ? 64 - (unsigned int)__builtin_clzll(x) : 0;
	return x >> 32 ? 32 + fls32((u32)(x >> 32)) : fls32((u32)x);
}

/* floor(log2(x)), x is not 0. */
static __always_inline unsigned int ilog2(u64 x)
{
	return fls64(x) - 1;
}

static __always_inline bool is_power_of_2(u64 x)
{
	return x && !(x & (x - 1));
}

static __always_inline u64 roundup_pow_of_two(u64 x)
{
	return x <= 1 ? 1 : 1ull << fls64(x - 1);
}

static __always_inline void __set_bit(unsigned int nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] |= BIT(nr % BITS_PER_LONG);
}

static __always_inline void __clear_bit(unsigned int nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] &= ~BIT(nr % BITS_PER_LONG);
}

static __always_inline bool test_bit(unsigned int nr, const unsigned long *map)
{
	return map[nr / BITS_PER_LONG] >> (nr % BITS_PER_LONG) & 1;
}

#endif /* KERNEL_BITOPS_H */
