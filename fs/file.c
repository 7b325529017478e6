/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files, and what folders and devices do when they are open. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/slab.h>
#include <fs/pipe.h>
#include <fs/poll.h>

#include "internal.h"

#define POS_MAX		0x7fffffffffffffffull

static DEFINE_KMEM_CACHE(file_cache, "file", sizeof(struct file), 0, 0);	/* [f] */

struct file *file_new(struct inode *inode, const struct file_ops *ops, unsigned int flags)
{
	struct file *f = kmem_cache_alloc(&file_cache, GFP_KERNEL | __GFP_NOWARN);

	if (!f)
		return NULL;
	f->ops = ops;
	f->inode = inode_get(inode);
	f->refs = 1;
	f->flags = flags;
	f->may_read = !(flags & O_PATH) && (flags & O_ACCMODE) != O_WRONLY;
	f->may_write = !(flags & O_PATH) && (flags & O_ACCMODE) != O_RDONLY;
	f->pos = 0;
	f->private = NULL;
	mutex_init(&f->lock);
	return f;
}

struct file *file_get(struct file *f)
{
	__atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

void file_free(struct file *f)
{
	kmem_cache_free(&file_cache, f);
}

void file_put(struct file *f)
{
	if (!f || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (f->ops->release)
		f->ops->release(f);
	inode_put(f->inode);
	file_free(f);
}

/* ---- reading and writing ---- */

typedef long (*mover_fn)(struct file *f, struct io *io, u64 *pos);

/* What one call moves at most. */
#define MOVE_MOST	0x7ffff000ul

/* Why it is not read, or written. */
static __noinline __cold long refuse(const struct file *f, bool may)
{
	if (!may)
		return -EBADF;
	return is_dir(f->inode) ? -EISDIR : -EINVAL;
}

static __noinline long move_at(struct file *f, mover_fn op, struct io *io, u64 *pos)
{
	if (*pos > POS_MAX || (long)io->left < 0)
		return -EINVAL;
	io->left = min(io->left, (size_t)(POS_MAX - *pos) & ~(size_t)4095);
	io->left = min(io->left, MOVE_MOST);
	return op(f, io, pos);
}

static __noinline long move_in_turn(struct file *f, mover_fn op, struct io *io)
{
	long done;

	mutex_lock(&f->lock);
	done = move_at(f, op, io, &f->pos);
	mutex_unlock(&f->lock);
	return done;
}

static __always_inline long move(struct file *f, mover_fn op, struct io *io)
{
	/* Where the caller's is the only way to it nobody else moves its place, which is far from
	 * the end of all places nearly always. A stream has none: that is 0 for good. */
	if (!f->ops->stream &&
	    (__atomic_load_n(&f->refs, __ATOMIC_RELAXED) != 1 || unlikely(f->pos >> 62)))
		return move_in_turn(f, op, io);
	if (likely(io->left <= MOVE_MOST))
		return op(f, io, &f->pos);
	return move_at(f, op, io, &f->pos);
}

long file_read(struct file *f, struct io *io)
{
	mover_fn op = f->ops->read;

	return likely(f->may_read && op) ? move(f, op, io) : refuse(f, f->may_read);
}

long file_write(struct file *f, struct io *io)
{
	mover_fn op = f->ops->write;

	return likely(f->may_write && op) ? move(f, op, io) : refuse(f, f->may_write);
}

long file_read_at(struct file *f, struct io *io, u64 pos)
{
	if (f->ops->stream)
		return -ESPIPE;
	if (!f->may_read || !f->ops->read)
		return refuse(f, f->may_read);
	return move_at(f, f->ops->read, io, &pos);
}

long file_write_at(struct file *f, struct io *io, u64 pos)
{
	if (f->ops->stream)
		return -ESPIPE;
	if (!f->may_write || !f->ops->write)
		return refuse(f, f->may_write);
	return move_at(f, f->ops->write, io, &pos);
}

static long seek_to(const struct file *f, s64 offset, unsigned int whence)
{
	s64 base = 0, size = (s64)READ_ONCE(f->inode->size);

	switch (whence) {
	case SEEK_SET:	break;
	case SEEK_CUR:	base = (s64)f->pos; break;
	case SEEK_END:	base = size; break;
	/* All is data but what lies behind the end. */
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || offset >= size)
			return -ENXIO;
		return whence == SEEK_HOLE ? size : offset;
	default:	return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &base))
		return -EOVERFLOW;
	return base < 0 ? -EINVAL : base;
}

