/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files in memory: paths, names, bytes and descriptors, with the errors that Linux has. Each case
 * begins with an empty root, and what it leaves is given back.
 */
#include "common/boot.h"
#include "common/files.h"
#include "common/user_memory.h"

#include <kernel/errno.h>
#include <mm/gfp.h>
#include <mm/user_page.h>
#include <fs/attributes.h>
#include <fs/file.h>

#include "../../fs/internal.h"

/* ---- boot ---- */

static const struct file_ops no_ops;

FILE_DEVICE(first, "twice", S_IFCHR | 0666, DEV(1, 99), &no_ops);
FILE_DEVICE(again, "twice", S_IFCHR | 0666, DEV(1, 97), &no_ops);
FILE_DEVICE(long_name, "a-device-with-a-very-long-name-x", S_IFCHR | 0666, DEV(1, 98), &no_ops);

/* Boot of these tests had two devices whose names cannot be made, and said why. */
static void boot_says_why_a_name_cannot_be_made(void **state)
{
	(void)state;
	assert_non_null(strstr(host_log(), "files: /dev/twice cannot be made: that name is there "
			       "already; give one of the two another (error 17)\n"));
	assert_non_null(strstr(host_log(), "files: /dev/a-device-with-a-very-long- cannot be made: "
			       "the name is too long; give it a shorter one (error 36)\n"));
	assert_string_equal(name_fault(-ENOSPC), name_fault(-ENOMEM));
}

/* ---- paths ---- */

static void paths_lead_where_linux_says(void **state)
{
	(void)state;
	must(make_dir("/a"));
	must(make_dir("/a/b"));
	put_text("/a/b/f", "deep");
	must(make_link("/l", "a/b"));
	must(make_link("/a/up", "../a/b/f"));
	must(make_link("/abs", "/a"));
	expect_text("/a/b/f", "deep");
	expect_text("//a/./b/../b//f", "deep");
	expect_text("/l/f", "deep");
	expect_text("/a/up", "deep");
	expect_text("/abs/b/f", "deep");
	expect_text("/../../a/b/f", "deep");
	assert_int_equal(look("/a/b/f/"), -ENOTDIR);
	assert_int_equal(look("/a/b/f/g"), -ENOTDIR);
	assert_int_equal(look("/a/x/f"), -ENOENT);
	assert_int_equal(look(""), -ENOENT);
	assert_int_equal(look("/l/"), 0);
}

static void links_in_a_circle_end(void **state)
{
	char text[64];

	(void)state;
	must(make_link("/x", "y"));
	must(make_link("/y", "x"));
	assert_int_equal(look("/x"), -ELOOP);
	assert_int_equal(look("/x/z"), -ELOOP);
	/* A path is followed through LINKS_MOST links, and not through one more. */
	put_text("/c0", "end");
	for (unsigned int i = 1; i <= LINKS_MOST + 1; i++) {
		char to[16];

		snprintf(text, sizeof(text), "/c%u", i);
		snprintf(to, sizeof(to), "c%u", i - 1);
		must(make_link(text, to));
	}
	snprintf(text, sizeof(text), "/c%u", LINKS_MOST);
	expect_text(text, "end");
	snprintf(text, sizeof(text), "/c%u", LINKS_MOST + 1);
	assert_int_equal(look(text), -ELOOP);
}

static void long_names_are_refused(void **state)
{
	static char name[PATH_MAX + 8];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 1] = '\0';
	put_text(name, "longest");
	expect_text(name, "longest");
	name[NAME_MAX + 1] = 'n';
	name[NAME_MAX + 2] = '\0';
	assert_int_equal(look(name), -ENAMETOOLONG);
	assert_int_equal(open_file(name, O_CREAT | O_WRONLY, NULL), -ENAMETOOLONG);
	/* A link that makes the path too long. */
	memset(name, 'm', sizeof(name));
	name[4000] = '\0';
	must(make_link("/long", name));
	memset(name, '/', 200);
	memcpy(name, "/long", 5);
	memset(name + 5, '/', 200);
	strcpy(name + 205, "f");
	assert_int_equal(look(name), -ENAMETOOLONG);
	memset(name + 5, 'x', 3);
	assert_int_equal(look(name), -ENOENT);
}

