/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel keeps for a program, whose objects' sizes are those of the linked kernel. */
#include "objects.h"

#include <kernel/math.h>
#include <arch/page.h>

#include "target_image.h"

unsigned long objects_pages(unsigned int regions)
{
	unsigned long bytes = TARGET_PROCESS_BYTES + regions * TARGET_REGION_BYTES;

	if (!TARGET_PROCESS_BYTES)
		return 0;
	/* The root of its tables, and the stack that its thread has in the kernel. */
	return DIV_ROUND_UP(bytes, PAGE_SIZE) + 1 + ((1ul << CONFIG_STACK_SHIFT) >> PAGE_SHIFT);
}
