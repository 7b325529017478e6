/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in memory: their bytes are pages, their folders trees of names. What is written while half
 * of all memory is files' already is refused, so that files cannot take what programs need to go
 * on.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/mmzone.h>
#include <mm/user_page.h>
#include <fs/clock.h>
#include <fs/file.h>
#include <fs/path.h>
#include <fs/pipe.h>

#include "internal.h"

static size_t part_of_page(const struct io *io, u64 pos, size_t left)
{
	return io_short_part(io, pos, min(left, PAGE_SIZE - (size_t)(pos & (PAGE_SIZE - 1))));
}

static void touch(struct inode *inode)
{
	u64 now = files_clock_ns();

	WRITE_ONCE(inode->mtime_ns, now);
	WRITE_ONCE(inode->ctime_ns, now);
}

/* Bytes of a part that lies in one page: 0 where the program's memory is not there; -ENOENT: there
 * is no page. */
static long move_part(struct inode *inode, struct io *io, u64 pos, size_t part, bool reads)
{
	struct page *page = file_page_find(&inode->pages, pos >> PAGE_SHIFT);
	char *at;
	size_t moved;

	if (!page)
		return -ENOENT;
	at = (char *)page_address(page) + pos % PAGE_SIZE;
	moved = reads ? io_put(io, at, part) : io_get(io, at, part);
	user_page_put(page);
	return (long)moved;
}

/*
 * A mover may wait for whoever has a page, so that nobody takes the CPU from him before he has put
 * it back. What his program has to be given first comes a word at a time.
 */
static long move_at_once(struct inode *inode, struct io *io, u64 pos, size_t part, bool reads)
{
	long moved;

	preempt_disable();
	moved = move_part(inode, io, pos, part, reads);
	preempt_enable();
	return moved ? moved : move_part(inode, io, pos, min(part, sizeof(u64)), reads);
}

static long tmpfs_read(struct file *f, struct io *io, u64 *pos)
{
	struct inode *inode = f->inode;
	long done = 0;

	while (io->left) {
		u64 size = READ_ONCE(inode->size);
		size_t part;
		long moved;

		if (*pos >= size)
			break;
		part = part_of_page(io, *pos, min(io->left, (size_t)(size - *pos)));
		moved = move_at_once(inode, io, *pos, part, true);
		if (moved == -ENOENT)
			moved = (long)io_clear(io, part);
		if (!moved && !done)
			done = -EFAULT;
		if (!moved)
			break;
		*pos += (u64)moved;
		done += moved;
	}
	WRITE_ONCE(inode->atime_ns, files_clock_ns());
	return done;
}

/* Is there room for one page more? */
static bool has_room(void)
{
	return file_pages_total() < totalram_pages() / 2;
}

/* A part that lies in one page: bytes moved, or an error when none was. inode->lock is held. */
static long write_part(struct inode *inode, struct io *io, u64 pos)
{
	size_t part = part_of_page(io, pos, io->left);
	long moved;

	if (pos >= FILE_BYTES_MAX)
		return -EFBIG;
	moved = move_at_once(inode, io, pos, part, false);
	if (moved == -ENOENT && has_room() && file_page_provide(&inode->pages, pos >> PAGE_SHIFT))
		moved = move_at_once(inode, io, pos, part, false);
	if (moved == -ENOENT)
		return -ENOSPC;
	if (pos + (u64)moved > inode->size)
		WRITE_ONCE(inode->size, pos + (u64)moved);
	return moved ? moved : -EFAULT;
}

static long tmpfs_write(struct file *f, struct io *io, u64 *pos)
{
	struct inode *inode = f->inode;
	long done = 0, moved = 0;

	mutex_lock(&inode->lock);
	if (f->flags & O_APPEND)
		*pos = inode->size;
	while (io->left) {
		moved = write_part(inode, io, *pos);
		if (moved <= 0)
			break;
		*pos += (u64)moved;
		done += moved;
	}
	touch(inode);
	mutex_unlock(&inode->lock);
	return done ? done : moved;
}

static struct page *tmpfs_frame(struct file *f, u64 index, bool make)
{
	struct inode *inode = f->inode;
	struct page *page;

	if (index >= DIV_ROUND_UP(READ_ONCE(inode->size), PAGE_SIZE))
		return NULL;
	page = file_page_find(&inode->pages, index);
	if (!page && make && file_page_provide(&inode->pages, index))
		page = file_page_find(&inode->pages, index);
	return page;
}

