/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot costs: instructions from the kernel's first to each mark. */
#include <kernel/init.h>
#include <arch/time.h>

#include "internal.h"

static u64 marks[NR_BOOT_MARKS];	/* [c] */

void __init boot_mark(enum boot_mark mark)
{
	marks[mark] = arch_instret() - arch_entry_instret();
}

u64 boot_mark_instret(enum boot_mark mark)
{
	return marks[mark];
}
