/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_FILES_H
#define TEST_HOST_FILES_H

#include "boot.h"

#include <fs/files.h>
#include <fs/path.h>

#define RAM_BYTES	(64ull << 20)

/* Where the test is. */
extern struct fs_place *place;

/* A machine with the root of all files; and: everything that a case made goes, and no inode and no
 * page is left of it. */
int files_setup(void **state);
int files_teardown(void **state);

#define must(call)	assert_int_equal(call, 0)

static inline const struct fs_path *at(struct fs_path *p, const char *text)
{
	*p = (struct fs_path){ .place = place, .text = text };
	return p;
}

int make_dir(const char *path);
int make_link(const char *path, const char *target);
/* Opens path; returns 0 or the error. With f NULL the file is closed again. */
int look(const char *path);
int open_file(const char *path, unsigned int flags, struct file **f);
void put_text(const char *path, const char *text);
void expect_text(const char *path, const char *text);
void enter(const char *path);
/* The current folder, once it is path, is called so. */
void expect_cwd(const char *path, const char *name);
/* The folder has these names, each number times factor, and its rules hold. */
void expect_names(const char *path, const bool *there, unsigned int nr, unsigned int factor);

long read_text(struct file *f, char *buf, size_t bytes);
long read_at(struct file *f, char *buf, size_t bytes, u64 pos);
long write_at(struct file *f, const char *buf, size_t bytes, u64 pos);

#endif /* TEST_HOST_FILES_H */
