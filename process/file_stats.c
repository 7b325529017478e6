/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that ask what a file is, or change what is known of it. */
#include <fs/attributes.h>
#include <fs/disks.h>

#include "file_calls.h"

#define NS_PER_S	1000000000ull

/* As programs know it: struct stat of 64-bit Linux. */
struct user_stat {
	u64 dev, ino;
	u32 mode, nlink, uid, gid;
	u64 rdev, pad1;
	s64 size;
	s32 blksize, pad2;
	s64 blocks;
	s64 atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	u32 unused[2];
};

static long put_stat(struct inode *inode, uintptr_t to)
{
	struct user_stat out;
	struct kstat st;

	inode_stat(inode, &st);
	out = (struct user_stat){
		.dev = st.dev, .ino = st.ino, .mode = st.mode, .nlink = st.nlink, .uid = st.uid,
		.gid = st.gid, .rdev = st.rdev, .size = (s64)st.size,
		.blksize = (s32)st.blksize, .blocks = (s64)st.blocks,
		.atime = (s64)(st.atime_ns / NS_PER_S), .atime_nsec = (s64)(st.atime_ns % NS_PER_S),
		.mtime = (s64)(st.mtime_ns / NS_PER_S), .mtime_nsec = (s64)(st.mtime_ns % NS_PER_S),
		.ctime = (s64)(st.ctime_ns / NS_PER_S), .ctime_nsec = (s64)(st.ctime_ns % NS_PER_S),
	};
	return copy_to_user(to, &out, sizeof(out)) ? -EFAULT : 0;
}

SYSCALL(fstat)
{
	struct file *f = current_file(a0);
	long err;

	if (!f)
		return -EBADF;
	err = put_stat(f->inode, a1);
	file_put(f);
	return err;
}

SYSCALL(newfstatat)
{
	unsigned int flags = (unsigned int)a3;
	struct inode *inode;
	long err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	err = given_inode(a0, a1, flags, &inode);
	if (err)
		return err;
	err = put_stat(inode, a2);
	inode_put(inode);
	return err;
}

/* ---- statx ---- */

struct statx_time {
	s64 sec;
	u32 nsec;
	s32 pad;
};

struct user_statx {
	u32 mask, blksize;
	u64 attributes;
	u32 nlink, uid, gid;
	u16 mode, pad;
	u64 ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	u32 rdev_major, rdev_minor, dev_major, dev_minor;
	u64 mnt_id, spare[13];
};
BUILD_ASSERT(sizeof(struct user_statx) == 256, "struct statx is not the one that programs know");
BUILD_ASSERT(sizeof(struct user_stat) == 128, "struct stat is not the one that programs know");

#define STATX_BASIC_STATS	0x7ffu

static struct statx_time statx_time(u64 ns)
{
	return (struct statx_time){ .sec = (s64)(ns / NS_PER_S), .nsec = (u32)(ns % NS_PER_S) };
}

static long put_statx(struct inode *inode, uintptr_t to)
{
	struct user_statx out;
	struct kstat st;

	inode_stat(inode, &st);
	out = (struct user_statx){
		.mask = STATX_BASIC_STATS, .blksize = st.blksize, .nlink = st.nlink, .uid = st.uid,
		.gid = st.gid, .mode = (u16)st.mode, .ino = st.ino, .size = st.size,
		.blocks = st.blocks, .atime = statx_time(st.atime_ns),
		.ctime = statx_time(st.ctime_ns), .mtime = statx_time(st.mtime_ns),
		.rdev_major = DEV_MAJOR(st.rdev), .rdev_minor = DEV_MINOR(st.rdev),
		.dev_major = DEV_MAJOR(st.dev), .dev_minor = DEV_MINOR(st.dev),
	};
	return copy_to_user(to, &out, sizeof(out)) ? -EFAULT : 0;
}

SYSCALL(statx)
{
	unsigned int flags = (unsigned int)a2;
	struct inode *inode;
	long err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE))
		return -EINVAL;
	err = given_inode(a0, a1, flags, &inode);
	if (err)
		return err;
	err = put_statx(inode, a4);
	inode_put(inode);
	return err;
}

/* ---- file systems ---- */

struct user_statfs {
	s64 type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	s32 fsid[2];
	s64 namelen, frsize, flags, spare[4];
};

static long put_statfs(struct inode *inode, uintptr_t to)
{
	struct user_statfs out;
	struct kstatfs st;

	inode_statfs(inode, &st);
	out = (struct user_statfs){
		.type = (s64)st.type, .bsize = 4096, .blocks = st.blocks, .bfree = st.free,
		.bavail = st.free, .files = st.files, .ffree = st.files_free,
		.fsid = { (s32)st.dev }, .namelen = NAME_MAX, .frsize = 4096, .flags = 0x20,
	};
	return copy_to_user(to, &out, sizeof(out)) ? -EFAULT : 0;
}

SYSCALL(statfs)
{
	struct inode *inode;
	long err = given_inode((unsigned long)AT_FDCWD, a0, 0, &inode);

	if (err)
		return err;
	err = put_statfs(inode, a1);
	inode_put(inode);
	return err;
}

SYSCALL(fstatfs)
{
	struct file *f = current_file(a0);
	long err;

	if (!f)
		return -EBADF;
	err = put_statfs(f->inode, a1);
	file_put(f);
	return err;
}

