/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disks as files: /dev/vda and so on, read and written at any place, byte by byte. Nothing is kept
 * in memory: a write is with the disk when it returns, and fsync() makes the disk keep it. What
 * does not begin or end with a sector is read first, under the lock of the inode.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <drivers/block.h>
#include <fs/disks.h>
#include <fs/file.h>
#include <fs/path.h>
#include <mm/gfp.h>

#include "internal.h"

#define DISK_MAJOR	254
/* Linux numbers a disk and 15 parts of it. */
#define DISK_MINORS	16
#define PIECE_ORDER	3

enum {
	BLKROGET = 0x125e, BLKGETSIZE = 0x1260, BLKFLSBUF = 0x1261, BLKSSZGET = 0x1268,
	BLKPBSZGET = 0x127b
};
#define BLKBSZGET	0x80081270u
#define BLKGETSIZE64	0x80081272u

/* What is under way between a program and a disk. */
struct transfer {
	struct block_device *disk;	/* [o] */
	char *piece;			/* [o] */
	unsigned int order;		/* [o] of its pages */
	u64 first;			/* [o] the sector that it begins with */
	size_t skip, part, whole;	/* [o] bytes in front, those that are meant, all sectors */
};

static u64 bytes_of(const struct block_device *disk)
{
	return disk->sectors << SECTOR_SHIFT;
}

/* One page will do where there are no more in a row. */
static int transfer_begin(struct transfer *t, struct block_device *disk)
{
	*t = (struct transfer){ .disk = disk, .order = PIECE_ORDER };
	t->piece = (char *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, t->order);
	if (!t->piece) {
		t->order = 0;
		t->piece = (char *)__get_free_pages(GFP_KERNEL | __GFP_NOWARN, 0);
	}
	return t->piece ? 0 : -ENOMEM;
}

static void transfer_end(struct transfer *t)
{
	free_pages((unsigned long)t->piece, t->order);
}

/* The next piece from pos on, of at most left bytes; false: the disk has ended. */
static bool next_piece(struct transfer *t, u64 pos, size_t left)
{
	u64 end = bytes_of(t->disk);

	if (pos >= end || !left)
		return false;
	t->first = pos >> SECTOR_SHIFT;
	t->skip = pos % SECTOR_BYTES;
	t->part = min(left, (PAGE_SIZE << t->order) - t->skip);
	t->part = (size_t)min((u64)t->part, end - pos);
	t->whole = ALIGN_UP(t->skip + t->part, (size_t)SECTOR_BYTES);
	return true;
}

/* Whoever is to end does not wait for gigabytes. */
static bool is_enough(long done)
{
	return done && thread_interrupted();
}

static long disk_read(struct file *f, struct io *io, u64 *pos)
{
	struct transfer t;
	long done = 0;
	int err = transfer_begin(&t, f->private);
	size_t moved;

	if (err)
		return err;
	while (next_piece(&t, *pos, io->left) && !is_enough(done)) {
		err = block_read(t.disk, t.first, t.piece, t.whole);
		if (err)
			break;
		moved = io_put(io, t.piece + t.skip, t.part);
		done += (long)moved;
		*pos += moved;
		if (moved < t.part) {
			err = -EFAULT;
			break;
		}
	}
	transfer_end(&t);
	return done ? done : err;
}

/* The inode's lock is held: what is not written stays what it is. */
static int write_piece(struct transfer *t, struct io *io)
{
	int err = t->part < t->whole ? block_read(t->disk, t->first, t->piece, t->whole) : 0;
	size_t got;

	if (err)
		return err;
	got = io_get(io, t->piece + t->skip, t->part);
	if (got < t->part)
		return -EFAULT;
	return block_write(t->disk, t->first, t->piece, t->whole);
}

