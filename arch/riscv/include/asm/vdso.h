/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_VDSO_H
#define ASM_VDSO_H

/* The page of code that every program has (vdso.S): where in it the way back of handlers and the
 * numbers lie that the kernel writes. */
#define VDSO_SIGRETURN_AT	0x300
#define VDSO_DATA_AT		0x600

#define VDSO_CLOCKS		8
#define VDSO_SHIFT		0
#define VDSO_MULTIPLIER		8
#define VDSO_RESOLUTION		16
#define VDSO_OFFSETS		24

#ifndef __ASSEMBLY__

#include <kernel/types.h>

/*
 * A clock's nanoseconds are the upper half of (ticks << shift) * multiplier, and its offset. Each
 * word is written whole, and one alone changes after boot, so that readers need no lock.
 */
struct vdso_data {
	u64 shift, multiplier;		/* [c] */
	u64 resolution_ns;		/* [c] */
	u64 offset_ns[VDSO_CLOCKS];	/* [a] VDSO_CLOCK_NONE: the kernel alone knows this clock */
};
#define VDSO_CLOCK_NONE		(1ull << 63)

extern const char vdso_image[], vdso_image_end[];

#endif /* __ASSEMBLY__ */
#endif /* ASM_VDSO_H */
