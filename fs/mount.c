/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * File systems in the places of folders. There are at most MOUNTS_MOST; the first is the root of
 * all, which boot makes, with /dev, /proc and /tmp in it.
 */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>

#include "internal.h"

#define MOUNTS_MOST	32u

static struct mount {
	const struct file_system *fs;	/* [b] NULL: free */
	struct inode *root;		/* [b] a reference */
} mounts[MOUNTS_MOST];			/* [b] */

struct inode *files_root(void)
{
	return mounts[0].root;
}

static const struct file_system *file_system(const char *name)
{
	for (const struct file_system *fs = __file_systems_start; fs < __file_systems_end; fs++) {
		if (!strcmp(fs->name, name))
			return fs;
	}
	return NULL;
}

static struct mount *free_mount(void)
{
	for (struct mount *m = mounts; m < mounts + MOUNTS_MOST; m++) {
		if (!m->fs)
			return m;
	}
	return NULL;
}

static struct mount *mount_of(const struct inode *root)
{
	for (struct mount *m = mounts; m < mounts + MOUNTS_MOST; m++) {
		if (m->fs && m->root == root)
			return m;
	}
	return NULL;
}

/* names_lock is held. */
static int mount_at(struct inode *dir, const struct file_system *fs)
{
	struct mount *m = free_mount(), *here = mount_of(dir);

	if (!is_dir(dir))
		return -ENOTDIR;
	/* What boot has mounted, a script may mount again: it is there. */
	if (here && here->fs == fs && fs->magic == PROC_SUPER_MAGIC)
		return 0;
	if (!m)
		return -ENOSPC;
	m->root = fs->root((u32)(m - mounts) + 1);
	if (!m->root)
		return -ENOMEM;
	m->fs = fs;
	m->root->covered = inode_get(dir);
	dir->mounted = m->root;
	return 0;
}

int path_mount(const struct fs_path *p, const char *type)
{
	const struct file_system *fs = file_system(type);
	struct path_end end;
	int err;

	if (!fs)
		return -ENODEV;
	mutex_lock(&names_lock);
	err = path_walk(p, true, &end);
	if (!err)
		err = end.found ? mount_at(end.found, fs) : -ENOENT;
	mutex_unlock(&names_lock);
	path_end_put(&end);
	return err;
}

/* Does anything but the mount itself refer to it? A folder of it that is in use holds the root. */
static int unmount(struct inode *root, struct inode **gone)
{
	struct mount *m = mount_of(root);

	if (!m || m == mounts)
		return -EINVAL;
	/* One reference is the mount's, one that of the way here. */
	if (__atomic_load_n(&root->refs, __ATOMIC_ACQUIRE) > 2 || root->nr_entries)
		return -EBUSY;
	root->covered->mounted = NULL;
	*gone = root->covered;
	root->covered = NULL;
	m->fs = NULL;
	m->root = NULL;
	inode_put(root);
	return 0;
}

int path_umount(const struct fs_path *p)
{
	struct inode *gone = NULL;
	struct path_end end;
	int err;

	mutex_lock(&names_lock);
	err = path_walk(p, true, &end);
	/* The way may end in the root by name, or by a place in it. */
	if (!err && end.kind != LAST_NAME) {
		inode_put(end.dir);
		end.dir = NULL;
	}
	if (!err)
		err = end.found ? unmount(end.found, &gone) : -ENOENT;
	mutex_unlock(&names_lock);
	inode_put(gone);
	path_end_put(&end);
	return err;
}

void inode_statfs(struct inode *inode, struct kstatfs *st)
{
	const struct mount *m = inode->dev && inode->dev <= MOUNTS_MOST ? &mounts[inode->dev - 1]
									: NULL;

	*st = (struct kstatfs){ .type = m && m->fs ? m->fs->magic : PIPEFS_MAGIC,
				.dev = inode->dev };
	if (st->type != TMPFS_MAGIC)
		return;
	st->blocks = totalram_pages() / 2;
	st->free = st->blocks - min(st->blocks, file_pages_total());
	st->files = st->blocks;
	st->files_free = st->files - min(st->files, inodes_total());
}

bool mount_seen(unsigned int nr, struct mount_seen *seen)
{
	struct fs_place top = { .root = files_root() };
	bool found = false;

	for (; nr < MOUNTS_MOST && !found; nr++) {
		const struct file_system *fs = READ_ONCE(mounts[nr].fs);
		struct inode *root = mounts[nr].root;

		if (!fs)
			return false;
		seen->type = fs->name;
		found = inode_path(&top, root, seen->where, sizeof(seen->where)) > 0;
	}
	return found;
}

const char *name_fault(int err)
{
	switch (err) {
	case -EEXIST:		return "that name is there already; give one of the two another";
	case -ENAMETOOLONG:	return "the name is too long; give it a shorter one";
	case -ENOMEM:
	case -ENOSPC:		return "there is no memory for it; give the machine more";
	default:		return "its folder takes no more names";
	}
}

/* ---- boot ---- */

static void __init tell(const char *path, int err)
{
	if (err)
		pr_err("files: %s cannot be made: %s (error %d)\n", path, name_fault(err), -err);
}

static void __init make_dir(struct fs_place *place, const char *path, u32 mode)
{
	const struct fs_path p = { .place = place, .text = path };

	tell(path, path_mkdir(&p, mode));
}

static void __init make_devices(struct fs_place *place)
{
	char path[32];

	for (const struct file_device *d = __file_devices_start; d < __file_devices_end; d++) {
		const struct fs_path p = { .place = place, .text = path };
		size_t len = d->name ? strlen(d->name) : 0;
		int err = -ENAMETOOLONG;

		if (!d->name)
			continue;
		scnprintf(path, sizeof(path), "/dev/%s", d->name);
		if (len < sizeof(path) - 5)
			err = path_mknod(&p, d->mode, d->rdev);
		tell(path, err);
	}
}

/* Links that programs expect among the devices. */
static void __init make_links(struct fs_place *place)
{
	static const struct { const char *path, *target; } links[] __initconst = {
		{ "/dev/fd", "/proc/self/fd" },
		{ "/dev/stdin", "/proc/self/fd/0" },
		{ "/dev/stdout", "/proc/self/fd/1" },
		{ "/dev/stderr", "/proc/self/fd/2" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		const struct fs_path p = { .place = place, .text = links[i].path };

		tell(links[i].path, path_symlink(&p, links[i].target));
	}
}

int __init files_make_root(void)
{
	const struct file_system *fs = file_system("tmpfs");
	struct fs_path proc = { .text = "/proc" };
	struct fs_place *place;
	int err;

	mounts[0].root = fs->root(1);
	if (!mounts[0].root)
		return -ENOMEM;
	mounts[0].root->mode = S_IFDIR | 0755;
	mounts[0].fs = fs;
	place = place_new();
	if (!place)
		return -ENOMEM;
	place->umask = 0;
	make_dir(place, "/dev", 0755);
	make_dir(place, "/proc", 0555);
	make_dir(place, "/tmp", 01777);
	make_devices(place);
	make_links(place);
	proc.place = place;
	err = path_mount(&proc, "proc");
	if (err)
		pr_err("files: /proc stays empty, for it cannot be mounted: %s (error %d)\n",
		       name_fault(err), -err);
	place_put(place);
	return 0;
}
