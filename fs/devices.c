/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that are nothing but their meaning: null, zero, full, random. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/random.h>
#include <fs/file.h>
#include <fs/random.h>

#define PIECE		64u

static long null_read(struct file *f, struct io *io, u64 *pos)
{
	(void)f;
	(void)io;
	(void)pos;
	return 0;
}

static long null_write(struct file *f, struct io *io, u64 *pos)
{
	long all = (long)io->left;

	(void)f;
	(void)pos;
	io->left = 0;
	return all;
}

static long zero_read(struct file *f, struct io *io, u64 *pos)
{
	size_t all = io->left, done = io_clear(io, all);

	(void)f;
	(void)pos;
	return !done && all ? -EFAULT : (long)done;
}

static long full_write(struct file *f, struct io *io, u64 *pos)
{
	(void)f;
	(void)pos;
	return io->left ? -ENOSPC : 0;
}

long random_fill(struct io *io)
{
	u64 words[PIECE / sizeof(u64)];
	size_t part = 0, moved = 0;
	long done = 0;

	while (io->left && moved == part) {
		part = min(io->left, sizeof(words));
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			words[i] = get_random_u64();
		moved = io_put(io, words, part);
		done += (long)moved;
	}
	return !done && moved < part ? -EFAULT : done;
}

static long random_read(struct file *f, struct io *io, u64 *pos)
{
	(void)f;
	(void)pos;
	return random_fill(io);
}

static const struct file_ops null_ops = { .read = null_read, .write = null_write };
static const struct file_ops zero_ops = { .read = zero_read, .write = null_write };
static const struct file_ops full_ops = { .read = zero_read, .write = full_write };
static const struct file_ops random_ops = { .read = random_read, .write = null_write };

FILE_DEVICE(null, "null", S_IFCHR | 0666, DEV(1, 3), &null_ops);
FILE_DEVICE(zero, "zero", S_IFCHR | 0666, DEV(1, 5), &zero_ops);
FILE_DEVICE(full, "full", S_IFCHR | 0666, DEV(1, 7), &full_ops);
FILE_DEVICE(random, "random", S_IFCHR | 0666, DEV(1, 8), &random_ops);
FILE_DEVICE(urandom, "urandom", S_IFCHR | 0666, DEV(1, 9), &random_ops);
