/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_INODE_H
#define FS_INODE_H

#include <kernel/compiler.h>
#include <kernel/mutex.h>
#include <kernel/types.h>
#include <mm/page_holder.h>
#include <fs/stat.h>

/*
 * What a name stands for: a file, a folder, a link, a device, a pipe. The words are Linux's. Names
 * and folders change under names_lock, a file's bytes under its own lock; both are mutexes, and the
 * first is taken before the second.
 */
struct file_ops;
struct inode;
struct page;

#define NAME_MAX		255u

/* One name in a folder. */
struct dir_entry {
	u64 key;			/* [c] of the name, see fs/directory.c */
	struct dir_entry *child[2];	/* [b] */
	struct inode *inode;		/* [b] the entry has a reference */
	struct inode *dir;		/* [c] that it is in */
	u16 len;			/* [c] */
	char name[];			/* [c] */
};

/* What a look at a folder finds. */
struct dir_seen {
	u64 ino;
	u32 mode;
	u32 len;
	char name[NAME_MAX + 1];
};

struct inode_ops {
	/* With a reference, or -ENOENT. names_lock is held. Never for "." and "..". */
	int (*lookup)(struct inode *dir, const char *name, size_t len, struct inode **found);
	/* The first name at *pos or behind it, *pos behind that: 1, or 0 at the end. Places 0 and 1
	 * are "." and "..", which are not asked for. names_lock is held. */
	int (*next)(struct inode *dir, u64 *pos, struct dir_seen *seen);
	/* The text of a link, at most size bytes: its length. names_lock is held. */
	long (*readlink)(struct inode *link, char *buf, size_t size);
	/* Where a link leads that is no text, with a reference. NULL: it is. names_lock is held. */
	int (*follow)(struct inode *link, struct inode **to);
	/* The name of a folder in its parent, at most NAME_MAX bytes. names_lock is held. */
	long (*name)(struct inode *dir, char *buf);
	/* What is in the inode of its own, before its memory goes. No lock is held. */
	void (*release)(struct inode *inode);
	/* What stat() says beyond the inode itself. NULL: nothing. */
	void (*stat)(struct inode *inode, struct kstat *st);
	/* An inode of the same file system, for a name that comes; NULL: no memory. Where there is
	 * no such function, names neither come nor go. */
	struct inode *(*make)(struct inode *dir, u32 mode, u32 rdev);
};

/* Pages of a file: a tree of tables of 512, as high as the file is long. */
struct file_pages {
	struct page_holder holder;	/* [f] */
	void *root;			/* [e] a page's descriptor, or a table */
	unsigned int height;		/* [e] 0: root is the page of index 0 */
};

struct inode {
	const struct inode_ops *ops;	/* [c] */
	const struct file_ops *file_ops;	/* [c] what an open one does */
	u32 refs;			/* [a] */
	u32 dev, rdev;			/* [c] of the file system; of a device */
	u64 ino;			/* [c] */
	u32 mode;			/* [b*] */
	u32 nlink;			/* [b*] */
	u32 uid, gid;			/* [b*] */
	u64 size;			/* [O*] */
	u64 atime_ns, mtime_ns, ctime_ns;	/* [a] */
	struct mutex lock;		/* [f] */
	struct inode *parent;		/* [b] of a folder; a reference, but for a root */
	struct dir_entry *entry;	/* [b] its last name; NULL: none that is known */
	struct inode *mounted;		/* [b] the root that is seen in its place */
	struct inode *covered;		/* [b] of such a root: what it hides */
	union {
		struct file_pages pages;	/* [f] a file's */
		struct {				/* a folder */
			struct dir_entry *entries;	/* [b] */
			u64 nr_entries;			/* [b] */
		};
		char *target;				/* [c] a link's text, size bytes */
		struct {				/* the file system's own */
			const void *row;		/* [c] */
			long number;			/* [c] */
		};
		void *private;			/* [O*] a pipe's */
	};
};

extern struct mutex names_lock;

/* One reference; NULL: no memory. dev says of which file system. */
struct inode *inode_new(u32 mode, u32 dev) __must_check;
static inline struct inode *inode_get(struct inode *inode)
{
	__atomic_fetch_add(&inode->refs, 1, __ATOMIC_RELAXED);
	return inode;
}

/* Nobody has it any more. Process context. */
void inode_end(struct inode *inode);
/* NULL is ignored. Process context. */
static inline void inode_put(struct inode *inode)
{
	if (inode && unlikely(!__atomic_sub_fetch(&inode->refs, 1, __ATOMIC_ACQ_REL)))
		inode_end(inode);
}

void inode_stat(struct inode *inode, struct kstat *st);
/* Inodes that there are. */
unsigned long inodes_total(void);

static inline bool is_dir(const struct inode *inode)
{
	return S_ISDIR(inode->mode);
}

/* Names of a folder that keeps them itself; names_lock is held. */
struct dir_entry *dir_find(struct inode *dir, const char *name, size_t len);
/* Takes over the caller's reference of inode when it returns 0. -EEXIST, -ENOMEM, -ENAMETOOLONG. */
int dir_add(struct inode *dir, const char *name, size_t len, struct inode *inode) __must_check;
/* Returns the inode, whose reference is the caller's. */
struct inode *dir_remove(struct inode *dir, struct dir_entry *entry);
/* The entry of the least key from key on. */
struct dir_entry *dir_from(const struct inode *dir, u64 key);
bool dir_is_ancestor(const struct inode *dir, const struct inode *of);
/* NULL, or the rule that a folder breaks. */
const char *dir_validate(const struct inode *dir);

/* Pages of a file: those of mm/user_page.h. Each that is handed out has one more count. */
void file_pages_init(struct file_pages *fp);
struct page *file_page_find(struct file_pages *fp, u64 index);
/* Where there is none, makes one, cleared; it is there as long as the file is not cut. False: no
 * memory, or beyond FILE_BYTES_MAX. Process context. */
bool file_page_provide(struct file_pages *fp, u64 index);
/* Takes over the caller's reference; false: no memory, or there is one. */
bool file_page_insert(struct file_pages *fp, u64 index, struct page *page);
/* Pages from index on go, with MIGRATION also from programs that have them mapped; all, before the
 * file does. Process context, no lock of an address space is held by who cuts. */
void file_pages_cut(struct file_pages *fp, u64 index);
void file_pages_end(struct file_pages *fp);
unsigned long file_pages_count(struct file_pages *fp);

/* Pages of all files, their tables included. */
unsigned long file_pages_total(void);

#define FILE_TABLE_SHIFT	9
#define FILE_TABLES_MOST	3
#define FILE_BYTES_MAX		(1ull << (FILE_TABLES_MOST * FILE_TABLE_SHIFT + 12))

#endif /* FS_INODE_H */
