/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/seq_file.h>
#include <kernel/string.h>
#include <test/ktest.h>

static void pieces_come_together(struct ktest *t)
{
	struct seq_buf s;
	char buf[32];

	seq_buf_init(&s, buf, sizeof(buf));
	seq_puts(&s.m, "a");
	seq_putc(&s.m, 'b');
	seq_write(&s.m, "cdX", 2);
	seq_printf(&s.m, "%3d", 7);
	KTEST_EXPECT(t, !strcmp(buf, "abcd  7"));
	KTEST_EXPECT_EQ(t, s.len, 7);
	KTEST_EXPECT_EQ(t, s.lost, 0);
}

static void overflow_is_counted(struct ktest *t)
{
	struct seq_buf s;
	char buf[5];

	seq_buf_init(&s, buf, sizeof(buf));
	KTEST_EXPECT_EQ(t, buf[0], 0);
	seq_puts(&s.m, "abc");
	seq_puts(&s.m, "def");
	seq_puts(&s.m, "g");
	KTEST_EXPECT(t, !strcmp(buf, "abcd"));
	KTEST_EXPECT_EQ(t, s.len, 4);
	KTEST_EXPECT_EQ(t, s.lost, 3);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(pieces_come_together),
	KTEST_CASE(overflow_is_counted),
	{ .name = NULL },
};
KTEST_SUITE(seq_file, cases, false);
