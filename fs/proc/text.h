/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PROC_TEXT_H
#define FS_PROC_TEXT_H

#include <kernel/seq_file.h>
#include <fs/file.h>

/*
 * Files whose text is made when it is read: at the first read, and again at each read from the
 * beginning. What several reads get is one text.
 */
struct proc_text;

/* What a file of that kind does: show is asked for its text with the file's inode; an error is what
 * the read returns. */
long proc_text_read(struct file *f, struct io *io, u64 *pos,
		    int (*show)(struct seq_file *m, struct inode *inode));
void proc_text_release(struct file *f);

#endif /* FS_PROC_TEXT_H */
