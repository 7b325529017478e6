/* SPDX-License-Identifier: BSD-2-Clause */
/* Links below /proc/<pid>: where the process is, and which program it runs. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <fs/file.h>
#include <fs/path.h>
#include <fs/proc.h>
#include <mm/slab.h>

#include "internal.h"

/* The place of a process, with a reference; NULL: it has ended. */
static struct fs_place *place_of(int pid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *p = find_process(pid);
	struct fs_place *place = p && p->place ? place_share(p->place) : NULL;

	spin_unlock_irqrestore(&process_lock, flags);
	return place;
}

/* Without its end, and no more than there is room for. names_lock is held. */
static long put_path(const struct fs_place *place, struct inode *inode, char *buf, size_t size)
{
	char *path = kmalloc(PATH_MAX, GFP_KERNEL | __GFP_NOWARN);
	long len = path ? inode_path_locked(place, inode, path, PATH_MAX) : -ENOMEM;

	if (len > 0) {
		len = (long)min((size_t)len - 1, size);
		memcpy(buf, path, (size_t)len);
	}
	kfree(path);
	return len;
}

static long link_cwd(int pid, char *buf, size_t size)
{
	struct fs_place *place = place_of(pid);
	long len;

	if (!place)
		return -ESRCH;
	len = put_path(place, place->cwd, buf, size);
	place_put(place);
	return len;
}

PROC_LINK(cwd, link_cwd);

static long link_root(int pid, char *buf, size_t size)
{
	const struct fs_place top = { .root = files_root() };
	struct fs_place *place = place_of(pid);
	long len;

	if (!place)
		return -ESRCH;
	len = put_path(&top, place->root, buf, size);
	place_put(place);
	return len;
}

PROC_LINK(root, link_root);

static struct address_space *space_of(int pid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *p = find_process(pid);
	struct address_space *s = p ? p->space : NULL;

	if (s)
		space_get(s);
	spin_unlock_irqrestore(&process_lock, flags);
	return s;
}

/* The file that the first text is of: the program's own lies lowest. */
static long link_exe(int pid, char *buf, size_t size)
{
	const struct fs_place top = { .root = files_root() };
	struct address_space *s = space_of(pid);
	struct region r = { .end = 0 };
	long len = -ENOENT;

	while (s && len == -ENOENT && space_next_region(s, r.end, &r)) {
		if (r.file && r.ops == &file_backing && r.rights & VM_EXEC)
			len = put_path(&top, ((struct file *)r.file)->inode, buf, size);
		if (r.file)
			r.ops->put(r.file);
	}
	if (s)
		space_put(s);
	return len;
}

PROC_LINK(exe, link_exe);
