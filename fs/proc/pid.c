/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of a process: files whose rows the storey of processes has, and fd. */
#include <kernel/errno.h>
#include <kernel/rows.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <fs/proc.h>
#include <fs/tasks.h>

#include "pid.h"
#include "text.h"

#define FD		"fd"
#define PID_DIGITS	9u

static const struct row_table rows = ROW_TABLE(__proc_files_start, __proc_files_end);

int proc_number(const char *name, size_t len)
{
	int number = 0;

	if (!len || len > PID_DIGITS || *name == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		number = number * 10 + (name[i] - '0');
	}
	return number;
}

/* ---- a file, a link ---- */

static int show_file(struct seq_file *m, struct inode *inode)
{
	const struct proc_file *row = inode->row;

	return row->show(m, (int)inode->number);
}

static long pid_file_read(struct file *f, struct io *io, u64 *pos)
{
	return proc_text_read(f, io, pos, show_file);
}

static const struct file_ops pid_file_ops = {
	.read = pid_file_read, .release = proc_text_release,
};
static const struct inode_ops pid_file_inode_ops = { .release = NULL };

static long pid_readlink(struct inode *link, char *buf, size_t size)
{
	const struct proc_file *row = link->row;

	return row->link((int)link->number, buf, size);
}

static const struct inode_ops pid_link_inode_ops = { .readlink = pid_readlink };

/* ---- the folder ---- */

static int pid_lookup_name(struct inode *dir, const char *name, size_t len, struct inode **found)
{
	const struct proc_file *row = row_find(&rows, name, len);

	if (len == strlen(FD) && !memcmp(name, FD, len))
		*found = proc_inode(dir, S_IFDIR | 0500, &proc_fd_ops, dir->file_ops);
	else if (row && row->link)
		*found = proc_inode(dir, S_IFLNK | 0777, &pid_link_inode_ops, NULL);
	else if (row)
		*found = proc_inode(dir, S_IFREG | 0444, &pid_file_inode_ops, &pid_file_ops);
	else
		return -ENOENT;
	if (!*found)
		return -ENOMEM;
	(*found)->number = dir->number;
	if (row)
		(*found)->row = row;
	return 0;
}

static int pid_next(struct inode *dir, u64 *pos, struct dir_seen *seen)
{
	const struct proc_file *row = NULL;
	const char *name = FD;

	for (u64 nr = 3; nr <= *pos; nr++) {
		row = row_after(&rows, row ? row->name : NULL);
		if (!row)
			return 0;
		name = row->name;
	}
	*seen = (struct dir_seen){ .ino = dir->ino + *pos, .len = (u32)strlen(name),
				   .mode = !row ? S_IFDIR : row->link ? S_IFLNK : S_IFREG };
	memcpy(seen->name, name, seen->len + 1);
	++*pos;
	return 1;
}

static long pid_name(struct inode *dir, char *buf)
{
	return (long)scnprintf(buf, NAME_MAX, "%ld", dir->number);
}

static const struct inode_ops pid_inode_ops = {
	.lookup = pid_lookup_name, .next = pid_next, .name = pid_name,
};

int proc_pid_lookup(struct inode *dir, int pid, struct inode **found)
{
	if (file_tasks->next(pid - 1) != pid)
		return -ENOENT;
	*found = proc_inode(dir, S_IFDIR | 0555, &pid_inode_ops, dir->file_ops);
	if (!*found)
		return -ENOMEM;
	(*found)->number = pid;
	return 0;
}
