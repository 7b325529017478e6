/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_OBJECTS_H
#define PLAN_OBJECTS_H

/* Pages that the kernel takes for a process of one thread with so many regions: stack, root, and
 * objects, of slabs that it shares. */
unsigned long objects_pages(unsigned int regions);

#endif /* PLAN_OBJECTS_H */
