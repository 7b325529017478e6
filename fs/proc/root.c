/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc as a file system: the views, the running program's own folder, and a folder for each
 * process. Nothing of it is kept: an inode comes with the look at its name, and goes with its last
 * user.
 */
#include <kernel/errno.h>
#include <kernel/rows.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <fs/path.h>
#include <fs/proc.h>
#include <fs/tasks.h>
#include <fs/view.h>

#include "pid.h"
#include "text.h"

#define SELF		"self"
/* Places in the folder: views, then the link, then processes by their numbers. */
#define PLACE_SELF	0x8000ull
#define PLACE_PIDS	0x10000ull

/* ---- a view ---- */

static int show_view(struct seq_file *m, struct inode *inode)
{
	const struct view *view = inode->row;

	view->show(m);
	return 0;
}

static long view_read(struct file *f, struct io *io, u64 *pos)
{
	return proc_text_read(f, io, pos, show_view);
}

static const struct file_ops view_file_ops = {
	.read = view_read, .release = proc_text_release,
};
static const struct inode_ops view_inode_ops = { .release = NULL };

struct inode *proc_inode(struct inode *dir, u32 mode, const struct inode_ops *ops,
			 const struct file_ops *file_ops)
{
	struct inode *inode = inode_new(mode, dir->dev);

	if (!inode)
		return NULL;
	inode->ops = ops;
	inode->file_ops = file_ops;
	if (S_ISDIR(mode))
		inode->parent = inode_get(dir);
	return inode;
}

/* ---- the link ---- */

static long self_readlink(struct inode *link, char *buf, size_t size)
{
	char text[12];
	size_t len;
	int pid = file_tasks->pid();

	(void)link;
	if (!pid)
		return -ENOENT;
	len = scnprintf(text, sizeof(text), "%d", pid);
	memcpy(buf, text, min(len, size));
	return (long)min(len, size);
}

static const struct inode_ops self_inode_ops = { .readlink = self_readlink };

/* ---- the folder ---- */

static bool is_name(const char *name, size_t len, const char *of)
{
	return len == strlen(of) && !memcmp(name, of, len);
}

static struct inode *look_view(struct inode *dir, const char *name, size_t len)
{
	const struct row_table views = ROW_TABLE(__views_start, __views_end);
	const struct view *view = row_find(&views, name, len);
	struct inode *inode = view ? proc_inode(dir, S_IFREG | 0444, &view_inode_ops,
						&view_file_ops) : NULL;

	if (inode)
		inode->row = view;
	return inode;
}

static int root_lookup(struct inode *dir, const char *name, size_t len, struct inode **found)
{
	if (is_name(name, len, SELF))
		*found = proc_inode(dir, S_IFLNK | 0777, &self_inode_ops, NULL);
	else if (proc_number(name, len) > 0)
		return proc_pid_lookup(dir, proc_number(name, len), found);
	else
		*found = look_view(dir, name, len);
	return *found ? 0 : -ENOENT;
}

static void see(struct dir_seen *seen, u64 ino, u32 mode, const char *name)
{
	*seen = (struct dir_seen){ .ino = ino, .mode = mode, .len = (u32)strlen(name) };
	memcpy(seen->name, name, seen->len + 1);
}

static int root_next(struct inode *dir, u64 *pos, struct dir_seen *seen)
{
	const struct view *view = NULL;
	char name[12];
	int pid;

	(void)dir;
	if (*pos < PLACE_SELF) {
		for (u64 nr = 2; nr <= *pos; nr++) {
			view = view_after(view ? view->name : NULL);
			if (!view)
				break;
		}
		if (view) {
			see(seen, *pos, S_IFREG, view->name);
			++*pos;
			return 1;
		}
		*pos = PLACE_SELF;
	}
	if (*pos == PLACE_SELF) {
		see(seen, *pos, S_IFLNK, SELF);
		*pos = PLACE_PIDS;
		return 1;
	}
	pid = file_tasks->next((int)(*pos - PLACE_PIDS));
	if (!pid)
		return 0;
	scnprintf(name, sizeof(name), "%d", pid);
	see(seen, PLACE_PIDS + (u64)pid, S_IFDIR, name);
	*pos = PLACE_PIDS + (u64)pid;
	return 1;
}

static const struct inode_ops root_inode_ops = { .lookup = root_lookup, .next = root_next };

static struct inode *proc_root(u32 dev)
{
	struct inode *root = inode_new(S_IFDIR | 0555, dev);

	if (!root)
		return NULL;
	root->ops = &root_inode_ops;
	root->file_ops = dir_file_ops();
	return root;
}

FILE_SYSTEM(proc, PROC_SUPER_MAGIC, proc_root);

/* ---- what is mounted, and what can be ---- */

static void mounts_show(struct seq_file *m)
{
	struct mount_seen seen;

	for (unsigned int nr = 0; mount_seen(nr, &seen); nr++)
		seq_printf(m, "%s %s %s rw%s 0 0\n", nr ? seen.type : "rootfs", seen.where,
			   nr ? seen.type : "rootfs", nr ? ",relatime" : "");
}

VIEW(mounts, mounts_show);

static void filesystems_show(struct seq_file *m)
{
	for (const struct file_system *fs = __file_systems_start; fs < __file_systems_end; fs++)
		seq_printf(m, "nodev\t%s\n", fs->name);
}

VIEW(filesystems, filesystems_show);