static void open_flags_mean_what_they_say(void **state)
{
	struct file *f;

	(void)state;
	must(make_dir("/d"));
	must(make_link("/dangling", "/d/new"));
	assert_int_equal(open_file("/d", O_RDWR, NULL), -EISDIR);
	assert_int_equal(open_file("/d", O_CREAT, NULL), -EISDIR);
	assert_int_equal(open_file("/none", O_RDONLY, NULL), -ENOENT);
	assert_int_equal(open_file("/none/", O_CREAT | O_WRONLY, NULL), -EISDIR);
	assert_int_equal(open_file("/dangling", O_CREAT | O_EXCL | O_WRONLY, NULL), -EEXIST);
	assert_int_equal(open_file("/dangling", O_NOFOLLOW, NULL), -ELOOP);
	assert_int_equal(open_file("/dangling", O_RDONLY, NULL), -ENOENT);
	/* Opening a link that leads nowhere makes the file to which the link leads. */
	assert_int_equal(open_file("/dangling", O_CREAT | O_WRONLY, NULL), 0);
	assert_int_equal(look("/d/new"), 0);
	assert_int_equal(open_file("/d/new", O_DIRECTORY, NULL), -ENOTDIR);
	assert_int_equal(open_file("/d/new", O_CREAT | O_EXCL, NULL), -EEXIST);
	put_text("/d/new", "some text");
	assert_int_equal(open_file("/d/new", O_WRONLY | O_TRUNC, NULL), 0);
	expect_text("/d/new", "");
	must(open_file("/d/new", O_PATH, &f));
	assert_int_equal(read_text(f, (char[8]){ 0 }, 4), -EBADF);
	file_put(f);
	must(open_file("/d/new", O_WRONLY, &f));
	assert_int_equal(read_text(f, (char[8]){ 0 }, 4), -EBADF);
	file_put(f);
}

/* ---- names ---- */

static void names_go_as_they_came(void **state)
{
	struct fs_path p;

	(void)state;
	must(make_dir("/d"));
	assert_int_equal(make_dir("/d"), -EEXIST);
	assert_int_equal(make_dir("/"), -EEXIST);
	assert_int_equal(make_dir("/d/e/f"), -ENOENT);
	put_text("/d/f", "x");
	assert_int_equal(path_rmdir(at(&p, "/d")), -ENOTEMPTY);
	assert_int_equal(path_rmdir(at(&p, "/d/f")), -ENOTDIR);
	assert_int_equal(path_rmdir(at(&p, "/d/.")), -EINVAL);
	assert_int_equal(path_rmdir(at(&p, "/d/..")), -ENOTEMPTY);
	assert_int_equal(path_rmdir(at(&p, "/")), -EBUSY);
	assert_int_equal(path_rmdir(at(&p, "/proc")), -EBUSY);
	assert_int_equal(path_unlink(at(&p, "/d")), -EISDIR);
	assert_int_equal(path_unlink(at(&p, "/d/f/")), -ENOTDIR);
	assert_int_equal(path_unlink(at(&p, "/d/g")), -ENOENT);
	must(path_unlink(at(&p, "/d/f")));
	must(path_rmdir(at(&p, "/d")));
	assert_int_equal(look("/d"), -ENOENT);
}

static void links_share_a_file(void **state)
{
	struct inode *inode;
	struct kstat st;
	struct fs_path p;

	(void)state;
	put_text("/one", "shared");
	must(path_inode(at(&p, "/one"), true, &inode));
	must(path_link(inode, at(&p, "/two")));
	assert_int_equal(path_link(inode, at(&p, "/two")), -EEXIST);
	inode_stat(inode, &st);
	assert_int_equal(st.nlink, 2);
	must(path_unlink(at(&p, "/one")));
	expect_text("/two", "shared");
	must(path_unlink(at(&p, "/two")));
	assert_int_equal(path_link(inode, at(&p, "/three")), -ENOENT);
	inode_put(inode);
	must(make_dir("/d"));
	must(path_inode(at(&p, "/d"), true, &inode));
	assert_int_equal(path_link(inode, at(&p, "/e")), -EPERM);
	inode_put(inode);
}

