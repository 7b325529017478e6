/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_IO_H
#define FS_IO_H

#include <kernel/types.h>

/*
 * Where the bytes of a read go, and those of a write come from: memory of the kernel's, or of the
 * running program's. Each call moves on by what it did; less than was asked for means that the
 * program's memory is not there.
 */
struct io {
	char *kernel;			/* [o] NULL: user is meant */
	uintptr_t user;			/* [o] */
	size_t left;			/* [o] bytes that may still be moved */
};

static inline struct io io_kernel(void *buf, size_t bytes)
{
	return (struct io){ .kernel = buf, .left = bytes };
}

static inline struct io io_user(uintptr_t buf, size_t bytes)
{
	return (struct io){ .user = buf, .left = bytes };
}

/* The reader gets bytes, or zeros; the writer's bytes come. bytes is at most io->left. Process
 * context, no lock held that a page fault takes. With preemption off the program's memory is not
 * there where it would have to be waited for. */
size_t io_put(struct io *io, const void *from, size_t bytes);
size_t io_clear(struct io *io, size_t bytes);
size_t io_get(struct io *io, void *to, size_t bytes);
/* How many of the bytes at pos of a page are moved with preemption off: fewer where the words of
 * the two sides do not lie alike, as bytes are moved one by one then. */
size_t io_short_part(const struct io *io, u64 pos, size_t bytes);
/* bytes of a text that is read piece by piece: what begins at *pos, which moves on. */
long io_put_from(struct io *io, const char *text, size_t bytes, u64 *pos);

#endif /* FS_IO_H */
