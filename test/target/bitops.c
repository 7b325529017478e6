/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/bitops.h>
#include <test/ktest.h>

/* volatile hides the constant from the compiler, which would not use the tables for one. */
static void single_bits(struct ktest *t)
{
	for (unsigned int i = 0; i < 64; i++) {
		volatile u64 bit = 1ull << i;

		KTEST_EXPECT_EQ(t, ctz64(bit), i);
		KTEST_EXPECT_EQ(t, fls64(bit), i + 1);
		KTEST_EXPECT_EQ(t, ilog2(bit), i);
		if (i < 32) {
			KTEST_EXPECT_EQ(t, ctz32((u32)bit), i);
			KTEST_EXPECT_EQ(t, fls32((u32)bit), i + 1);
		}
	}
}

static void bits_with_company(struct ktest *t)
{
	for (unsigned int high = 0; high < 64; high++) {
		for (unsigned int low = 0; low <= high; low++) {
			volatile u64 all = (~0ull >> (63 - high)) & (~0ull << low);
			volatile u64 two = 1ull << high | 1ull << low;

			KTEST_EXPECT_EQ(t, ctz64(all), low);
			KTEST_EXPECT_EQ(t, fls64(all), high + 1);
			KTEST_EXPECT_EQ(t, ctz64(two), low);
			KTEST_EXPECT_EQ(t, fls64(two), high + 1);
		}
	}
}

static void constants_agree_with_tables(struct ktest *t)
{
	volatile u32 x = 0x00f0a000u;
	volatile u32 zero = 0;

	KTEST_EXPECT_EQ(t, ctz32(0x00f0a000u), ctz32(x));
	KTEST_EXPECT_EQ(t, fls32(0x00f0a000u), fls32(x));
	KTEST_EXPECT_EQ(t, fls32(zero), 0);
	KTEST_EXPECT_EQ(t, fls64((u64)zero), 0);
}

static void powers_of_two(struct ktest *t)
{
	KTEST_EXPECT(t, !is_power_of_2(0));
	KTEST_EXPECT(t, is_power_of_2(1));
	KTEST_EXPECT(t, is_power_of_2(1ull << 63));
	KTEST_EXPECT(t, !is_power_of_2(3ull << 62));
	KTEST_EXPECT_EQ(t, roundup_pow_of_two(0), 1);
	KTEST_EXPECT_EQ(t, roundup_pow_of_two(5), 8);
	KTEST_EXPECT_EQ(t, roundup_pow_of_two(8), 8);
	KTEST_EXPECT_EQ(t, roundup_pow_of_two((1ull << 40) + 1), 1ull << 41);
}

static void bitmaps(struct ktest *t)
{
	unsigned long map[BITS_TO_LONGS(130)] = { 0 };

	__set_bit(0, map);
	__set_bit(63, map);
	__set_bit(64, map);
	__set_bit(129, map);
	KTEST_EXPECT_EQ(t, map[0], 1ul << 63 | 1);
	KTEST_EXPECT_EQ(t, map[1], 1);
	KTEST_EXPECT_EQ(t, map[2], 2);
	KTEST_EXPECT(t, test_bit(129, map) && !test_bit(128, map));
	__clear_bit(63, map);
	KTEST_EXPECT_EQ(t, map[0], 1);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(single_bits),
	KTEST_CASE(bits_with_company),
	KTEST_CASE(constants_agree_with_tables),
	KTEST_CASE(powers_of_two),
	KTEST_CASE(bitmaps),
	{ .name = NULL },
};
KTEST_SUITE(bitops, cases, false);