/* Everything is where it stays as soon as it is written, but what disks may still have to keep. */
SYSCALL(sync)
{
	IF_ENABLED(CONFIG_BLOCK, (void)disks_sync();)
	return 0;
}

static long sync_file(unsigned long fd)
{
	struct file *f = current_file(fd);
	long err = f ? file_sync(f) : -EBADF;

	file_put(f);
	return err;
}

SYSCALL(fsync)
{
	return sync_file(a0);
}

SYSCALL(fdatasync)
{
	return sync_file(a0);
}

SYSCALL(syncfs)
{
	struct file *f = current_file(a0);

	file_put(f);
	return f ? 0 : -EBADF;
}

SYSCALL(fadvise64)
{
	struct file *f = current_file(a0);
	long err = !f ? -EBADF : f->ops->stream ? -ESPIPE : a3 > 5 ? -EINVAL : 0;

	file_put(f);
	return err;
}

/* ---- what is allowed ---- */

/* The user is root, who may all but run what nobody may. */
static long access(unsigned long dirfd, uintptr_t path, unsigned long mode, unsigned int flags)
{
	struct inode *inode;
	long err;

	if (mode & ~7ul || flags & ~(0x200u | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = given_inode(dirfd, path, flags, &inode);
	if (err)
		return err;
	if (mode & 1 && !is_dir(inode) && !(inode->mode & 0111))
		err = -EACCES;
	inode_put(inode);
	return err;
}

SYSCALL(faccessat)
{
	return access(a0, a1, a2, 0);
}

SYSCALL(faccessat2)
{
	return access(a0, a1, a2, (unsigned int)a3);
}

SYSCALL(fchmodat)
{
	struct inode *inode;
	long err = given_inode(a0, a1, 0, &inode);

	if (err)
		return err;
	err = inode_chmod(inode, (u32)a2);
	inode_put(inode);
	return err;
}

SYSCALL(fchmod)
{
	struct file *f = current_file(a0);
	long err = f ? inode_chmod(f->inode, (u32)a1) : -EBADF;

	file_put(f);
	return err;
}

SYSCALL(fchownat)
{
	unsigned int flags = (unsigned int)a4;
	struct inode *inode;
	long err;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = given_inode(a0, a1, flags, &inode);
	if (err)
		return err;
	err = inode_chown(inode, (u32)a2, (u32)a3);
	inode_put(inode);
	return err;
}

SYSCALL(fchown)
{
	struct file *f = current_file(a0);
	long err = f ? inode_chown(f->inode, (u32)a1, (u32)a2) : -EBADF;

	file_put(f);
	return err;
}

/* ---- times and lengths ---- */

#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe

/* NULL: now. */
static long read_times(uintptr_t from, u64 ns[2])
{
	struct { s64 sec, nsec; } given[2];

	ns[0] = ns[1] = TIME_NOW;
	if (!from)
		return 0;
	if (copy_from_user(given, from, sizeof(given)))
		return -EFAULT;
	for (unsigned int i = 0; i < 2; i++) {
		if (given[i].nsec == UTIME_NOW)
			continue;
		if (given[i].nsec != UTIME_OMIT &&
		    (given[i].nsec < 0 || given[i].nsec >= (s64)NS_PER_S))
			return -EINVAL;
		ns[i] = given[i].nsec == UTIME_OMIT ? TIME_KEPT :
			(u64)given[i].sec * NS_PER_S + (u64)given[i].nsec;
	}
	return 0;
}

SYSCALL(utimensat)
{
	struct inode *inode;
	u64 ns[2];
	long err = read_times(a2, ns);

	if (err)
		return err;
	if (a3 & ~(unsigned long)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	/* A descriptor alone is meant where there is no path. */
	err = given_inode(a0, a1, a1 ? (unsigned int)a3 : AT_EMPTY_PATH, &inode);
	if (err)
		return err;
	err = inode_set_times(inode, ns[0], ns[1]);
	inode_put(inode);
	return err;
}

SYSCALL(ftruncate)
{
	struct file *f = current_file(a0);
	long err = !f ? -EBADF : (long)a1 < 0 ? -EINVAL : file_truncate(f, a1);

	file_put(f);
	return err;
}

SYSCALL(truncate)
{
	struct inode *inode;
	long err;

	if ((long)a1 < 0)
		return -EINVAL;
	err = given_inode((unsigned long)AT_FDCWD, a0, 0, &inode);
	if (err)
		return err;
	err = is_dir(inode) ? -EISDIR : inode->file_ops && inode->file_ops->truncate ?
	      inode->file_ops->truncate(inode, a1) : -EINVAL;
	inode_put(inode);
	return err;
}

#define FALLOC_FL_KEEP_SIZE	1ul

SYSCALL(fallocate)
{
	struct file *f = current_file(a0);
	long err = -EBADF;

	if (f && (f->flags & O_ACCMODE) != O_RDONLY)
		err = (long)a2 < 0 || (long)a3 <= 0 ? -EINVAL :
		      a1 & ~FALLOC_FL_KEEP_SIZE ? -EOPNOTSUPP :
		      f->ops->stream ? -ESPIPE :
		      inode_allocate(f->inode, a2, a3, a1 & FALLOC_FL_KEEP_SIZE);
	file_put(f);
	return err;
}
