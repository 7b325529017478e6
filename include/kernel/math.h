/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_MATH_H
#define KERNEL_MATH_H

#include <kernel/types.h>

/* a is a power of two in the three macros that follow. */
#define ALIGN_DOWN(x, a)	((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)		(((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((__typeof__(x))(a) - 1)) == 0)

#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

#define min(a, b) __extension__ ({ __typeof__(a) _min_a = (a); __typeof__(b) _min_b = (b); \
			_min_a < _min_b ? _min_a : _min_b; })
#define max(a, b) __extension__ ({ __typeof__(a) _max_a = (a); __typeof__(b) _max_b = (b); \
			_max_a > _max_b ? _max_a : _max_b; })
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))
#define clamp(x, lo, hi) __extension__ ({ __typeof__(x) _clamp_x = (x); \
			__typeof__(x) _clamp_lo = (lo), _clamp_hi = (hi); \
			_clamp_x < _clamp_lo ? _clamp_lo : \
			_clamp_x > _clamp_hi ? _clamp_hi : _clamp_x; })

/* Usable in array sizes and #if. */
#define MIN_CONST(a, b)		((a) < (b) ? (a) : (b))
#define MAX_CONST(a, b)		((a) > (b) ? (a) : (b))
/* The number of bits that tell n values apart: 0 for one value, 2 for three or four. Constant for a
 * constant n. */
#define BITS_FOR(n)		((n) > 1 ? 32 - __builtin_clz(((unsigned int)(n) - 1) | 1) : 0)

#define SZ_1K			0x400ul
#define SZ_2M			0x200000ul
#define SZ_1M			0x100000ul
#define SZ_1G			0x40000000ul

/* Largest r with r * r <= x. */
unsigned long int_sqrt(unsigned long x);

#endif /* KERNEL_MATH_H */
