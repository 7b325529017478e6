/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_STACK_H
#define MM_STACK_H

#include <kernel/types.h>

/* Stacks of all CPUs but the first, whose are in the image. Each is an area of the vmalloc window,
 * above a page that is never mapped. */

/* Says in buf which part of which CPU's stacks va is, of those of CPUs that were started; false
 * where it is none. Any context. */
bool cpu_stack_describe(unsigned long va, char *buf, size_t size);

#endif /* MM_STACK_H */
