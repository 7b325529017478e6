/* SPDX-License-Identifier: BSD-2-Clause */
/* Names come, go, and become others. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/slab.h>
#include <fs/clock.h>

#include "internal.h"

static void changed(struct inode *dir)
{
	dir->mtime_ns = dir->ctime_ns = files_clock_ns();
}

/* ---- names that come ---- */

int path_mknod(const struct fs_path *p, u32 mode, u32 rdev)
{
	struct path_end end;
	struct inode *made;
	int err;

	mutex_lock(&names_lock);
	err = path_walk(p, false, &end);
	if (!err)
		err = dir_make(&end, mode & ~(p->place->umask & 0777), rdev, &made);
	mutex_unlock(&names_lock);
	path_end_put(&end);
	return err;
}

int path_mkdir(const struct fs_path *p, u32 mode)
{
	return path_mknod(p, S_IFDIR | (mode & 01777), 0);
}

int path_symlink(const struct fs_path *p, const char *target)
{
	size_t len = strlen(target);
	struct path_end end;
	struct inode *made;
	char *text;
	int err;

	if (!len)
		return -ENOENT;
	text = kmalloc(len, GFP_KERNEL | __GFP_NOWARN);
	if (!text)
		return -ENOMEM;
	memcpy(text, target, len);
	mutex_lock(&names_lock);
	err = path_walk(p, false, &end);
	if (!err)
		err = dir_make(&end, S_IFLNK | 0777, 0, &made);
	if (!err) {
		made->target = text;
		made->size = len;
	}
	mutex_unlock(&names_lock);
	if (err)
		kfree(text);
	path_end_put(&end);
	return err;
}

static int link_locked(struct inode *inode, struct path_end *to)
{
	int err;

	if (to->found || to->kind != LAST_NAME)
		return -EEXIST;
	if (to->slash || !to->dir->nlink || !inode->nlink)
		return -ENOENT;
	if (inode->dev != to->dir->dev || !to->dir->ops->make)
		return -EXDEV;
	if (is_dir(inode))
		return -EPERM;
	err = dir_add(to->dir, to->name, to->len, inode_get(inode));
	if (err) {
		inode_put(inode);
		return err;
	}
	inode->nlink++;
	inode->ctime_ns = files_clock_ns();
	changed(to->dir);
	return 0;
}

int path_link(struct inode *inode, const struct fs_path *to)
{
	struct path_end end;
	int err;

	mutex_lock(&names_lock);
	err = path_walk(to, false, &end);
	if (!err)
		err = link_locked(inode, &end);
	mutex_unlock(&names_lock);
	path_end_put(&end);
	return err;
}

/* ---- names that go ---- */

/* Takes a name away; the inode's reference is the caller's. */
static struct inode *remove_name(struct path_end *end)
{
	struct dir_entry *e = dir_find(end->dir, end->name, end->len);
	struct inode *inode = dir_remove(end->dir, e);

	if (is_dir(inode)) {
		inode->nlink = 0;
		end->dir->nlink--;
	} else {
		inode->nlink--;
	}
	inode->ctime_ns = files_clock_ns();
	changed(end->dir);
	return inode;
}

/* Is something mounted there? */
static bool is_busy(const struct inode *found)
{
	return found->covered || found->mounted;
}

static int check_remove(const struct path_end *end, bool folder)
{
	if (folder && end->kind == LAST_DOT)
		return -EINVAL;
	if (folder && end->kind == LAST_DOTDOT)
		return -ENOTEMPTY;
	if (end->kind != LAST_NAME)
		return folder ? -EBUSY : -EISDIR;
	if (!end->found)
		return -ENOENT;
	if (is_busy(end->found))
		return -EBUSY;
	if (!end->dir->ops->make)
		return -EPERM;
	if (!folder)
		return is_dir(end->found) ? -EISDIR : end->slash ? -ENOTDIR : 0;
	return !is_dir(end->found) ? -ENOTDIR : end->found->nr_entries ? -ENOTEMPTY : 0;
}

static int remove_path(const struct fs_path *p, bool folder)
{
	struct inode *gone = NULL;
	struct path_end end;
	int err;

	mutex_lock(&names_lock);
	err = path_walk(p, false, &end);
	if (!err)
		err = check_remove(&end, folder);
	if (!err)
		gone = remove_name(&end);
	mutex_unlock(&names_lock);
	inode_put(gone);
	path_end_put(&end);
	return err;
}

int path_unlink(const struct fs_path *p)
{
	return remove_path(p, false);
}

int path_rmdir(const struct fs_path *p)
{
	return remove_path(p, true);
}

/* ---- rename ---- */

