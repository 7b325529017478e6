/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include <kernel/compiler.h>
#include <kernel/progress.h>
#include <kernel/seq_file.h>
#include <kernel/types.h>

/*
 * Benchmarks count instructions of the running hart (arch_instret). Where that counter runs with
 * time, as in QEMU without -icount, a first line says so, and nothing is held against a bound.
 * Interrupts are off while counting; means include the loop around the work, as the peers' figures
 * do.
 */
struct bench {
	struct seq_file *m;
	bool json;
	bool exact;			/* the counter counts instructions, and nothing else */
	const char *pattern;		/* names that it is, with * or ?, or is in; NULL: all */
	bool found;			/* some name did */
	bool stopped;			/* by Ctrl-C: no more work is wanted */
	struct progress progress;
};

struct bench_group {
	const char *name;
	void (*run)(struct bench *b);
};

#define BENCH_GROUP(_name, _run) \
	static const struct bench_group __bench_##_name __used __section(".benches") \
		__aligned(8) = { .name = #_name, .run = _run }

extern const struct bench_group __benches_start[], __benches_end[];

/* Is this work asked for, and still wanted? Formats the name, which is shown meanwhile. */
__printf(4, 5) bool bench_wanted(struct bench *b, char *work, size_t size, const char *fmt, ...);

/* In the middle of long work: false when it is to end. */
bool bench_go_on(struct bench *b, const char *what);

/* A line of results: the name of the work, then figures by key. A mean is total / count. */
void bench_line(struct bench *b, const char *work);
void bench_mean(struct bench *b, const char *key, u64 total, u64 count);
void bench_value(struct bench *b, const char *key, u64 value);
void bench_end(struct bench *b);

/* Whole lines; totals are instructions over count operations. */
void bench_pair(struct bench *b, const char *work, u64 total, u64 count);
/* The longest one only where figures are exact. */
void bench_mean_max(struct bench *b, const char *work, u64 total, u64 count, u64 most);
void bench_batch(struct bench *b, const char *work, u64 alloc, u64 free, u64 count);
void bench_number(struct bench *b, const char *work, const char *key, u64 value);
/* Least, median, 99 %, 99.9 % and most of samples, which are sorted in place. */
void bench_single(struct bench *b, const char *work, u32 *samples, size_t count);
/* The work could not be done here: why. */
void bench_skip(struct bench *b, const char *work, const char *why);

#endif /* TEST_BENCH_H */