static long disk_write(struct file *f, struct io *io, u64 *pos)
{
	struct transfer t;
	long done = 0;
	int err = transfer_begin(&t, f->private);

	if (err)
		return err;
	if (io->left && *pos >= bytes_of(t.disk))
		err = -ENOSPC;
	while (!err && next_piece(&t, *pos, io->left) && !is_enough(done)) {
		mutex_lock(&f->inode->lock);
		err = write_piece(&t, io);
		mutex_unlock(&f->inode->lock);
		if (err)
			break;
		done += (long)t.part;
		*pos += t.part;
	}
	transfer_end(&t);
	return done ? done : err;
}

static int disk_sync(struct file *f)
{
	return block_flush(f->private);
}

static long answer(uintptr_t to, u64 value, size_t bytes)
{
	return copy_to_user(to, &value, bytes) ? -EFAULT : 0;
}

static long disk_ioctl(struct file *f, unsigned int command, uintptr_t arg)
{
	const struct block_device *disk = f->private;

	switch (command) {
	case BLKGETSIZE64:	return answer(arg, bytes_of(disk), sizeof(u64));
	case BLKGETSIZE:	return answer(arg, disk->sectors, sizeof(u64));
	case BLKROGET:		return answer(arg, disk->read_only, sizeof(u32));
	case BLKSSZGET:
	case BLKPBSZGET:	return answer(arg, SECTOR_BYTES, sizeof(u32));
	case BLKBSZGET:		return answer(arg, PAGE_SIZE, sizeof(u32));
	case BLKFLSBUF:		return disk_sync(f);
	default:		return -ENOTTY;
	}
}

static int disk_open(struct file *f)
{
	char name[] = "vda";
	struct block_device *disk;

	name[2] = (char)('a' + DEV_MINOR(f->inode->rdev) / DISK_MINORS);
	disk = block_get(name);
	if (!disk)
		return -ENXIO;
	if (disk->read_only && (f->flags & O_ACCMODE) != O_RDONLY) {
		block_put(disk);
		return -EROFS;
	}
	f->private = disk;
	/* So far can be sought. */
	mutex_lock(&f->inode->lock);
	WRITE_ONCE(f->inode->size, bytes_of(disk));
	mutex_unlock(&f->inode->lock);
	return 0;
}

static void disk_release(struct file *f)
{
	block_put(f->private);
}

static const struct file_ops disk_ops = {
	.read = disk_read, .write = disk_write, .ioctl = disk_ioctl, .open = disk_open,
	.release = disk_release, .sync = disk_sync,
};

/* What boot does not find has no name, and may have one by mknod(). */
#define DISK(nr) \
	FILE_DEVICE(disk##nr, NULL, S_IFBLK | 0660, DEV(DISK_MAJOR, (nr) * DISK_MINORS), &disk_ops)
DISK(0);
DISK(1);
DISK(2);
DISK(3);
DISK(4);
DISK(5);
DISK(6);
DISK(7);

BUILD_ASSERT(BLOCK_DEVICES_MOST == 8, "a row for each disk");

void disks_make_names(void)
{
	struct fs_place *place = place_new();
	struct block_snapshot s;
	char path[] = "/dev/vda";
	int err = place ? 0 : -ENOMEM;

	if (place)
		place->umask = 0;
	for (unsigned int nr = 0; !err && block_snapshot(nr, &s); nr++) {
		memcpy(path + 5, s.name, 4);
		err = path_mknod(&(struct fs_path){ .place = place, .text = path },
				 S_IFBLK | 0660, DEV(DISK_MAJOR, s.index * DISK_MINORS));
		/* An archive may have brought it. */
		if (err == -EEXIST)
			err = 0;
	}
	if (err)
		pr_err("files: %s cannot be made: %s (error %d)\n", path, name_fault(err), -err);
	place_put(place);
}

int disks_sync(void)
{
	struct block_snapshot s;
	int err = 0;

	for (unsigned int nr = 0; block_snapshot(nr, &s); nr++) {
		struct block_device *disk = block_get(s.name);
		int its = disk ? block_flush(disk) : 0;

		if (disk)
			block_put(disk);
		err = err ? err : its;
	}
	return err;
}