static int check_rename(const struct path_end *from, const struct path_end *to, unsigned int flags)
{
	const struct inode *moved = from->found, *hit = to->found;

	if (from->kind != LAST_NAME || to->kind != LAST_NAME)
		return -EBUSY;
	if (!moved)
		return -ENOENT;
	if (hit && flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (!to->dir->nlink)
		return -ENOENT;
	if (from->dir->dev != to->dir->dev || moved->dev != from->dir->dev)
		return is_busy(moved) ? -EBUSY : -EXDEV;
	if (is_busy(moved) || (hit && is_busy(hit)))
		return -EBUSY;
	if (!from->dir->ops->make || !to->dir->ops->make)
		return -EPERM;
	if (!is_dir(moved) && (from->slash || to->slash))
		return -ENOTDIR;
	if (is_dir(moved) && dir_is_ancestor(moved, to->dir))
		return -EINVAL;
	if (!hit || hit == moved)
		return 0;
	if (dir_is_ancestor(hit, from->dir))
		return -ENOTEMPTY;
	if (is_dir(moved) != is_dir(hit))
		return is_dir(moved) ? -ENOTDIR : -EISDIR;
	return is_dir(hit) && hit->nr_entries ? -ENOTEMPTY : 0;
}

/* The new name is there before the old one goes, and nothing is lost when there is no memory. */
static int rename_locked(struct path_end *from, struct path_end *to, struct inode **gone)
{
	struct inode *moved = from->found;
	struct dir_entry *hit, *old;
	int err = 0;

	if (moved == to->found)
		return 0;
	hit = dir_find(to->dir, to->name, to->len);
	if (hit) {
		*gone = hit->inode;
		hit->inode = inode_get(moved);
		(*gone)->entry = (*gone)->entry == hit ? NULL : (*gone)->entry;
		(*gone)->nlink = is_dir(*gone) ? 0 : (*gone)->nlink - 1;
		to->dir->nlink -= is_dir(*gone);
	} else {
		err = dir_add(to->dir, to->name, to->len, inode_get(moved));
		hit = err ? NULL : dir_find(to->dir, to->name, to->len);
	}
	if (err) {
		inode_put(moved);
		return err;
	}
	old = dir_find(from->dir, from->name, from->len);
	inode_put(dir_remove(from->dir, old));
	moved->entry = hit;
	if (is_dir(moved)) {
		from->dir->nlink--;
		to->dir->nlink++;
		inode_get(to->dir);
		inode_put(moved->parent);
		moved->parent = to->dir;
	}
	moved->ctime_ns = files_clock_ns();
	changed(from->dir);
	changed(to->dir);
	return 0;
}

int path_rename(const struct fs_path *from, const struct fs_path *to, unsigned int flags)
{
	struct path_end old, new = { .kind = LAST_ROOT };
	struct inode *gone = NULL;
	int err;

	if (flags & ~RENAME_NOREPLACE)
		return -EINVAL;
	mutex_lock(&names_lock);
	err = path_walk(from, false, &old);
	if (!err)
		err = path_walk(to, false, &new);
	if (!err)
		err = check_rename(&old, &new, flags);
	if (!err)
		err = rename_locked(&old, &new, &gone);
	mutex_unlock(&names_lock);
	inode_put(gone);
	path_end_put(&old);
	path_end_put(&new);
	return err;
}

/* ---- names that are asked for ---- */

/* The name of what is not a root, and the folder that it is in. */
static long name_in_parent(struct inode **inode, char *name)
{
	struct inode *of = *inode;
	long len;

	if (is_dir(of)) {
		len = of->ops->name(of, name);
		*inode = of->parent;
		return len;
	}
	if (!of->entry)
		return -ENOENT;
	memcpy(name, of->entry->name, of->entry->len);
	*inode = of->entry->dir;
	return of->entry->len;
}

/* Writes a path to the end of buf, from the root down; returns where it begins. */
static long path_backwards(const struct fs_place *place, struct inode *inode, char *buf,
			   size_t size)
{
	char name[NAME_MAX + 1];
	size_t at = size - 1;

	buf[at] = '\0';
	while (inode != place->root && (inode->covered || inode->parent || !is_dir(inode))) {
		long len;

		if (inode->covered) {
			inode = inode->covered;
			continue;
		}
		len = name_in_parent(&inode, name);
		if (len < 0)
			return len;
		if ((size_t)len + 1 > at)
			return -ERANGE;
		at -= (size_t)len;
		memcpy(buf + at, name, (size_t)len);
		buf[--at] = '/';
	}
	if (!buf[at]) {
		if (!at)
			return -ERANGE;
		buf[--at] = '/';
	}
	return (long)at;
}

long inode_path_locked(const struct fs_place *place, struct inode *inode, char *buf, size_t size)
{
	long at;

	if (!size)
		return -ERANGE;
	at = !inode->nlink ? -ENOENT : path_backwards(place, inode, buf, size);
	if (at < 0)
		return at;
	memmove(buf, buf + at, size - (size_t)at);
	return (long)(size - (size_t)at);
}

long inode_path(const struct fs_place *place, struct inode *inode, char *buf, size_t size)
{
	long len;

	mutex_lock(&names_lock);
	len = inode_path_locked(place, inode, buf, size);
	mutex_unlock(&names_lock);
	return len;
}

long path_getcwd(struct fs_place *place, char *buf, size_t size)
{
	return inode_path(place, place->cwd, buf, size);
}

long inode_readlink(struct inode *link, char *buf, size_t size)
{
	long len;

	if (!S_ISLNK(link->mode))
		return -EINVAL;
	mutex_lock(&names_lock);
	len = link->ops->readlink(link, buf, size);
	mutex_unlock(&names_lock);
	return len;
}
