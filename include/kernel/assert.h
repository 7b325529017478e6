/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ASSERT_H
#define KERNEL_ASSERT_H

#include <kernel/compiler.h>
#include <kernel/latency.h>
#include <kernel/types.h>

/*
 * Four tiers. BUILD_ASSERT costs nothing. ASSERT is cheap and is in every build. CHECK may
 * walk one list or climb one block tree (CONFIG_MM_CHECK and above). VALIDATE walks every
 * structure of a zone or cache after each operation (CONFIG_MM_VALIDATE).
 *
 * The text names the invariant: ASSERT(count > 0, "P2: count %u", count).
 */
#define BUILD_ASSERT(cond, msg)	_Static_assert(cond, msg)

__noreturn __cold __printf(4, 5)
void assert_failed(const char *cond, const char *file, int line, const char *fmt, ...);

#define ASSERT(cond, ...) \
	do { \
		if (unlikely(!(cond))) \
			assert_failed(#cond, __FILE__, __LINE__, __VA_ARGS__); \
	} while (0)

#define CHECK(cond, ...) \
	do { \
		if (IS_ENABLED(CONFIG_MM_CHECK) || IS_ENABLED(CONFIG_MM_VALIDATE)) \
			ASSERT(cond, __VA_ARGS__); \
	} while (0)

#define VALIDATE(call) \
	do { \
		if (IS_ENABLED(CONFIG_MM_VALIDATE)) \
			latency_aside(call); \
	} while (0)

#endif /* KERNEL_ASSERT_H */
