/* SPDX-License-Identifier: BSD-2-Clause */
/* Files are found and opened by their paths, and made where they are not there. */
#include <kernel/errno.h>
#include <mm/slab.h>
#include <fs/clock.h>

#include "internal.h"

int path_inode(const struct fs_path *p, bool follow, struct inode **found)
{
	struct path_end end;
	int err;

	mutex_lock(&names_lock);
	err = path_walk(p, follow, &end);
	mutex_unlock(&names_lock);
	if (err)
		return err;
	*found = end.found;
	end.found = NULL;
	path_end_put(&end);
	return *found ? 0 : -ENOENT;
}

int dir_make(struct path_end *end, u32 mode, u32 rdev, struct inode **made)
{
	struct inode *dir = end->dir, *inode;
	int err;

	if (end->found || end->kind != LAST_NAME)
		return -EEXIST;
	/* Only a folder's name may end in a slash. */
	if (end->slash && !S_ISDIR(mode))
		return -ENOENT;
	if (!dir->nlink)
		return -ENOENT;
	if (!dir->ops->make)
		return -EACCES;
	inode = dir->ops->make(dir, mode, rdev);
	err = inode ? dir_add(dir, end->name, end->len, inode) : -ENOMEM;
	if (err) {
		inode_put(inode);
		return err;
	}
	if (S_ISDIR(mode)) {
		inode->parent = inode_get(dir);
		dir->nlink++;
	}
	dir->mtime_ns = dir->ctime_ns = files_clock_ns();
	*made = inode;
	return 0;
}

/* What flags ask of what the path leads to. */
static int check_open(const struct path_end *end, unsigned int flags)
{
	const struct inode *inode = end->found;

	if (S_ISLNK(inode->mode))
		return flags & O_PATH ? 0 : -ELOOP;
	if (flags & O_DIRECTORY && !is_dir(inode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (is_dir(inode) && ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC)))
		return -EISDIR;
	return 0;
}

/* The inode to be opened, with a reference; *made: it is new. names_lock is held. */
static int find_or_make(const struct fs_path *p, unsigned int flags, u32 mode,
			struct path_end *end, bool *made)
{
	bool follow = !(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	struct inode *inode;
	int err = path_walk(p, follow, end);

	*made = false;
	if (err)
		return err;
	if (end->found) {
		if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
			return -EEXIST;
		return check_open(end, flags);
	}
	if (!(flags & O_CREAT))
		return -ENOENT;
	if (end->slash)
		return -EISDIR;
	err = dir_make(end, S_IFREG | (mode & 07777 & ~p->place->umask), 0, &inode);
	if (err)
		return err == -EACCES && !end->dir->ops->make ? -ENOENT : err;
	end->found = inode_get(inode);
	*made = true;
	return 0;
}

static int open_inode(struct inode *inode, unsigned int flags, bool made, struct file **opened)
{
	unsigned int kept = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
	struct file *f;
	int err = 0;

	/* O_PATH comes without O_TRUNC. */
	if (flags & O_TRUNC && !made && inode->file_ops->truncate)
		err = inode->file_ops->truncate(inode, 0);
	if (err)
		return err;
	f = file_new(inode, inode->file_ops, kept | (flags & O_NOCTTY));
	if (!f)
		return -ENOMEM;
	if (!(flags & O_PATH) && f->ops->open)
		err = f->ops->open(f);
	f->flags = kept;
	if (!err) {
		*opened = f;
		return 0;
	}
	/* It was never open. */
	inode_put(f->inode);
	file_free(f);
	return err;
}

int path_open(const struct fs_path *p, unsigned int flags, u32 mode, struct file **f)
{
	struct path_end end;
	bool made;
	int err;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	mutex_lock(&names_lock);
	err = find_or_make(p, flags, mode, &end, &made);
	mutex_unlock(&names_lock);
	if (!err)
		err = open_inode(end.found, flags, made, f);
	path_end_put(&end);
	return err;
}

int path_open_exec(const struct fs_path *p, struct file **f)
{
	int err = path_open(p, O_RDONLY, 0, f);

	if (err)
		return err;
	if (S_ISREG((*f)->inode->mode) && (*f)->inode->mode & 0111)
		return 0;
	file_put(*f);
	return -EACCES;
}

/* ---- places ---- */

struct fs_place *place_new(void)
{
	struct fs_place *place = kzalloc(sizeof(*place), GFP_KERNEL | __GFP_NOWARN);

	if (!place)
		return NULL;
	place->refs = 1;
	place->umask = 022;
	place->root = inode_get(files_root());
	place->cwd = inode_get(files_root());
	return place;
}

struct fs_place *place_fork(struct fs_place *old)
{
	struct fs_place *place = kzalloc(sizeof(*place), GFP_KERNEL | __GFP_NOWARN);

	if (!place)
		return NULL;
	mutex_lock(&names_lock);
	*place = (struct fs_place){ .refs = 1, .umask = old->umask,
				    .root = inode_get(old->root), .cwd = inode_get(old->cwd) };
	mutex_unlock(&names_lock);
	return place;
}

struct fs_place *place_share(struct fs_place *place)
{
	__atomic_fetch_add(&place->refs, 1, __ATOMIC_RELAXED);
	return place;
}

void place_put(struct fs_place *place)
{
	if (!place || __atomic_sub_fetch(&place->refs, 1, __ATOMIC_ACQ_REL))
		return;
	inode_put(place->root);
	inode_put(place->cwd);
	kfree(place);
}

static int move_place(struct inode **place, struct inode *dir)
{
	struct inode *old;

	if (!is_dir(dir))
		return -ENOTDIR;
	mutex_lock(&names_lock);
	old = *place;
	*place = inode_get(dir);
	mutex_unlock(&names_lock);
	inode_put(old);
	return 0;
}

int path_chdir(struct fs_place *place, struct inode *dir)
{
	return move_place(&place->cwd, dir);
}

int path_chroot(struct fs_place *place, struct inode *dir)
{
	return move_place(&place->root, dir);
}
