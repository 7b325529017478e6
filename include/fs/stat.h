/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_STAT_H
#define FS_STAT_H

#include <kernel/types.h>

/* Modes and flags of files, as programs know them. */
#define S_IFMT		0170000u
#define S_IFSOCK	0140000u
#define S_IFLNK		0120000u
#define S_IFREG		0100000u
#define S_IFBLK		0060000u
#define S_IFDIR		0040000u
#define S_IFCHR		0020000u
#define S_IFIFO		0010000u
#define S_ISUID		0004000u
#define S_ISGID		0002000u
#define S_ISVTX		0001000u

#define S_ISLNK(m)	(((m) & S_IFMT) == S_IFLNK)
#define S_ISREG(m)	(((m) & S_IFMT) == S_IFREG)
#define S_ISDIR(m)	(((m) & S_IFMT) == S_IFDIR)
#define S_ISCHR(m)	(((m) & S_IFMT) == S_IFCHR)
#define S_ISBLK(m)	(((m) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(m)	(((m) & S_IFMT) == S_IFIFO)

#define O_ACCMODE	00000003u
#define O_RDONLY	00000000u
#define O_WRONLY	00000001u
#define O_RDWR		00000002u
#define O_CREAT		00000100u
#define O_EXCL		00000200u
#define O_NOCTTY	00000400u
#define O_TRUNC		00001000u
#define O_APPEND	00002000u
#define O_NONBLOCK	00004000u
#define O_LARGEFILE	00100000u
#define O_DIRECTORY	00200000u
#define O_NOFOLLOW	00400000u
#define O_CLOEXEC	02000000u
#define O_PATH		010000000u
#define O_TMPFILE	020000000u

#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_DATA	3
#define SEEK_HOLE	4

/* A device's number, as stat() shows it. */
#define DEV(major, minor)	(((u32)(major) << 8) | ((minor) & 0xffu) | \
				 (((u32)(minor) & ~0xffu) << 12))
#define DEV_MAJOR(dev)		(((dev) >> 8) & 0xfffu)
#define DEV_MINOR(dev)		(((dev) & 0xffu) | (((dev) >> 12) & ~0xffu))

/* What is known of a file; the system calls put it into the forms that programs want. */
struct kstat {
	u64 ino, size, blocks;		/* blocks of 512 bytes */
	u32 dev, rdev, mode, nlink, uid, gid, blksize;
	u64 atime_ns, mtime_ns, ctime_ns;
};

/* Of a file system. */
struct kstatfs {
	u64 type, blocks, free, files, files_free;
	u32 dev;
};

#define TMPFS_MAGIC	0x01021994u
#define PROC_SUPER_MAGIC 0x9fa0u
#define PIPEFS_MAGIC	0x50495045u

#endif /* FS_STAT_H */
