/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_IO_HERE_H
#define FS_IO_HERE_H

/* For whoever moves a few bytes in one go, with interrupts off as well. */
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/io.h>

/* So many bytes, after which nobody looks at io. False: they are not there, or not now. */
static __always_inline bool io_put_once(const struct io *io, const void *from, size_t bytes)
{
	if (likely(!io->kernel))
		return !copy_to_user(io->user, from, bytes);
	memcpy(io->kernel, from, bytes);
	return true;
}

static __always_inline bool io_get_once(const struct io *io, void *to, size_t bytes)
{
	if (likely(!io->kernel))
		return !copy_from_user(to, io->user, bytes);
	memcpy(to, io->kernel, bytes);
	return true;
}

#endif /* FS_IO_HERE_H */
