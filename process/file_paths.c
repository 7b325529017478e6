/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that open, make, rename and remove by a path. */
#include <mm/slab.h>

#include "file_calls.h"

/* ---- paths as programs give them ---- */

static int copy_text(uintptr_t from, char **text)
{
	long len;

	*text = kmalloc(PATH_MAX, GFP_KERNEL | __GFP_NOWARN);
	if (!*text)
		return -ENOMEM;
	len = copy_string_from_user(*text, from, PATH_MAX);
	return len < 0 ? (int)len : 0;
}

int given_path_begin(struct given_path *g, unsigned long dirfd, uintptr_t path)
{
	int err;

	g->path.place = current_process()->place;
	g->path.start = NULL;
	g->dir = NULL;
	g->text = g->few;
	err = (int)copy_string_from_user(g->few, path, sizeof(g->few));
	if (unlikely(err == -ENAMETOOLONG))
		err = copy_text(path, &g->text);
	if (unlikely(err < 0))
		return err;
	g->path.text = g->text;
	if ((int)dirfd == AT_FDCWD || *g->text == '/')
		return 0;
	g->dir = current_file(dirfd);
	if (!g->dir)
		return -EBADF;
	g->path.start = g->dir->inode;
	return *g->text && !is_dir(g->dir->inode) ? -ENOTDIR : 0;
}

void given_path_end(struct given_path *g)
{
	if (unlikely(g->dir))
		file_put(g->dir);
	if (unlikely(g->text != g->few))
		kfree(g->text);
}

static int inode_of_file(unsigned long fd, struct inode **inode)
{
	struct file *f;

	if ((int)fd == AT_FDCWD) {
		const struct fs_path here = { .place = current_process()->place, .text = "." };

		return path_inode(&here, true, inode);
	}
	f = current_file(fd);
	if (!f)
		return -EBADF;
	*inode = inode_get(f->inode);
	file_put(f);
	return 0;
}

int given_inode(unsigned long dirfd, uintptr_t path, unsigned int flags, struct inode **inode)
{
	struct given_path g;
	int err;

	/* Newer programs say NULL for an empty path. */
	if (!path && flags & AT_EMPTY_PATH)
		return inode_of_file(dirfd, inode);
	err = given_path_begin(&g, dirfd, path);
	if (!err && !*g.text)
		err = flags & AT_EMPTY_PATH ? inode_of_file(dirfd, inode) : -ENOENT;
	else if (!err)
		err = path_inode(&g.path, !(flags & AT_SYMLINK_NOFOLLOW), inode);
	given_path_end(&g);
	return err;
}

/* ---- open ---- */

SYSCALL(openat)
{
	unsigned int flags = (unsigned int)a2;
	struct given_path g;
	struct file *f;
	int err;

	err = given_path_begin(&g, a0, a1);
	if (!err)
		err = path_open(&g.path, flags, (u32)a3, &f);
	given_path_end(&g);
	if (err)
		return err;
	err = files_add(current_files(), f, 0, flags & O_CLOEXEC);
	if (err < 0)
		file_put(f);
	return err;
}

SYSCALL(umask)
{
	struct fs_place *place = current_process()->place;
	u32 old = place->umask;

	place->umask = (u32)a0 & 0777;
	return old;
}

/* ---- names that come and go ---- */

SYSCALL(mknodat)
{
	u32 mode = (u32)a2, kind = mode & S_IFMT;
	struct given_path g;
	int err = given_path_begin(&g, a0, a1);

	if (!kind)
		kind = S_IFREG;
	if (!err && kind == S_IFDIR)
		err = -EPERM;
	else if (!err && kind != S_IFREG && kind != S_IFCHR && kind != S_IFBLK && kind != S_IFIFO)
		err = -EINVAL;
	if (!err)
		err = path_mknod(&g.path, kind | (mode & 07777), (u32)a3);
	given_path_end(&g);
	return err;
}

SYSCALL(mkdirat)
{
	struct given_path g;
	int err = given_path_begin(&g, a0, a1);

	if (!err)
		err = path_mkdir(&g.path, (u32)a2);
	given_path_end(&g);
	return err;
}

SYSCALL(unlinkat)
{
	struct given_path g;
	int err;

	if (a2 & ~(unsigned long)AT_REMOVEDIR)
		return -EINVAL;
	err = given_path_begin(&g, a0, a1);
	if (!err)
		err = a2 & AT_REMOVEDIR ? path_rmdir(&g.path) : path_unlink(&g.path);
	given_path_end(&g);
	return err;
}