/* What lies behind the end in the last page is zero, whatever was there. */
static void clear_tail(struct inode *inode, u64 size)
{
	struct page *page = size % PAGE_SIZE ? file_page_find(&inode->pages, size >> PAGE_SHIFT)
					     : NULL;

	if (!page)
		return;
	memset((char *)page_address(page) + size % PAGE_SIZE, 0, PAGE_SIZE - size % PAGE_SIZE);
	user_page_put(page);
}

static int tmpfs_truncate(struct inode *inode, u64 size)
{
	if (size > FILE_BYTES_MAX)
		return -EFBIG;
	mutex_lock(&inode->lock);
	if (size < inode->size) {
		WRITE_ONCE(inode->size, size);
		file_pages_cut(&inode->pages, DIV_ROUND_UP(size, PAGE_SIZE));
		clear_tail(inode, size);
	}
	WRITE_ONCE(inode->size, size);
	touch(inode);
	mutex_unlock(&inode->lock);
	return 0;
}

static const struct file_ops tmpfs_file_ops = {
	.read = tmpfs_read, .write = tmpfs_write, .frame = tmpfs_frame,
	.truncate = tmpfs_truncate,
};

int tmpfs_allocate(struct inode *inode, u64 from, u64 bytes, bool keep_size)
{
	int err = 0;

	if (inode->file_ops != &tmpfs_file_ops)
		return -EOPNOTSUPP;
	if (from > FILE_BYTES_MAX || bytes > FILE_BYTES_MAX - from)
		return -EFBIG;
	mutex_lock(&inode->lock);
	for (u64 i = from >> PAGE_SHIFT; i < DIV_ROUND_UP(from + bytes, PAGE_SIZE) && !err; i++)
		err = has_room() && file_page_provide(&inode->pages, i) ? 0 : -ENOSPC;
	if (!err && !keep_size && from + bytes > inode->size)
		WRITE_ONCE(inode->size, from + bytes);
	mutex_unlock(&inode->lock);
	return err;
}

/* ---- names ---- */

static int tmpfs_lookup(struct inode *dir, const char *name, size_t len, struct inode **found)
{
	struct dir_entry *e = dir_find(dir, name, len);

	if (!e)
		return -ENOENT;
	*found = inode_get(e->inode);
	return 0;
}

static int tmpfs_next(struct inode *dir, u64 *pos, struct dir_seen *seen)
{
	struct dir_entry *e = dir_from(dir, *pos);

	if (!e)
		return 0;
	*seen = (struct dir_seen){ .ino = e->inode->ino, .mode = e->inode->mode, .len = e->len };
	memcpy(seen->name, e->name, e->len);
	seen->name[e->len] = '\0';
	*pos = e->key + 1;
	return 1;
}

static long tmpfs_readlink(struct inode *link, char *buf, size_t size)
{
	size_t part = min(size, (size_t)link->size);

	memcpy(buf, link->target, part);
	return (long)part;
}

static long tmpfs_name(struct inode *dir, char *buf)
{
	if (!dir->entry)
		return -ENOENT;
	memcpy(buf, dir->entry->name, dir->entry->len);
	return dir->entry->len;
}

static void tmpfs_release(struct inode *inode)
{
	if (S_ISREG(inode->mode))
		file_pages_end(&inode->pages);
	else if (S_ISLNK(inode->mode))
		kfree(inode->target);
	else if (S_ISFIFO(inode->mode))
		fifo_inode_release(inode);
}

static void tmpfs_stat(struct inode *inode, struct kstat *st)
{
	if (S_ISREG(inode->mode))
		st->blocks = file_pages_count(&inode->pages) * (PAGE_SIZE / 512);
	else if (is_dir(inode))
		st->size = 40 + 20 * inode->nr_entries;
}

static const struct inode_ops tmpfs_ops = {
	.lookup = tmpfs_lookup, .next = tmpfs_next, .readlink = tmpfs_readlink,
	.name = tmpfs_name, .release = tmpfs_release, .stat = tmpfs_stat, .make = tmpfs_make,
};

struct inode *tmpfs_make(struct inode *dir, u32 mode, u32 rdev)
{
	struct inode *inode = inode_new(mode, dir->dev);

	if (!inode)
		return NULL;
	inode->ops = &tmpfs_ops;
	inode->rdev = rdev;
	if (S_ISREG(mode)) {
		inode->file_ops = &tmpfs_file_ops;
		file_pages_init(&inode->pages);
	} else {
		inode->file_ops = special_file_ops(mode, rdev);
	}
	return inode;
}

static struct inode *tmpfs_root(u32 dev)
{
	const struct inode none = { .dev = dev };

	return tmpfs_make((struct inode *)(unsigned long)&none, S_IFDIR | S_ISVTX | 0777, 0);
}

FILE_SYSTEM(tmpfs, TMPFS_MAGIC, tmpfs_root);
