/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_WINDOW_H
#define MM_VM_WINDOW_H

#include <kernel/types.h>

/* Says in buf what lies at va, if it is in a part of the vmalloc window that somebody has; see
 * kernel/address_owner.h. */
bool vm_window_describe(unsigned long va, char *buf, size_t size);

#endif /* MM_VM_WINDOW_H */