static int rename_path(const char *from, const char *to)
{
	struct fs_path a, b;

	return path_rename(at(&a, from), at(&b, to), 0);
}

static void renaming_replaces_or_refuses(void **state)
{
	struct fs_path a, b;

	(void)state;
	must(make_dir("/a"));
	must(make_dir("/a/in"));
	must(make_dir("/b"));
	put_text("/f", "file");
	put_text("/g", "other");
	assert_int_equal(rename_path("/a", "/a/in/x"), -EINVAL);
	assert_int_equal(rename_path("/a/in", "/a"), -ENOTEMPTY);
	assert_int_equal(rename_path("/a", "/f"), -ENOTDIR);
	assert_int_equal(rename_path("/f", "/a"), -EISDIR);
	assert_int_equal(rename_path("/b", "/a"), -ENOTEMPTY);
	assert_int_equal(rename_path("/nothing", "/x"), -ENOENT);
	assert_int_equal(rename_path("/a/.", "/x"), -EBUSY);
	assert_int_equal(path_rename(at(&a, "/f"), at(&b, "/g"), RENAME_NOREPLACE), -EEXIST);
	must(rename_path("/f", "/g"));
	expect_text("/g", "file");
	assert_int_equal(look("/f"), -ENOENT);
	must(rename_path("/a/in", "/b/out"));
	must(rename_path("/b/out", "/a/../b/out"));
	assert_int_equal(look("/a/in"), -ENOENT);
	expect_cwd("/b/out", "/b/out");
	must(rename_path("/a", "/b/out"));
	expect_cwd("/b/out", "/b/out");
}

static void a_folder_that_is_gone_is_nowhere(void **state)
{
	struct fs_path p;
	char buf[32];

	(void)state;
	must(make_dir("/d"));
	enter("/d");
	must(path_rmdir(at(&p, "/d")));
	assert_int_equal(path_getcwd(place, buf, sizeof(buf)), -ENOENT);
	assert_int_equal(make_dir("sub"), -ENOENT);
	assert_int_equal(open_file("new", O_CREAT | O_WRONLY, NULL), -ENOENT);
	assert_int_equal(look(".."), 0);
	enter("/");
	assert_int_equal(path_getcwd(place, buf, 1), -ERANGE);
}

/* proves DE1 and DE2: names that come and go at random, against a list of what is there */
static void random_names(void **state)
{
	struct rng rng = { .state = 0x1234567 };
	enum { NAMES = 300 };
	bool there[NAMES] = { false };

	(void)state;
	must(make_dir("/many"));
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int nr = (unsigned int)rng_below(&rng, NAMES);
		struct fs_path p;
		char name[32];

		snprintf(name, sizeof(name), "/many/%u", nr * 7919);
		if (rng_below(&rng, 2)) {
			assert_int_equal(make_dir(name), there[nr] ? -EEXIST : 0);
			there[nr] = true;
		} else {
			assert_int_equal(path_rmdir(at(&p, name)), there[nr] ? 0 : -ENOENT);
			there[nr] = false;
		}
		if (i % 100 == 0)
			expect_names("/many", there, NAMES, 7919);
	}
	expect_names("/many", there, NAMES, 7919);
}

static void damaged_folders_are_found(void **state)
{
	struct inode *dir;
	struct fs_path p;

	(void)state;
	must(make_dir("/d"));
	must(make_dir("/d/a"));
	must(make_dir("/d/b"));
	must(path_inode(at(&p, "/d"), true, &dir));
	assert_null(dir_validate(dir));
	dir->nr_entries++;
	assert_string_equal(dir_validate(dir), "DE2: a folder counts other names than it has");
	dir->nr_entries--;
	{
		struct dir_entry *top = dir->entries, *swap = top->child[0];

		top->child[0] = top->child[1];
		top->child[1] = swap;
		assert_string_equal(dir_validate(dir),
				    "DE1: a name hangs where its key does not lead");
		top->child[1] = top->child[0];
		top->child[0] = swap;
	}
	assert_null(dir_validate(dir));
	inode_put(dir);
}