long file_seek(struct file *f, s64 offset, unsigned int whence)
{
	long at;

	if (f->flags & O_PATH)
		return -EBADF;
	if (f->ops->stream)
		return -ESPIPE;
	mutex_lock(&f->lock);
	at = seek_to(f, offset, whence);
	if (at >= 0)
		f->pos = (u64)at;
	mutex_unlock(&f->lock);
	return at;
}

long file_ioctl(struct file *f, unsigned int command, uintptr_t arg)
{
	if (f->flags & O_PATH)
		return -EBADF;
	return f->ops->ioctl ? f->ops->ioctl(f, command, arg) : -ENOTTY;
}

int file_truncate(struct file *f, u64 size)
{
	if ((f->flags & O_ACCMODE) == O_RDONLY || f->flags & O_PATH || !f->ops->truncate)
		return -EINVAL;
	return f->ops->truncate(f->inode, size);
}

int file_sync(struct file *f)
{
	if (f->ops->stream || f->flags & O_PATH)
		return -EINVAL;
	return f->ops->sync ? f->ops->sync(f) : 0;
}

unsigned int file_poll(struct file *f, struct poll_table *table)
{
	return f->ops->poll ? f->ops->poll(f, table) : POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

long file_read_kernel(struct file *f, u64 pos, void *buf, size_t bytes)
{
	struct io io = io_kernel(buf, bytes);

	return f->ops->read && !f->ops->stream ? f->ops->read(f, &io, &pos) : -EINVAL;
}

struct page *file_frame(struct file *f, u64 index, bool make)
{
	return f->ops->frame ? f->ops->frame(f, index, make) : NULL;
}

struct page_holder *file_page_holder(struct file *f)
{
	return f->ops->frame ? &f->inode->pages.holder : NULL;
}

/* ---- folders and devices ---- */

static void see_dot(struct inode *dir, u64 pos, struct dir_seen *seen)
{
	struct inode *up = pos && dir->parent ? dir->parent : dir;

	*seen = (struct dir_seen){ .ino = up->ino, .mode = S_IFDIR, .len = (u32)pos + 1,
				   .name = ".." };
	seen->name[seen->len] = '\0';
}

int file_readdir(struct file *f, u64 *pos, struct dir_seen *seen)
{
	struct inode *dir = f->inode;
	int more = 1;

	mutex_lock(&names_lock);
	if (!is_dir(dir))
		more = -ENOTDIR;
	else if (!dir->nlink)
		more = -ENOENT;
	else if (*pos < 2)
		see_dot(dir, (*pos)++, seen);
	else
		more = dir->ops->next(dir, pos, seen);
	mutex_unlock(&names_lock);
	return more;
}

static const struct file_ops folder_ops = { .read = NULL };

const struct file_ops *dir_file_ops(void)
{
	return &folder_ops;
}

static int no_device_open(struct file *f)
{
	(void)f;
	return -ENXIO;
}

static const struct file_ops no_device_ops = { .open = no_device_open };

static const struct file_device *device_of(u32 mode, u32 rdev)
{
	for (const struct file_device *d = __file_devices_start; d < __file_devices_end; d++) {
		if (d->rdev == rdev && (d->mode & S_IFMT) == (mode & S_IFMT))
			return d;
	}
	return NULL;
}

const struct file_ops *file_device_ops(u32 mode, u32 rdev)
{
	const struct file_device *d = device_of(mode, rdev);

	return d ? d->ops : &no_device_ops;
}

const struct file_ops *special_file_ops(u32 mode, u32 rdev)
{
	switch (mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK:	return file_device_ops(mode, rdev);
	case S_IFDIR:	return &folder_ops;
	case S_IFIFO:	return &fifo_file_ops;
	default:	return &no_device_ops;
	}
}
