/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_FILE_H
#define FS_FILE_H

#include <kernel/compiler.h>
#include <kernel/mutex.h>
#include <kernel/types.h>
#include <fs/inode.h>
#include <fs/io.h>

/*
 * An open file: what a descriptor leads to. Descriptors of several programs may lead to one, and
 * share its place then.
 */
struct file;
struct poll_table;

/* Each gets a file whose inode it is for. Process context, no lock held. NULL: see each. */
struct file_ops {
	/* How many bytes, 0 at the end, or an error. NULL: -EINVAL. */
	long (*read)(struct file *f, struct io *io, u64 *pos);
	long (*write)(struct file *f, struct io *io, u64 *pos);
	/* NULL: -ENOTTY. */
	long (*ioctl)(struct file *f, unsigned int command, uintptr_t arg);
	/* What can be done now, as POLLIN and so on; table is told where to wait, if it is not
	 * NULL. NULL: reading and writing do not wait. */
	unsigned int (*poll)(struct file *f, struct poll_table *table);
	/* A page of inode->pages for a mapping, with a reference; make: also where there is none
	 * yet. NULL: files of this kind are not mapped. */
	struct page *(*frame)(struct file *f, u64 index, bool make);
	/* What was written stays, whatever happens. NULL: it does, as far as it can. */
	int (*sync)(struct file *f);
	/* Another length. NULL: -EINVAL. */
	int (*truncate)(struct inode *inode, u64 size);
	/* Before the first use, and when the last reference has gone. NULL: nothing to do. */
	int (*open)(struct file *f);
	void (*release)(struct file *f);
	/* It has no places: -ESPIPE, and reads may wait. */
	bool stream;
};

struct file {
	const struct file_ops *ops;	/* [c] but for open() */
	struct inode *inode;		/* [c] a reference */
	u32 refs;			/* [a] */
	u32 flags;			/* [a] O_... */
	bool may_read, may_write;	/* [c] as O_ACCMODE and O_PATH say */
	u64 pos;			/* [U] */
	struct mutex lock;		/* [f] */
	void *private;			/* [U] */
};

struct file *file_new(struct inode *inode, const struct file_ops *ops,
		      unsigned int flags) __must_check;
struct file *file_get(struct file *f);
void file_put(struct file *f);

/* At the file's own place, or at pos. What a program's read() and write() return. */
long file_read(struct file *f, struct io *io);
long file_write(struct file *f, struct io *io);
long file_read_at(struct file *f, struct io *io, u64 pos);
long file_write_at(struct file *f, struct io *io, u64 pos);
long file_seek(struct file *f, s64 offset, unsigned int whence);
long file_ioctl(struct file *f, unsigned int command, uintptr_t arg);
int file_truncate(struct file *f, u64 size);
int file_sync(struct file *f);
unsigned int file_poll(struct file *f, struct poll_table *table);
/* One name of an open folder: 1, or 0 at the end; *pos is behind it then. */
int file_readdir(struct file *f, u64 *pos, struct dir_seen *seen);

/* For programs that are started and for mappings. */
long file_read_kernel(struct file *f, u64 pos, void *buf, size_t bytes);
/* The page at index with a count, which user_page_put() ends; NULL: none there, or the file
 * cannot be mapped. Takes no lock that a reader or writer of the file holds. */
struct page *file_frame(struct file *f, u64 index, bool make);
/* Who holds such pages. NULL: the file cannot be mapped. */
struct page_holder *file_page_holder(struct file *f);
static inline bool file_can_map(const struct file *f)
{
	return f->ops->frame != NULL;
}

/* What another room knows of a device: rows by FILE_DEVICE(name, ...), which /dev shows. */
struct file_device {
	const char *name;		/* [c] below /dev; NULL: boot makes none */
	u32 mode, rdev;			/* [c] */
	const struct file_ops *ops;	/* [c] */
};

#define FILE_DEVICE(_id, _name, _mode, _rdev, _ops) \
	static const struct file_device __file_device_##_id __used __section(".file_devices") \
		__aligned(8) = { _name, _mode, _rdev, _ops }

extern const struct file_device __file_devices_start[], __file_devices_end[];

/* What a device does when it is open; of one that is not there: nothing. */
const struct file_ops *file_device_ops(u32 mode, u32 rdev);
/* What an open folder does. */
const struct file_ops *dir_file_ops(void);

#endif /* FS_FILE_H */
