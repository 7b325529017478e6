/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_KTEST_H
#define TEST_KTEST_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Test suites that run in the kernel and report KTAP version 1. A case gets a context;
 * KTEST_EXPECT marks the case failed and goes on, KTEST_ASSERT leaves it.
 */
struct ktest {
	const char *name;
	unsigned int failures;
	const char *skip;		/* reason, or NULL */
	u64 seed;			/* printed with every failure */
};

struct ktest_case {
	const char *name;
	void (*run)(struct ktest *t);
};

struct ktest_suite {
	const char *name;
	const struct ktest_case *cases;	/* ended by a row without a name */
	bool on_request;		/* only by name: it ends the machine or takes long */
};

#define KTEST_CASE(fn)		{ .name = #fn, .run = fn }
#define KTEST_SUITE(_name, _cases, _on_request) \
	static const struct ktest_suite __suite_##_name __used __section(".ktests") \
		__aligned(8) = { .name = #_name, .cases = _cases, .on_request = _on_request }

extern const struct ktest_suite __ktests_start[], __ktests_end[];

__printf(4, 5) void ktest_fail(struct ktest *t, const char *file, int line,
			       const char *fmt, ...);

/* A line of the report for whoever knows what it must say. */
__printf(2, 3) void ktest_note(struct ktest *t, const char *fmt, ...);

#define KTEST_EXPECT(t, cond) \
	do { \
		if (!(cond)) \
			ktest_fail(t, __FILE__, __LINE__, "expected %s", #cond); \
	} while (0)
#define KTEST_EXPECT_EQ(t, a, b) \
	do { \
		unsigned long long _ka = (unsigned long long)(a), _kb = (unsigned long long)(b); \
		if (_ka != _kb) \
			ktest_fail(t, __FILE__, __LINE__, "%s is %llu (0x%llx), expected %s " \
				   "= %llu (0x%llx)", #a, _ka, _ka, #b, _kb, _kb); \
	} while (0)
#define KTEST_ASSERT(t, cond) \
	do { \
		if (!(cond)) { \
			ktest_fail(t, __FILE__, __LINE__, "needed %s", #cond); \
			return; \
		} \
	} while (0)

/*
 * Runs the suites that pattern names (NULL: all that are not on request): "suite" or "suite.case",
 * each the beginning of a name, or the whole of it with * and ?. Between cases it looks for Ctrl-C.
 * Returns the number of failed cases, -EINTR after Ctrl-C, or -ENOENT when nothing matches.
 */
int ktest_run(const char *pattern);

/* Before free memory is counted, to be compared later: what anybody keeps at hand goes back, which
 * a request in want of memory would have him do in between. Process context, interrupts on. */
void ktest_reclaim(void);

#endif /* TEST_KTEST_H */