/* ---- bytes ---- */

static void holes_are_zero_and_ends_are_cut(void **state)
{
	char buf[32];
	struct file *f;
	struct page *page;

	(void)state;
	must(open_file("/f", O_CREAT | O_RDWR, &f));
	assert_int_equal(write_at(f, "end", 3, 5 * 4096ul * 512), 3);
	assert_int_equal(f->inode->size, 5 * 4096ul * 512 + 3);
	assert_int_equal(read_at(f, buf, 4, 4096), 4);
	assert_memory_equal(buf, "\0\0\0\0", 4);
	assert_null(file_frame(f, 1, false));
	page = file_frame(f, 5 * 512, false);
	assert_memory_equal(page_address(page), "end", 4);
	/* A process that has mapped a page keeps it, whatever becomes of the file. */
	must(file_truncate(f, 1));
	assert_memory_equal(page_address(page), "end", 4);
	user_page_put(page);
	assert_int_equal(write_at(f, "abcdef", 6, 0), 6);
	must(file_truncate(f, 3));
	must(file_truncate(f, 6));
	assert_int_equal(read_at(f, buf, 8, 0), 6);
	assert_memory_equal(buf, "abc\0\0\0", 6);
	assert_int_equal(file_seek(f, -1, SEEK_SET), -EINVAL);
	assert_int_equal(file_seek(f, 2, SEEK_END), 8);
	assert_int_equal(file_seek(f, 0, 9), -EINVAL);
	assert_int_equal(file_seek(f, 6, SEEK_DATA), -ENXIO);
	assert_int_equal(write_at(f, "x", 1, FILE_BYTES_MAX), -EFBIG);
	assert_int_equal(file_truncate(f, FILE_BYTES_MAX + 1), -EFBIG);
	file_put(f);
}

static void random_bytes(void **state)
{
	enum { BYTES = 70000 };
	static char model[BYTES], buf[BYTES];
	struct rng rng = { .state = 99 };
	struct file *f;
	size_t size = 0;

	(void)state;
	must(open_file("/f", O_CREAT | O_RDWR, &f));
	for (unsigned int i = 0; i < 3000; i++) {
		size_t pos = rng_below(&rng, BYTES), len = rng_below(&rng, BYTES - pos + 1);

		len = rng_below(&rng, 4) ? len % 5000 : len;
		switch (rng_below(&rng, 3)) {
		case 0:
			memset(model + pos, (int)i, len);
			assert_int_equal(write_at(f, model + pos, len, pos), len);
			size = len && pos + len > size ? pos + len : size;
			break;
		case 1:
			must(file_truncate(f, pos));
			memset(model + pos, 0, BYTES - pos);
			size = pos;
			break;
		default:
			len = pos < size ? len < size - pos ? len : size - pos : 0;
			assert_int_equal(read_at(f, buf, len, pos), len);
			assert_memory_equal(buf, model + pos, len);
		}
		assert_int_equal(f->inode->size, size);
	}
	file_put(f);
}

static void memory_that_is_not_there(void **state)
{
	struct io io = io_user(USER_HOLE, 8);
	struct file *f;

	(void)state;
	must(open_file("/f", O_CREAT | O_RDWR, &f));
	assert_int_equal(file_write(f, &io), -EFAULT);
	assert_int_equal(f->inode->size, 0);
	assert_int_equal(write_at(f, "text", 4, 0), 4);
	io = io_user(USER_HOLE, 8);
	assert_int_equal(file_read(f, &io), -EFAULT);
	file_put(f);
}

/* Files take half of memory and no more; a write that does not fit says so, and works once there is
 * room. */
