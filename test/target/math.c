/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/math.h>
#include <test/ktest.h>

static void square_roots(struct ktest *t)
{
	KTEST_EXPECT_EQ(t, int_sqrt(0), 0);
	KTEST_EXPECT_EQ(t, int_sqrt(1), 1);
	KTEST_EXPECT_EQ(t, int_sqrt(3), 1);
	KTEST_EXPECT_EQ(t, int_sqrt(4), 2);
	/* 512 MiB in kB, times 16: the calculation of min_free_kbytes begins so. */
	KTEST_EXPECT_EQ(t, int_sqrt(16ul * 524288), 2896);
	KTEST_EXPECT_EQ(t, int_sqrt(~0ul), 0xffffffff);
}

static void squares_and_their_neighbours(struct ktest *t)
{
	for (unsigned long root = 1; root <= 0xffffffff; root = root * 3 + 1) {
		KTEST_EXPECT_EQ(t, int_sqrt(root * root), root);
		KTEST_EXPECT_EQ(t, int_sqrt(root * root - 1), root - 1);
		KTEST_EXPECT_EQ(t, int_sqrt(root * root + 2 * root), root);
	}
}

static void rounding(struct ktest *t)
{
	KTEST_EXPECT_EQ(t, ALIGN_UP(4097ul, 4096), 8192);
	KTEST_EXPECT_EQ(t, ALIGN_UP(4096ul, 4096), 4096);
	KTEST_EXPECT_EQ(t, ALIGN_DOWN(0x12345678abcull, 0x1000), 0x12345678000ull);
	KTEST_EXPECT(t, IS_ALIGNED(0x200000ul, SZ_2M) && !IS_ALIGNED(0x201000ul, SZ_2M));
	KTEST_EXPECT_EQ(t, DIV_ROUND_UP(10, 3), 4);
	KTEST_EXPECT_EQ(t, clamp(7, 1, 5), 5);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(square_roots),
	KTEST_CASE(squares_and_their_neighbours),
	KTEST_CASE(rounding),
	{ .name = NULL },
};
KTEST_SUITE(math, cases, false);
