/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <test/ktest.h>

/* What a reader of the log ring sees. */
struct seen {
	unsigned int records;
	u64 last_us;
	bool sorted;
	char last[PRINTK_LINE_BYTES];
	size_t last_len;
	int last_level;
};

static void look(void *ctx, u64 time_us, int level, const char *text, size_t len)
{
	struct seen *s = ctx;

	s->records++;
	s->sorted = s->sorted && time_us >= s->last_us;
	s->last_us = time_us;
	s->last_level = level;
	s->last_len = len;
	memcpy(s->last, text, len);
}

static void read_log(struct seen *s)
{
	*s = (struct seen){ .sorted = true };
	printk_for_each(look, s);
}

/* Messages of these levels stay off the console. */
#define QUIET	LOGLEVEL_DEBUG

static void last_record_is_ours(struct ktest *t)
{
	int former = console_loglevel;
	struct seen s;

	console_loglevel = QUIET;
	printk(QUIET, "seen %d\n", 17);
	console_loglevel = former;
	read_log(&s);
	KTEST_EXPECT_EQ(t, s.last_len, 7);
	KTEST_EXPECT(t, !memcmp(s.last, "seen 17", 7));
	KTEST_EXPECT_EQ(t, s.last_level, QUIET);
	KTEST_EXPECT(t, s.sorted);
}

static void long_record_is_cut(struct ktest *t)
{
	int former = console_loglevel;
	struct seen s;

	console_loglevel = QUIET;
	printk(QUIET, "%0600d\n", 1);
	console_loglevel = former;
	read_log(&s);
	KTEST_EXPECT_EQ(t, s.last_len, PRINTK_LINE_BYTES - 1);
}

/* Fills the ring several times over: the oldest records go, and the rest is whole and in order. */
static void ring_wraps(struct ktest *t)
{
	unsigned int nr = 3u << (CONFIG_LOG_BUF_SHIFT - 5);
	int former = console_loglevel;
	char want[64];
	struct seen s;

	console_loglevel = QUIET;
	for (unsigned int i = 0; i < nr; i++)
		printk(QUIET, "%.*s%u\n", (int)(i % 23), "xxxxxxxxxxxxxxxxxxxxxxx", i);
	console_loglevel = former;
	read_log(&s);
	KTEST_EXPECT(t, s.sorted && s.records > nr / 10 && s.records < nr);
	scnprintf(want, sizeof(want), "%.*s%u", (int)((nr - 1) % 23), "xxxxxxxxxxxxxxxxxxxxxxx",
		  nr - 1);
	KTEST_EXPECT_EQ(t, s.last_len, strlen(want));
	KTEST_EXPECT(t, !memcmp(s.last, want, strlen(want)));
}

static const struct ktest_case cases[] = {
	KTEST_CASE(last_record_is_ours),
	KTEST_CASE(long_record_is_cut),
	{ .name = NULL },
};
KTEST_SUITE(printk, cases, false);

/* Runs by its name alone, because it costs the boot log. */
static const struct ktest_case wrap_cases[] = {
	KTEST_CASE(ring_wraps),
	{ .name = NULL },
};
KTEST_SUITE(printk_ring, wrap_cases, true);
