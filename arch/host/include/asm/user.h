/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_USER_H
#define ASM_USER_H

#include <kernel/types.h>

/* A process runs no programs: their memory alone is kept, for tests of it. */
struct pt_regs {
	unsigned long epc;			/* [o] */
};

struct arch_user {
	u32 none;				/* [o] */
};

struct arch_space {
	u32 slot;				/* [o] */
};

#endif /* ASM_USER_H */
