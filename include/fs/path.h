/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PATH_H
#define FS_PATH_H

#include <kernel/compiler.h>
#include <fs/file.h>
#include <fs/limits.h>
#include <fs/stat.h>

/* A look at a path follows at most so many. */
#define LINKS_MOST	40u

/* Where a program is. Threads may share it. */
struct fs_place {
	u32 refs;			/* [a] */
	u32 umask;			/* [a] */
	struct inode *root, *cwd;	/* [b] references */
};

/* At the root of all files; NULL: no memory. */
struct fs_place *place_new(void) __must_check;
struct fs_place *place_fork(struct fs_place *old) __must_check;
struct fs_place *place_share(struct fs_place *place);
/* NULL is ignored. */
void place_put(struct fs_place *place);

/* A path as a program says it: from start on, an open folder, where it does not begin with "/";
 * NULL: from the current folder. */
struct fs_path {
	struct fs_place *place;
	struct inode *start;
	const char *text;
};

/* follow: the last name may be a link. 0 and a reference, or an error, as each one below. Process
 * context, no lock held. */
int path_inode(const struct fs_path *p, bool follow, struct inode **found);
/* flags are O_...; mode counts where a file is made. */
int path_open(const struct fs_path *p, unsigned int flags, u32 mode, struct file **f);
/* A file that is to be run; -EACCES where it is none. */
int path_open_exec(const struct fs_path *p, struct file **f);

int path_mknod(const struct fs_path *p, u32 mode, u32 rdev);
int path_mkdir(const struct fs_path *p, u32 mode);
int path_symlink(const struct fs_path *p, const char *target);
int path_link(struct inode *inode, const struct fs_path *to);
int path_unlink(const struct fs_path *p);
int path_rmdir(const struct fs_path *p);
#define RENAME_NOREPLACE	1u
int path_rename(const struct fs_path *from, const struct fs_path *to, unsigned int flags);
int path_chdir(struct fs_place *place, struct inode *dir);
int path_chroot(struct fs_place *place, struct inode *dir);
/* Bytes with the end; -ERANGE when it needs more than size. */
long path_getcwd(struct fs_place *place, char *buf, size_t size);
/* A path of what has one, as programs of that place see it: bytes with the end, -ENOENT. */
long inode_path(const struct fs_place *place, struct inode *inode, char *buf, size_t size);
/* The same with names_lock held. */
long inode_path_locked(const struct fs_place *place, struct inode *inode, char *buf, size_t size);
long inode_readlink(struct inode *link, char *buf, size_t size);

/* The root of type ("proc", "tmpfs") in the place of a folder. */
int path_mount(const struct fs_path *p, const char *type);
int path_umount(const struct fs_path *p);
void inode_statfs(struct inode *inode, struct kstatfs *st);

/* The root of all files; NULL before boot has made it. */
struct inode *files_root(void);

/* A file system that can be mounted: rows by FILE_SYSTEM(). */
struct file_system {
	const char *name;		/* [c] */
	u64 magic;			/* [c] */
	/* A root with a reference; NULL: no memory. */
	struct inode *(*root)(u32 dev);
};

#define FILE_SYSTEM(_name, _magic, _root) \
	static const struct file_system __file_system_##_name __used __section(".file_systems") \
		__aligned(8) = { #_name, _magic, _root }

extern const struct file_system __file_systems_start[], __file_systems_end[];

/* Mounts in the order of their making, for /proc/mounts: false behind the last. */
struct mount_seen {
	const char *type;
	char where[128];
};
bool mount_seen(unsigned int nr, struct mount_seen *seen);

#endif /* FS_PATH_H */
