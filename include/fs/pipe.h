/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include <fs/file.h>

/* Writes of so many bytes are never torn apart; a pipe holds PIPE_BYTES. */
#define PIPE_BUF	4096u
#define PIPE_BYTES	65536u

/* Two ends of a new pipe: 0 for reading, 1 for writing. flags: O_NONBLOCK. */
int pipe_open(struct file *ends[2], unsigned int flags) __must_check;
extern const struct file_ops fifo_file_ops;
/* Bytes that can be read; -EINVAL: it is no pipe. */
long pipe_waiting(struct file *f);
/* The end of an inode of one with a name. */
void fifo_inode_release(struct inode *inode);

#endif /* FS_PIPE_H */
