/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_STACK_H
#define MM_STACK_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* Stacks of all CPUs but the first, whose are in the image, and of threads. Each is an area of the
 * vmalloc window, above a page that is never mapped. */

/* Says in buf which part of which CPU's stacks va is, of those of CPUs that were started; false
 * where it is none. Any context. */
bool cpu_stack_describe(unsigned long va, char *buf, size_t size);

/* A stack, a whole number of pages above a page that is never mapped, of the node's memory where it
 * has some (-1: of the nearest); 0: no memory. Process context, as the way back. */
unsigned long stack_alloc(size_t bytes, int nid) __must_check;
void stack_free(unsigned long start);

#endif /* MM_STACK_H */
