/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_UACCESS_H
#define KERNEL_UACCESS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * The only ways to memory of the running thread's process, at addresses that nobody has checked.
 * Each may fault, and a fault may wait: process context, no spinlock held. With interrupts off,
 * also under a spinlock, what is not there now is as if it were not there at all. What is not the
 * process's, or not with these rights, is not touched. With CONFIG_PROCESSES alone.
 */

/* Returns how many bytes were not copied, the last ones; 0: all were. */
size_t copy_to_user(uintptr_t to, const void *from, size_t bytes) __must_check;
size_t copy_from_user(void *to, uintptr_t from, size_t bytes) __must_check;
/* Makes the bytes 0; returns how many were not. */
size_t clear_user(uintptr_t to, size_t bytes) __must_check;

/* A string with its end, most bytes of it at most all together: its length without the end,
 * -EFAULT, or -ENAMETOOLONG when no end came. */
long copy_string_from_user(char *to, uintptr_t from, size_t most) __must_check;

/* Two words, one behind the other: 0, or -EFAULT. */
long user_store_pair(u64 first, u64 second, uintptr_t to) __must_check;

/* A word, a multiple of 4: 0, or -EFAULT. */
int user_load(u32 *to, uintptr_t word) __must_check;

/* The word, a multiple of 4, becomes new if it is old; *was is what it was. 0, -EINVAL, -EFAULT. */
int user_exchange(uintptr_t word, u32 old, u32 new, u32 *was) __must_check;

/* Is [start, start + bytes) in the half of addresses that processes have? */
bool user_range_ok(uintptr_t start, size_t bytes);

#endif /* KERNEL_UACCESS_H */
