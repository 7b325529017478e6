/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_AUDIT_LINES_H
#define TEST_HOST_AUDIT_LINES_H

/* Damages a machine and compares every line that audit then prints. */
#include "pages_take.h"

static char said[16384];

static inline void audit_line(void *ctx, const char *line)
{
	(void)ctx;
	strcat(strcat(said, line), "\n");
}

/* Audit must print exactly these lines, and count as many. */
static inline __printf(1, 2) void expect(const char *fmt, ...)
{
	unsigned long lines = 0;
	char wanted[1024];
	struct audit a;
	va_list args;

	va_start(args, fmt);
	vsnprintf(wanted, sizeof(wanted), fmt, args);
	va_end(args);
	for (const char *at = wanted; (at = strchr(at, '\n')); at++)
		lines++;
	said[0] = 0;
	memory_audit(&a, audit_line, NULL);
	assert_string_equal(said, wanted);
	assert_int_equal(a.errors, lines);
}

/* Fails unless text has this line. */
#define assert_string_has(text, ...) do { \
	char line_[200]; \
	snprintf(line_, sizeof(line_), __VA_ARGS__); \
	if (!strstr(text, line_)) \
		fail_msg("no \"%s\" in \"%s\"", line_, text); \
} while (0)

/* Sets the datum to value, runs audit, compares its lines with the rest, and puts the datum
 * back. */
#define WITH(datum, value, ...) do { \
	__auto_type saved_ = (datum); \
	(datum) = (value); \
	expect(__VA_ARGS__); \
	(datum) = saved_; \
	map_audit(); \
} while (0)

#endif /* TEST_HOST_AUDIT_LINES_H */
