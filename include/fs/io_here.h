/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_IO_HERE_H
#define FS_IO_HERE_H

/* io_put() and io_get() in line, for whoever moves a few bytes at a time. */
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/io.h>

static __always_inline size_t io_put_here(struct io *io, const void *from, size_t bytes)
{
	if (unlikely(io->kernel)) {
		memcpy(io->kernel, from, bytes);
		io->kernel += bytes;
	} else {
		bytes -= copy_to_user(io->user, from, bytes);
		io->user += bytes;
	}
	io->left -= bytes;
	return bytes;
}

static __always_inline size_t io_get_here(struct io *io, void *to, size_t bytes)
{
	if (unlikely(io->kernel)) {
		memcpy(to, io->kernel, bytes);
		io->kernel += bytes;
	} else {
		bytes -= copy_from_user(to, io->user, bytes);
		io->user += bytes;
	}
	io->left -= bytes;
	return bytes;
}

#endif /* FS_IO_HERE_H */
