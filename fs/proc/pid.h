/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PROC_PID_H
#define FS_PROC_PID_H

#include <fs/file.h>

/* ---- root.c ---- */

/* An inode of /proc's; of a folder, dir is the parent. NULL: no memory. */
struct inode *proc_inode(struct inode *dir, u32 mode, const struct inode_ops *ops,
			 const struct file_ops *file_ops);

/* ---- pid.c ---- */

/* The number that a name is; 0: none. */
int proc_number(const char *name, size_t len);
int proc_pid_lookup(struct inode *dir, int pid, struct inode **found);

/* ---- fd.c ---- */

extern const struct inode_ops proc_fd_ops;

#endif /* FS_PROC_PID_H */
