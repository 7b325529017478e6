/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between files and whoever reads and writes them. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/io.h>

size_t io_put(struct io *io, const void *from, size_t bytes)
{
	if (io->kernel) {
		memcpy(io->kernel, from, bytes);
		io->kernel += bytes;
	} else {
		bytes -= copy_to_user(io->user, from, bytes);
		io->user += bytes;
	}
	io->left -= bytes;
	return bytes;
}

size_t io_clear(struct io *io, size_t bytes)
{
	if (io->kernel) {
		memset(io->kernel, 0, bytes);
		io->kernel += bytes;
	} else {
		bytes -= clear_user(io->user, bytes);
		io->user += bytes;
	}
	io->left -= bytes;
	return bytes;
}

size_t io_get(struct io *io, void *to, size_t bytes)
{
	if (io->kernel) {
		memcpy(to, io->kernel, bytes);
		io->kernel += bytes;
	} else {
		bytes -= copy_from_user(to, io->user, bytes);
		io->user += bytes;
	}
	io->left -= bytes;
	return bytes;
}

/* 6 instructions each. */
#define SINGLE_BYTES_MOST	256u

size_t io_short_part(const struct io *io, u64 pos, size_t bytes)
{
	uintptr_t at = io->kernel ? (uintptr_t)io->kernel : io->user;

	return (at | pos) % sizeof(u64) ? min(bytes, (size_t)SINGLE_BYTES_MOST) : bytes;
}

long io_put_from(struct io *io, const char *text, size_t bytes, u64 *pos)
{
	size_t part, done;

	if (*pos >= bytes)
		return 0;
	part = min(io->left, bytes - (size_t)*pos);
	done = io_put(io, text + *pos, part);
	*pos += done;
	return !done && part ? -EFAULT : (long)done;
}
