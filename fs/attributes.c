/* SPDX-License-Identifier: BSD-2-Clause */
/* Modes, owners, times. */
#include <kernel/errno.h>
#include <fs/attributes.h>
#include <fs/clock.h>

#include "internal.h"

/* Inodes that are made anew at each look keep nothing. */
static bool keeps(const struct inode *inode)
{
	return !inode->ops || !inode->ops->lookup || inode->ops->make;
}

int inode_chmod(struct inode *inode, u32 mode)
{
	if (!keeps(inode))
		return -EPERM;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	mutex_lock(&names_lock);
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	inode->ctime_ns = files_clock_ns();
	mutex_unlock(&names_lock);
	return 0;
}

int inode_chown(struct inode *inode, u32 uid, u32 gid)
{
	if (!keeps(inode))
		return -EPERM;
	mutex_lock(&names_lock);
	if (uid != ~0u)
		inode->uid = uid;
	if (gid != ~0u)
		inode->gid = gid;
	/* Whose rights a program had are no longer those of its new owner. */
	if (S_ISREG(inode->mode) && inode->mode & 0111)
		inode->mode &= ~(S_ISUID | S_ISGID);
	inode->ctime_ns = files_clock_ns();
	mutex_unlock(&names_lock);
	return 0;
}

static void set_time(u64 *time, u64 ns, u64 now)
{
	if (ns != TIME_KEPT)
		WRITE_ONCE(*time, ns == TIME_NOW ? now : ns);
}

int inode_set_times(struct inode *inode, u64 atime_ns, u64 mtime_ns)
{
	u64 now = files_clock_ns();

	if (!keeps(inode))
		return -EPERM;
	set_time(&inode->atime_ns, atime_ns, now);
	set_time(&inode->mtime_ns, mtime_ns, now);
	WRITE_ONCE(inode->ctime_ns, now);
	return 0;
}

int inode_allocate(struct inode *inode, u64 from, u64 bytes, bool keep_size)
{
	return is_dir(inode) ? -EISDIR : tmpfs_allocate(inode, from, bytes, keep_size);
}
