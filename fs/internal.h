/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <fs/file.h>
#include <fs/path.h>

/* What fs/ alone shares, by owner. */

/* ---- tmpfs.c ---- */

struct inode *tmpfs_make(struct inode *dir, u32 mode, u32 rdev);
int tmpfs_allocate(struct inode *inode, u64 from, u64 bytes, bool keep_size);

/* ---- file.c ---- */

/* What an open folder, link, device or pipe does, by its mode. */
const struct file_ops *special_file_ops(u32 mode, u32 rdev);

void file_free(struct file *f);

/* ---- walk.c ---- */

enum last_kind { LAST_NAME, LAST_DOT, LAST_DOTDOT, LAST_ROOT };

/* Where a path ends. */
struct path_end {
	struct inode *dir;		/* with a reference */
	struct inode *found;		/* with a reference; NULL: dir has no such name */
	const char *name;		/* in the path, or in text */
	size_t len;
	enum last_kind kind;		/* but for LAST_NAME found is dir, and there is no name */
	bool slash;			/* a slash follows the name */
	char *text;			/* NULL, or what links have made of the path */
};

/* 0 also when the last name is not there; names_lock is held. path_end_put() with or without. */
int path_walk(const struct fs_path *p, bool follow, struct path_end *end) __must_check;
void path_end_put(struct path_end *end);
/* The root that is seen at a place, with a reference, in exchange for the place's. */
struct inode *path_cross(struct inode *at);

/* ---- open.c ---- */

/* A new inode by the name where a path ends; *made is the folder's, and stays as long as names_lock
 * is held. -EEXIST, -ENOENT where names do not come, and so on. */
int dir_make(struct path_end *end, u32 mode, u32 rdev, struct inode **made) __must_check;

/* ---- mount.c ---- */

/* Boot: the root of all, and what every program expects there. */
int files_make_root(void);
/* Why a name could not be made, and what to do, for a log line. */
const char *name_fault(int err);

#endif /* FS_INTERNAL_H */
