/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_FILES_H
#define FS_FILES_H

#include <kernel/spinlock.h>
#include <fs/file.h>

/*
 * A program's descriptors: at most MAX_FILES. The table begins small, and grows once it must.
 * Threads of one program share it.
 */
#define FILES_FEW	32u
#define FILES_WORDS	((CONFIG_MAX_FILES + 63u) / 64)

struct files {
	spinlock_t lock;
	u32 refs;			/* [a] programs and threads that share it */
	u32 places;			/* [d*] that the table has */
	struct file **table;		/* [d*] NULL: the descriptor is free */
	u64 used[FILES_WORDS];		/* [d] */
	u64 cloexec[FILES_WORDS];	/* [d] */
	struct file *few[FILES_FEW];	/* [d] */
};

/* An empty one, with one reference; NULL: no memory. */
struct files *files_new(void) __must_check;
/* A copy whose descriptors lead to the same files. */
struct files *files_fork(struct files *old) __must_check;
struct files *files_share(struct files *files);
/* One that the caller alone has, where others share it: the old one or a copy; NULL: no memory. */
struct files *files_unshare(struct files *files) __must_check;
/* A new program is started: what is marked O_CLOEXEC goes. */
void files_exec(struct files *files);
/* The program has ended. NULL is ignored. */
void files_exit(struct files *files);

/* With a reference; NULL: no such descriptor. */
struct file *files_get(struct files *files, unsigned int fd);
/* Does nobody but the running thread use the table? Then none of its files is closed while a call
 * lasts, and files_peek() is enough: without a reference. */
static inline bool files_are_own(const struct files *files)
{
	return __atomic_load_n(&files->refs, __ATOMIC_RELAXED) == 1;
}

static inline struct file *files_peek(const struct files *files, unsigned int fd)
{
	return fd < files->places ? files->table[fd] : NULL;
}

/* The least free descriptor from least on leads to f, whose reference is the table's then; -EMFILE,
 * -ENOMEM. */
int files_add(struct files *files, struct file *f, unsigned int least, bool cloexec) __must_check;
/* Descriptor fd leads to f, whatever it led to. */
int files_set(struct files *files, struct file *f, unsigned int fd, bool cloexec) __must_check;
int files_close(struct files *files, unsigned int fd);
/* -EBADF, or whether it is marked; and marks it. */
int files_cloexec(struct files *files, unsigned int fd);
int files_set_cloexec(struct files *files, unsigned int fd, bool cloexec);
/* The least descriptor in use from fd on, -1 behind the last. */
int files_next(struct files *files, unsigned int fd);

#endif /* FS_FILES_H */
