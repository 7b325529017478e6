/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's memory is this process's own, but for one page that is never there, and what comes
 * with a fault. */
#include "boot.h"
#include "user_memory.h"

#include <kernel/errno.h>
#include <kernel/uaccess.h>
#include <arch/irq.h>

char user_late[USER_LATE_BYTES];

/* Bytes from an address on that are there. Another CPU may go on while they come. */
static size_t there(uintptr_t at, size_t bytes)
{
	host_point();
	if (at - (uintptr_t)user_late < USER_LATE_BYTES && arch_irqs_disabled())
		return 0;
	if (at >= USER_HOLE && at < USER_HOLE + USER_HOLE_BYTES)
		return 0;
	return at < USER_HOLE && at + bytes > USER_HOLE ? USER_HOLE - at : bytes;
}

size_t copy_to_user(uintptr_t to, const void *from, size_t bytes)
{
	size_t part = there(to, bytes);

	memcpy((void *)to, from, part);
	return bytes - part;
}

size_t copy_from_user(void *to, uintptr_t from, size_t bytes)
{
	size_t part = there(from, bytes);

	memcpy(to, (void *)from, part);
	return bytes - part;
}

size_t clear_user(uintptr_t to, size_t bytes)
{
	size_t part = there(to, bytes);

	memset((void *)to, 0, part);
	return bytes - part;
}

long copy_string_from_user(char *to, uintptr_t from, size_t most)
{
	size_t len = strnlen((const char *)from, most);

	if (len == most)
		return -ENAMETOOLONG;
	memcpy(to, (const char *)from, len + 1);
	return (long)len;
}
