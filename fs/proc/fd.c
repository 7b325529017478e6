/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/<pid>/fd: a link for each descriptor, which leads to the file itself. */
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <fs/files.h>
#include <fs/path.h>
#include <fs/tasks.h>

#include "pid.h"

#define FD_BITS		16

static struct file *file_of(const struct inode *link)
{
	struct files *files = file_tasks->files((int)(link->number >> FD_BITS));
	struct file *f = files ? files_get(files, (unsigned int)link->number & 0xffff) : NULL;

	files_exit(files);
	return f;
}

/* A name for the reader alone: who goes along the link gets the file. */
static long fd_readlink(struct inode *link, char *buf, size_t size)
{
	struct file *f = file_of(link);
	const struct fs_place top = { .root = files_root() };
	char text[64];
	long len = -ENOENT;

	if (!f)
		return len;
	len = inode_path_locked(&top, f->inode, buf, size);
	if (len > 0) {
		len--;
	} else {
		len = (long)scnprintf(text, sizeof(text), "%s:[%llu]",
				      S_ISFIFO(f->inode->mode) ? "pipe" : "gone",
				      ULL(f->inode->ino));
		memcpy(buf, text, min((size_t)len, size));
	}
	file_put(f);
	return (long)min((size_t)len, size);
}

static int fd_follow(struct inode *link, struct inode **to)
{
	struct file *f = file_of(link);

	if (!f)
		return -ENOENT;
	*to = inode_get(f->inode);
	file_put(f);
	return 0;
}

static const struct inode_ops fd_link_ops = { .readlink = fd_readlink, .follow = fd_follow };

static int fd_lookup(struct inode *dir, const char *name, size_t len, struct inode **found)
{
	int fd = proc_number(name, len);
	struct file *f;

	if (!fd && (len != 1 || *name != '0'))
		return -ENOENT;
	*found = proc_inode(dir, S_IFLNK | 0700, &fd_link_ops, NULL);
	if (!*found)
		return -ENOMEM;
	(*found)->number = dir->number << FD_BITS | fd;
	f = fd < 1 << FD_BITS ? file_of(*found) : NULL;
	if (!f) {
		inode_put(*found);
		return -ENOENT;
	}
	file_put(f);
	return 0;
}

static int fd_next(struct inode *dir, u64 *pos, struct dir_seen *seen)
{
	struct files *files = file_tasks->files((int)dir->number);
	int fd = files ? files_next(files, (unsigned int)*pos - 2) : -1;

	files_exit(files);
	if (fd < 0)
		return 0;
	*seen = (struct dir_seen){ .ino = dir->ino + (u64)fd + 1, .mode = S_IFLNK };
	seen->len = (u32)scnprintf(seen->name, sizeof(seen->name), "%d", fd);
	*pos = (u64)fd + 3;
	return 1;
}

static long fd_name(struct inode *dir, char *buf)
{
	(void)dir;
	memcpy(buf, "fd", 2);
	return 2;
}

const struct inode_ops proc_fd_ops = { .lookup = fd_lookup, .next = fd_next, .name = fd_name };
