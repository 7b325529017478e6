/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/glob.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <shell/shell.h>
#include <test/bench.h>
#include <arch/irq.h>
#include <arch/time.h>

#include "internal.h"

static bool name_matches(const char *pattern, const char *name)
{
	if (!pattern)
		return true;
	return is_glob(pattern) ? glob_match(pattern, name) : strstr(name, pattern) != NULL;
}

bool bench_wanted(struct bench *b, char *work, size_t size, const char *fmt, ...)
{
	va_scnprintf(work, size, fmt);
	if (b->stopped || !name_matches(b->pattern, work))
		return false;
	b->found = true;
	return bench_go_on(b, work);
}

bool bench_go_on(struct bench *b, const char *what)
{
	b->stopped = b->stopped || !progress_go_on(&b->progress, what, 0, 0);
	return !b->stopped;
}

void bench_line(struct bench *b, const char *work)
{
	progress_wipe(&b->progress);
	if (b->json)
		seq_printf(b->m, "{\"work\":\"%s\"", work);
	else
		seq_printf(b->m, "%-44s", work);
}

static void put_key(struct bench *b, const char *key)
{
	if (b->json)
		seq_printf(b->m, ",\"%s\":", key);
	else
		seq_printf(b->m, "  %s ", key);
}

/* Prints the mean with two decimals. */
void bench_mean(struct bench *b, const char *key, u64 total, u64 count)
{
	u64 hundredths = count ? total * 100 / count : 0;

	put_key(b, key);
	seq_printf(b->m, "%llu.%02llu", (unsigned long long)(hundredths / 100),
		   (unsigned long long)(hundredths % 100));
}

void bench_value(struct bench *b, const char *key, u64 value)
{
	put_key(b, key);
	seq_printf(b->m, "%llu", (unsigned long long)value);
}

void bench_end(struct bench *b)
{
	seq_puts(b->m, b->json ? "}\n" : "\n");
}

void bench_pair(struct bench *b, const char *work, u64 total, u64 count)
{
	bench_line(b, work);
	bench_mean(b, "pair", total, count);
	bench_end(b);
}

void bench_mean_max(struct bench *b, const char *work, u64 total, u64 count, u64 most)
{
	bench_line(b, work);
	bench_mean(b, "mean", total, count);
	if (b->exact)
		bench_value(b, "max", most);
	bench_end(b);
}

void bench_batch(struct bench *b, const char *work, u64 alloc, u64 free, u64 count)
{
	bench_line(b, work);
	bench_mean(b, "alloc", alloc, count);
	bench_mean(b, "free", free, count);
	bench_end(b);
}

void bench_number(struct bench *b, const char *work, const char *key, u64 value)
{
	bench_line(b, work);
	bench_value(b, key, value);
	bench_end(b);
}

static void say(struct bench *b, const char *work, const char *key, const char *text)
{
	bench_line(b, work);
	seq_printf(b->m, b->json ? ",\"%s\":\"%s\"" : "  %s: %s", key, text);
	bench_end(b);
}

void bench_skip(struct bench *b, const char *work, const char *why)
{
	say(b, work, "skipped", why);
}

/* Heap sort works in place and is bounded for any input. */
static void sift(u32 *a, size_t root, size_t count)
{
	for (;;) {
		size_t child = 2 * root + 1;
		u32 t;

		if (child >= count)
			return;
		if (child + 1 < count && a[child] < a[child + 1])
			child++;
		if (a[root] >= a[child])
			return;
		t = a[root];
		a[root] = a[child];
		a[child] = t;
		root = child;
	}
}

static void sort(u32 *a, size_t count)
{
	for (size_t i = count / 2; i-- > 0;)
		sift(a, i, count);
	for (size_t i = count; i-- > 1;) {
		u32 t = a[0];

		a[0] = a[i];
		a[i] = t;
		sift(a, 0, i);
	}
}

void bench_single(struct bench *b, const char *work, u32 *samples, size_t count)
{
	if (!count) {
		bench_skip(b, work, "no samples");
		return;
	}
	sort(samples, count);
	bench_line(b, work);
	bench_value(b, "min", samples[0]);
	bench_value(b, "p50", samples[count / 2]);
	bench_value(b, "p99", samples[count * 99 / 100]);
	bench_value(b, "p999", samples[count * 999 / 1000]);
	bench_value(b, "max", samples[count - 1]);
	bench_end(b);
}

#define PROBES		8
#define PROBE_ROUNDS	100

static __noinline u64 probe(void)
{
	u64 from = arch_instret();

	for (int i = 0; i < PROBE_ROUNDS; i++)
		barrier();
	return arch_instret() - from;
}

/* A loop has the same instructions each time, but hardly ever takes the same time so often. */
static bool counter_is_exact(void)
{
	unsigned long flags = arch_local_irq_save();
	u64 first = probe();
	bool same = true;

	for (int i = 1; i < PROBES; i++)
		same = probe() == first && same;
	arch_local_irq_restore(flags);
	return same;
}

static int run_bench(struct seq_file *out, int argc, char **argv)
{
	struct bench b = { .m = out };
	const struct bench_group *g;
	int i = 1;

	if (i < argc && strcmp(argv[i], "-j") == 0) {
		b.json = true;
		i++;
	}
	if (i < argc)
		b.pattern = argv[i++];
	if (i < argc) {
		seq_puts(out, "a pattern with spaces wants quotes\n");
		return shell_usage(out, argv[0]);
	}
	progress_begin(&b.progress, out == &seq_console && !b.json);
	b.exact = counter_is_exact();
	if (!b.exact)
		say(&b, "counter", "note", BENCH_NOT_EXACT ": the counter runs with time, not with "
		    "instructions; QEMU counts those with -icount shift=0,sleep=off");
	for (g = __benches_start; g < __benches_end; g++)
		g->run(&b);
	progress_wipe(&b.progress);
	if (b.stopped) {
		seq_puts(out, "bench: stopped by Ctrl-C\n");
		return -EINTR;
	}
	if (!b.found) {
		seq_printf(out, "bench: no work %s \"%s\"%s\n",
			   is_glob(b.pattern) ? "has the name" : "has", b.pattern,
			   is_glob(b.pattern) ? "" : " in its name");
		return -ENOENT;
	}
	return 0;
}

SHELL_COMMAND(bench, "[-j] [pattern]", "count instructions of the allocators' paths",
	      "bench 'pages order=0*'", run_bench);
