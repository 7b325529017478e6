/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/glob.h>
#include <kernel/seq_file.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/reclaim.h>
#include <test/ktest.h>
#include <arch/time.h>

/*
 * The report is KTAP version 1: each suite is a subtest, indented by two blanks, and each case is a
 * line of it. The report goes to the console as it is, without the log's stamps.
 */
struct totals {
	unsigned int passed, failed, skipped;
	bool stopped;			/* by Ctrl-C */
};

/* Size of a suite's name or pattern. */
#define NAME_BYTES	64

static struct seq_file *const out = &seq_console;

void ktest_fail(struct ktest *t, const char *file, int line, const char *fmt, ...)
{
	char text[256];

	t->failures++;
	va_scnprintf(text, sizeof(text), fmt);
	seq_printf(out, "    # %s: %s:%d: %s (seed 0x%llx)\n", t->name, file, line, text,
		   (unsigned long long)t->seed);
}

void ktest_note(struct ktest *t, const char *fmt, ...)
{
	char text[256];

	va_scnprintf(text, sizeof(text), fmt);
	seq_printf(out, "    # %s: %s\n", t->name, text);
}

/* The parts of a pattern "suite.case"; the case part is NULL without a dot. */
struct pattern {
	char suite[NAME_BYTES];
	const char *test;
};

static struct pattern parse_pattern(const char *text)
{
	struct pattern p = { .suite = "" };
	size_t len = text ? strcspn(text, ".") : 0;

	if (len)
		scnprintf(p.suite, sizeof(p.suite), "%.*s", (int)len, text);
	p.test = text && text[len] ? text + len + 1 : NULL;
	return p;
}

/* A suite that runs on request alone must be named in full: "test c" must not commit crimes. */
static bool suite_matches(const struct ktest_suite *suite, const struct pattern *p)
{
	if (!strcmp(suite->name, p->suite))
		return true;
	if (suite->on_request)
		return false;
	if (is_glob(p->suite))
		return glob_match(p->suite, suite->name);
	return !p->test && !strncmp(suite->name, p->suite, strlen(p->suite));
}

static bool case_matches(const struct ktest_case *c, const struct pattern *p)
{
	if (!p->test)
		return true;
	if (is_glob(p->test))
		return glob_match(p->test, c->name);
	return !strncmp(c->name, p->test, strlen(p->test));
}

static unsigned int count_cases(const struct ktest_suite *suite, const struct pattern *p)
{
	unsigned int nr = 0;

	for (const struct ktest_case *c = suite->cases; c->name; c++)
		nr += case_matches(c, p);
	return nr;
}

static void run_case(const struct ktest_case *c, unsigned int nr, u64 seed, struct totals *sum)
{
	struct ktest t = { .name = c->name, .seed = seed };

	c->run(&t);
	if (t.skip && !t.failures) {
		seq_printf(out, "  ok %u %s # SKIP %s\n", nr, c->name, t.skip);
		sum->skipped++;
		return;
	}
	seq_printf(out, "  %s %u %s\n", t.failures ? "not ok" : "ok", nr, c->name);
	if (t.failures)
		sum->failed++;
	else
		sum->passed++;
}

static void run_suite(const struct ktest_suite *suite, unsigned int suite_nr,
		      const struct pattern *p, u64 seed, struct totals *sum)
{
	struct totals own = { 0 };
	unsigned int nr = 0;

	seq_printf(out, "  KTAP version 1\n  # Subtest: %s\n  1..%u\n", suite->name,
		   count_cases(suite, p));
	for (const struct ktest_case *c = suite->cases; c->name; c++) {
		if (!case_matches(c, p))
			continue;
		sum->stopped = sum->stopped || console_interrupted();
		if (sum->stopped)
			break;
		run_case(c, ++nr, seed, &own);
	}
	if (sum->stopped)
		seq_puts(out, "Bail out! Ctrl-C\n");
	else
		seq_printf(out, "%s %u %s\n", own.failed ? "not ok" : "ok", suite_nr,
			   suite->name);
	sum->passed += own.passed;
	sum->failed += own.failed;
	sum->skipped += own.skipped;
}

static bool suite_runs(const struct ktest_suite *suite, const struct pattern *p)
{
	return suite_matches(suite, p) && count_cases(suite, p);
}

/* seed=N on the command line repeats a run; otherwise each boot draws another seed. */
static u64 draw_seed(void)
{
	static const struct number_wanted wanted = { 0, ~0ull, "a number" };
	u64 seed;

	if (cmdline_get_number("seed", &wanted, &seed))
		return seed;
	return arch_ticks() * 0x9e3779b97f4a7c15ull | 1;
}

int ktest_run(const char *text)
{
	struct pattern p = parse_pattern(text);
	struct totals sum = { 0 };
	unsigned int nr = 0;
	u64 seed;

	for (const struct ktest_suite *s = __ktests_start; s < __ktests_end; s++)
		nr += suite_runs(s, &p);
	if (!nr) {
		seq_printf(out, "# no test suite matches \"%s\"\n", text ? text : "");
		return -ENOENT;
	}
	seed = draw_seed();
	seq_printf(out, "KTAP version 1\n1..%u\n# seed 0x%llx\n", nr, (unsigned long long)seed);
	nr = 0;
	for (const struct ktest_suite *s = __ktests_start; s < __ktests_end && !sum.stopped; s++) {
		if (suite_runs(s, &p))
			run_suite(s, ++nr, &p, seed, &sum);
	}
	/* The first line is for parsers of KTAP, the second for people and make check. */
	seq_printf(out, "# Totals: pass:%u fail:%u skip:%u total:%u\n", sum.passed, sum.failed,
		   sum.skipped, sum.passed + sum.failed + sum.skipped);
	seq_printf(out, "%u passed, %u failed\n", sum.passed, sum.failed);
	return sum.stopped ? -EINTR : (int)sum.failed;
}

void ktest_reclaim(void)
{
	const struct shrinker *shrinker = __shrinkers_start;

	for (; IS_ENABLED(CONFIG_RECLAIM) && shrinker < __shrinkers_end; shrinker++)
		reclaim_all(shrinker);
}