SYSCALL(symlinkat)
{
	struct given_path g;
	char *target;
	int err = copy_text(a0, &target);

	if (!err) {
		err = given_path_begin(&g, a1, a2);
		if (!err)
			err = path_symlink(&g.path, target);
		given_path_end(&g);
	}
	kfree(target);
	return err;
}

SYSCALL(linkat)
{
	unsigned int flags = (unsigned int)a4;
	struct inode *inode;
	struct given_path to;
	int err;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	err = given_inode(a0, a1, (flags & AT_EMPTY_PATH) |
			  (flags & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW), &inode);
	if (err)
		return err;
	err = given_path_begin(&to, a2, a3);
	if (!err)
		err = path_link(inode, &to.path);
	given_path_end(&to);
	inode_put(inode);
	return err;
}

SYSCALL(renameat2)
{
	struct given_path from, to;
	int err;

	err = given_path_begin(&from, a0, a1);
	if (!err) {
		err = given_path_begin(&to, a2, a3);
		if (!err)
			err = path_rename(&from.path, &to.path, (unsigned int)a4);
		given_path_end(&to);
	}
	given_path_end(&from);
	return err;
}

SYSCALL(readlinkat)
{
	struct inode *inode;
	char *text;
	long len;
	int err;

	if ((long)a3 <= 0)
		return -EINVAL;
	err = given_inode(a0, a1, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &inode);
	if (err)
		return err;
	text = kmalloc(PATH_MAX, GFP_KERNEL | __GFP_NOWARN);
	len = text ? inode_readlink(inode, text, min(a3, (unsigned long)PATH_MAX)) : -ENOMEM;
	if (len > 0 && copy_to_user(a2, text, (size_t)len))
		len = -EFAULT;
	kfree(text);
	inode_put(inode);
	return len;
}

/* ---- places ---- */

SYSCALL(getcwd)
{
	char *text = kmalloc(PATH_MAX, GFP_KERNEL | __GFP_NOWARN);
	long len = text ? path_getcwd(current_process()->place, text, PATH_MAX) : -ENOMEM;

	if (len > 0 && (unsigned long)len > a1)
		len = -ERANGE;
	if (len > 0 && copy_to_user(a0, text, (size_t)len))
		len = -EFAULT;
	kfree(text);
	return len;
}

static long go_to(unsigned long dirfd, uintptr_t path, bool root)
{
	struct fs_place *place = current_process()->place;
	struct inode *inode;
	int err = path ? given_inode(dirfd, path, 0, &inode) : inode_of_file(dirfd, &inode);

	if (err)
		return err;
	err = root ? path_chroot(place, inode) : path_chdir(place, inode);
	inode_put(inode);
	return err;
}

SYSCALL(chdir)
{
	return a0 ? go_to((unsigned long)AT_FDCWD, a0, false) : -EFAULT;
}

SYSCALL(fchdir)
{
	return (int)a0 < 0 ? -EBADF : go_to(a0, 0, false);
}

SYSCALL(chroot)
{
	return a0 ? go_to((unsigned long)AT_FDCWD, a0, true) : -EFAULT;
}

/* ---- mounts ---- */

#define MS_REMOUNT	32u
#define MS_BIND		4096u
#define MS_MOVE		8192u
#define MS_CHANGES	(0x20000u | 0x40000u | 0x80000u | 0x100000u)

SYSCALL(mount)
{
	struct given_path g;
	char type[32];
	long len;
	int err;

	err = given_path_begin(&g, (unsigned long)AT_FDCWD, a1);
	/* There is nothing that remounting could change. */
	if (err || a3 & (MS_REMOUNT | MS_CHANGES))
		goto end;
	len = a2 ? copy_string_from_user(type, a2, sizeof(type)) : -EINVAL;
	err = a3 & (MS_BIND | MS_MOVE) ? -EINVAL : len == -ENAMETOOLONG ? -ENODEV :
	      len < 0 ? (int)len : path_mount(&g.path, type);
end:
	given_path_end(&g);
	return err;
}

SYSCALL(umount2)
{
	struct given_path g;
	int err = given_path_begin(&g, (unsigned long)AT_FDCWD, a0);

	if (!err)
		err = path_umount(&g.path);
	given_path_end(&g);
	return err;
}
