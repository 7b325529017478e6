/* SPDX-License-Identifier: BSD-2-Clause */
#include "files.h"

#include <mm/slab.h>

#include "../../../fs/internal.h"

struct fs_place *place;
static unsigned long pages_at_first, inodes_at_first;

int files_setup(void **state)
{
	(void)state;
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
	must(files_make_root());
	place = place_new();
	place->umask = 022;
	pages_at_first = file_pages_total();
	inodes_at_first = inodes_total();
	return 0;
}

/* Everything below a folder. */
static void remove_all(const char *folder)
{
	struct dir_seen seen;
	struct file *f;
	u64 pos = 2;

	must(open_file(folder, O_DIRECTORY, &f));
	while (file_readdir(f, &pos, &seen) > 0) {
		struct fs_path p;
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", folder, seen.name);
		if (!*folder || !strcmp(folder, "/")) {
			snprintf(path, sizeof(path), "/%s", seen.name);
			if (!strcmp(path, "/dev") || !strcmp(path, "/proc") ||
			    !strcmp(path, "/tmp"))
				continue;
		}
		if (S_ISDIR(seen.mode)) {
			remove_all(path);
			must(path_rmdir(at(&p, path)));
		} else {
			must(path_unlink(at(&p, path)));
		}
	}
	file_put(f);
}

int files_teardown(void **state)
{
	(void)state;
	remove_all("/");
	assert_int_equal(file_pages_total(), pages_at_first);
	assert_int_equal(inodes_total(), inodes_at_first);
	return 0;
}

int make_dir(const char *path)
{
	struct fs_path p;

	return path_mkdir(at(&p, path), 0777);
}

int make_link(const char *path, const char *target)
{
	struct fs_path p;

	return path_symlink(at(&p, path), target);
}

int look(const char *path)
{
	struct inode *inode;
	struct fs_path p;
	int err = path_inode(at(&p, path), true, &inode);

	if (!err)
		inode_put(inode);
	return err;
}

int open_file(const char *path, unsigned int flags, struct file **f)
{
	struct file *opened;
	struct fs_path p;
	int err = path_open(at(&p, path), flags, 0666, f ? f : &opened);

	if (!err && !f)
		file_put(opened);
	return err;
}

long read_at(struct file *f, char *buf, size_t bytes, u64 pos)
{
	struct io io = io_kernel(buf, bytes);

	return file_read_at(f, &io, pos);
}

long write_at(struct file *f, const char *buf, size_t bytes, u64 pos)
{
	struct io io = io_user((uintptr_t)buf, bytes);

	return file_write_at(f, &io, pos);
}

long read_text(struct file *f, char *buf, size_t bytes)
{
	struct io io = io_user((uintptr_t)buf, bytes);

	return file_read(f, &io);
}

void put_text(const char *path, const char *text)
{
	struct file *f;

	must(open_file(path, O_CREAT | O_WRONLY | O_TRUNC, &f));
	assert_int_equal(write_at(f, text, strlen(text), 0), strlen(text));
	file_put(f);
}

void expect_text(const char *path, const char *text)
{
	char buf[128];
	struct file *f;
	long len;

	must(open_file(path, O_RDONLY, &f));
	len = read_text(f, buf, sizeof(buf) - 1);
	assert_true(len >= 0);
	buf[len] = '\0';
	assert_string_equal(buf, text);
	file_put(f);
}

void enter(const char *path)
{
	struct inode *dir;
	struct fs_path p;

	must(path_inode(at(&p, path), true, &dir));
	must(path_chdir(place, dir));
	inode_put(dir);
}

void expect_cwd(const char *path, const char *name)
{
	char buf[128];

	enter(path);
	assert_int_equal(path_getcwd(place, buf, sizeof(buf)), strlen(name) + 1);
	assert_string_equal(buf, name);
	enter("/");
}

void expect_names(const char *path, const bool *there, unsigned int nr, unsigned int factor)
{
	unsigned int expected = 0, found = 0;
	struct dir_seen seen;
	struct file *f;
	u64 pos = 0;

	must(open_file(path, O_RDONLY, &f));
	assert_null(dir_validate(f->inode));
	while (file_readdir(f, &pos, &seen) > 0) {
		unsigned int number = (unsigned int)atoi(seen.name);

		if (pos <= 2)
			continue;
		found++;
		assert_true(number % factor == 0 && there[number / factor]);
	}
	for (unsigned int i = 0; i < nr; i++)
		expected += there[i];
	assert_int_equal(found, expected);
	file_put(f);
}