static void half_of_memory_is_left(void **state)
{
	static char block[1 << 20];
	struct file *f;
	long done;

	(void)state;
	must(open_file("/big", O_CREAT | O_WRONLY, &f));
	for (unsigned int mib = 0; mib < 64; mib++) {
		done = write_at(f, block, sizeof(block), (u64)mib << 20);
		if (done != sizeof(block))
			break;
	}
	assert_int_equal(write_at(f, block, sizeof(block), 63ul << 20), -ENOSPC);
	assert_int_equal(inode_allocate(f->inode, 0, 64ul << 20, true), -ENOSPC);
	assert_true(nr_free_pages() > (RAM_BYTES >> 12) / 3);
	file_put(f);
}

/* ---- descriptors ---- */

static void descriptors_are_the_least_free(void **state)
{
	struct files *files = files_new(), *copy;
	struct file *f;

	(void)state;
	must(open_file("/f", O_CREAT | O_RDWR, &f));
	for (int i = 0; i < 40; i++)
		assert_int_equal(files_add(files, file_get(f), 0, i == 3), i);
	must(files_close(files, 5));
	assert_int_equal(files_close(files, 5), -EBADF);
	assert_null(files_get(files, 5));
	assert_null(files_get(files, CONFIG_MAX_FILES + 3));
	copy = files_fork(files);
	assert_int_equal(files_add(files, file_get(f), 0, false), 5);
	assert_int_equal(files_add(files, file_get(f), 50, false), 50);
	assert_int_equal(files_set(files, file_get(f), 50, true), 50);
	assert_int_equal(files_set(files, f, CONFIG_MAX_FILES, false), -EBADF);
	assert_int_equal(files_cloexec(files, 50), 1);
	must(files_set_cloexec(files, 50, false));
	assert_int_equal(files_cloexec(files, 50), 0);
	assert_int_equal(files_cloexec(copy, 3), 1);
	assert_int_equal(files_cloexec(copy, 5), -EBADF);
	files_exec(copy);
	assert_int_equal(files_cloexec(copy, 3), -EBADF);
	assert_int_equal(files_next(copy, 3), 4);
	files_exit(copy);
	for (int i = 41; i < CONFIG_MAX_FILES; i++)
		assert_true(files_add(files, file_get(f), 0, false) >= 0);
	assert_int_equal(files_add(files, f, 0, false), -EMFILE);
	files_exit(files);
	assert_int_equal(f->refs, 1);
	file_put(f);
}

/* ---- /proc and /dev ---- */

static void devices_are_what_they_are(void **state)
{
	char buf[8] = "........";
	struct file *f;

	(void)state;
	must(open_file("/dev/zero", O_RDWR, &f));
	assert_int_equal(read_text(f, buf, 4), 4);
	assert_memory_equal(buf, "\0\0\0\0....", 8);
	file_put(f);
	must(open_file("/dev/full", O_RDWR, &f));
	assert_int_equal(write_at(f, "x", 1, 0), -ENOSPC);
	file_put(f);
	must(open_file("/dev/null", O_RDWR, &f));
	assert_int_equal(write_at(f, "x", 1, 0), 1);
	assert_int_equal(read_text(f, buf, 4), 0);
	file_put(f);
	assert_int_equal(look("/proc/meminfo"), look("/proc/nothing") + ENOENT);
	assert_int_equal(open_file("/proc/new", O_CREAT | O_WRONLY, NULL), -ENOENT);
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, files_setup, files_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(boot_says_why_a_name_cannot_be_made),
		CASE(paths_lead_where_linux_says),
		CASE(links_in_a_circle_end),
		CASE(long_names_are_refused),
		CASE(open_flags_mean_what_they_say),
		CASE(names_go_as_they_came),
		CASE(links_share_a_file),
		CASE(renaming_replaces_or_refuses),
		CASE(a_folder_that_is_gone_is_nowhere),
		CASE(random_names),
		CASE(damaged_folders_are_found),
		CASE(holes_are_zero_and_ends_are_cut),
		CASE(random_bytes),
		CASE(memory_that_is_not_there),
		CASE(half_of_memory_is_left),
		CASE(descriptors_are_the_least_free),
		CASE(devices_are_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
