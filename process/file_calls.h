/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_FILE_CALLS_H
#define PROCESS_FILE_CALLS_H

/* What the system calls about files share, grouped by owning file. */

#include <kernel/errno.h>
#include <kernel/uaccess.h>
#include <fs/files.h>
#include <fs/path.h>
#include <process/process.h>
#include <process/syscalls.h>

/* ---- file_paths.c ---- */

#define AT_FDCWD		(-100)
#define AT_SYMLINK_NOFOLLOW	0x100u
#define AT_REMOVEDIR		0x200u
#define AT_SYMLINK_FOLLOW	0x400u
#define AT_NO_AUTOMOUNT		0x800u
#define AT_EMPTY_PATH		0x1000u
#define AT_STATX_SYNC_TYPE	0x6000u

/* A path that the program gave, from an open folder on. */
#define GIVEN_FEW	128u		/* bytes of a path that need no memory */
struct given_path {
	struct fs_path path;
	char *text;			/* few, or memory of its own */
	struct file *dir;
	char few[GIVEN_FEW];
};

/* 0, -EFAULT, -ENAMETOOLONG, -EBADF, -ENOMEM; given_path_end() in any case. */
int given_path_begin(struct given_path *g, unsigned long dirfd, uintptr_t path) __must_check;
void given_path_end(struct given_path *g);
/* The inode that dirfd, path and the flags AT_... mean, with a reference. */
int given_inode(unsigned long dirfd, uintptr_t path, unsigned int flags,
		struct inode **inode) __must_check;

static inline struct files *current_files(void)
{
	return calling_process()->files;
}

/* With a reference; NULL: -EBADF. */
static inline struct file *current_file(unsigned long fd)
{
	return files_get(current_files(), (unsigned int)fd);
}

#endif /* PROCESS_FILE_CALLS_H */
