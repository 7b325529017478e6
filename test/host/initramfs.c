/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives: good ones, every way of being cut short, and damage at random. A broken one is told by
 * a sentence with the byte where it is, and what came before is there.
 */
#include "common/boot.h"
#include "common/files.h"

#include <fs/initramfs.h>

static char archive[16384];
static size_t archive_bytes;
static struct rng rng;

static void put(const void *data, size_t bytes)
{
	memcpy(archive + archive_bytes, data, bytes);
	archive_bytes += bytes;
	while (archive_bytes % 4)
		archive[archive_bytes++] = '\0';
}

static void add(const char *name, u32 mode, const char *content, u32 nlink, u32 ino, u32 rdev)
{
	char header[512];
	int len = snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x"
			   "%08x%08x%08zx%08x%s", ino, mode, 0, 0, nlink, 77, strlen(content), 0, 0,
			   rdev >> 8, rdev & 255, strlen(name) + 1, 0, name);

	put(header, (size_t)len + 1);
	put(content, strlen(content));
}

static void make_archive(void)
{
	archive_bytes = 0;
	add("dir", S_IFDIR | 0711, "", 2, 1, 0);
	add("dir/file", S_IFREG | 0640, "what is in it", 1, 2, 0);
	add("link", S_IFLNK | 0777, "dir/file", 1, 3, 0);
	add("/abs", S_IFREG | 0755, "", 1, 4, 0);
	/* Of two names of one file the last one brings the bytes. */
	add("first", S_IFREG | 0644, "", 2, 5, 0);
	add("second", S_IFREG | 0644, "both", 2, 5, 0);
	add("null", S_IFCHR | 0666, "", 1, 6, 0x103);
	add("pipe", S_IFIFO | 0600, "", 1, 7, 0);
	add("TRAILER!!!", 0, "", 1, 0, 0);
}

static void a_good_archive_is_there(void **state)
{
	struct unpacked done;
	struct inode *inode;
	struct fs_path p;

	(void)state;
	make_archive();
	assert_null(initramfs_unpack(archive, archive_bytes, &done));
	assert_int_equal(done.entries, 8);
	assert_int_equal(done.files, 4);
	expect_text("/dir/file", "what is in it");
	expect_text("/link", "what is in it");
	expect_text("/abs", "");
	expect_text("/first", "both");
	must(path_inode(at(&p, "/first"), true, &inode));
	assert_int_equal(inode->nlink, 2);
	assert_int_equal(inode->mtime_ns, 77000000000);
	inode_put(inode);
	must(path_inode(at(&p, "/null"), true, &inode));
	assert_int_equal(inode->rdev, DEV(1, 3));
	inode_put(inode);
	must(path_inode(at(&p, "/dir"), true, &inode));
	assert_int_equal(inode->mode, S_IFDIR | 0711);
	inode_put(inode);
	/* An archive is unpacked once more over what is there; then two archives, one behind the
	 * other. */
	assert_null(initramfs_unpack(archive, archive_bytes, &done));
	memset(archive + archive_bytes, 0, 512);
	memcpy(archive + archive_bytes + 512, archive, archive_bytes);
	assert_null(initramfs_unpack(archive, 2 * archive_bytes + 512, &done));
	assert_int_equal(done.entries, 16);
}

static void expect_wrong(const char *sentence, size_t at_byte)
{
	struct unpacked done;

	assert_string_equal(initramfs_unpack(archive, archive_bytes, &done), sentence);
	assert_int_equal(done.at, at_byte);
}

static void broken_ones_are_told(void **state)
{
	size_t last;

	(void)state;
	make_archive();
	archive_bytes = 8;
	expect_wrong("it ends within a header", 0);
	archive_bytes = 112;
	expect_wrong("it ends within a name", 0);
	make_archive();
	memcpy(archive, "070707", 6);
	expect_wrong("there is no header of cpio's format newc", 0);
	memcpy(archive, "\x1f\x8b", 2);
	expect_wrong("it is compressed with gzip; give it as it comes from cpio", 0);
	make_archive();
	archive[20] = 'g';
	expect_wrong("a header has a number that is not hexadecimal", 0);
	archive_bytes = 0;
	add("f", S_IFREG | 0644, "some bytes", 1, 1, 0);
	archive_bytes -= 4;
	expect_wrong("it ends within a file", 0);
	archive_bytes = 0;
	add("ok", S_IFREG | 0644, "", 1, 1, 0);
	last = archive_bytes;
	add("no/folder", S_IFREG | 0644, "", 1, 2, 0);
	expect_wrong("the folder of a name is not there", last);
	archive_bytes = 0;
	add("ok", S_IFREG | 0644, "", 1, 1, 0);
	last = archive_bytes;
	add("socket", S_IFSOCK | 0644, "", 1, 2, 0);
	expect_wrong("an entry is neither file, folder, link, device nor pipe", last);
	archive_bytes = 0;
	add("", S_IFREG | 0644, "", 1, 1, 0);
	memcpy(archive + 94, "00000000", 8);
	expect_wrong("a name is empty or too long", 0);
	archive_bytes = 0;
	add("ok", S_IFDIR | 0755, "", 2, 1, 0);
	last = archive_bytes;
	add("ok/", S_IFREG | 0644, "", 1, 2, 0);
	expect_wrong("a name cannot be made", last);
}

static void cut_anywhere_or_damaged(void **state)
{
	unsigned int rounds = test_is_long() ? 200000 : 3000;
	struct unpacked done;
	size_t whole;

	(void)state;
	make_archive();
	whole = archive_bytes;
	for (size_t bytes = 0; bytes < whole; bytes++) {
		char *copy = malloc(bytes + 1);

		memcpy(copy, archive, bytes);
		(void)initramfs_unpack(copy, bytes, &done);
		assert_true(done.at <= bytes);
		free(copy);
	}
	for (unsigned int i = 0; i < rounds; i++) {
		make_archive();
		for (u64 n = rng_below(&rng, 4) + 1; n; n--)
			archive[rng_below(&rng, archive_bytes)] = (char)rng_next(&rng);
		(void)initramfs_unpack(archive, archive_bytes, &done);
	}
}

#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, files_setup, files_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		CASE(a_good_archive_is_there),
		CASE(broken_ones_are_told),
		CASE(cut_anywhere_or_damaged),
	};

	rng.state = random_plan(argc, argv, 0, 0).seed;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
