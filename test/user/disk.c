/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk as a file: /dev/vda is read and written at any place, and is as long as QEMU made it
 * (8 MiB); /dev/vdb cannot be written. Ends with 42, or with the number of cases that failed after
 * a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <linux/fs.h>

#define PASSED		42
#define DISK_BYTES	(8ul << 20)
#define MODEL_BYTES	(256ul << 10)
#define STEPS		300
#define MOST_BYTES	70000

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s\n", __LINE__, #condition); \
	} \
} while (0)

/* Not seen through by the compiler. */
static char *volatile nowhere = (char *)8;
static unsigned char model[MODEL_BYTES], bytes[MODEL_BYTES];

static void says_what_it_is(int fd)
{
	struct stat st;
	uint64_t size = 0;
	unsigned long sectors = 0;
	int value = 0;

	EXPECT(!fstat(fd, &st) && S_ISBLK(st.st_mode));
	EXPECT(!ioctl(fd, BLKGETSIZE64, &size) && size == DISK_BYTES);
	EXPECT(!ioctl(fd, BLKGETSIZE, &sectors) && sectors == DISK_BYTES / 512);
	EXPECT(!ioctl(fd, BLKSSZGET, &value) && value == 512);
	EXPECT(!ioctl(fd, BLKROGET, &value) && value == 0);
	EXPECT(ioctl(fd, BLKGETSIZE64, nowhere) == -1 && errno == EFAULT);
	EXPECT(ioctl(fd, 0x1299, &value) == -1 && errno == ENOTTY);
	EXPECT(lseek(fd, 0, SEEK_END) == (off_t)DISK_BYTES);
	EXPECT(!lseek(fd, 0, SEEK_SET));
	EXPECT(ftruncate(fd, 0) == -1);
	EXPECT(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
}

/* Any bytes at any place, held against a model of the first part. */
static void like_memory(int fd)
{
	srand(1);
	EXPECT(pwrite(fd, model, MODEL_BYTES, 0) == (ssize_t)MODEL_BYTES);
	for (int step = 0; step < STEPS; step++) {
		size_t length = (size_t)rand() % (step % 8 ? 1500 : MOST_BYTES);
		size_t at = (size_t)rand() % (MODEL_BYTES - length);

		if (step % 3 == 0)
			at &= ~511ul;
		if (step % 2) {
			memset(bytes, step, length);
			EXPECT(pwrite(fd, bytes, length, (off_t)at) == (ssize_t)length);
			memset(model + at, step, length);
		} else {
			EXPECT(pread(fd, bytes, length, (off_t)at) == (ssize_t)length);
			EXPECT(!memcmp(bytes, model + at, length));
		}
	}
	EXPECT(!fsync(fd) && !fdatasync(fd) && !ioctl(fd, BLKFLSBUF, 0));
	sync();
	EXPECT(pread(fd, bytes, MODEL_BYTES, 0) == (ssize_t)MODEL_BYTES);
	EXPECT(!memcmp(bytes, model, MODEL_BYTES));
}

static void at_its_end(int fd)
{
	EXPECT(pwrite(fd, "the very end", 12, DISK_BYTES - 4) == 4);
	EXPECT(pread(fd, bytes, 100, DISK_BYTES - 4) == 4 && !memcmp(bytes, "the ", 4));
	EXPECT(pread(fd, bytes, 100, DISK_BYTES) == 0);
	EXPECT(pwrite(fd, bytes, 1, DISK_BYTES) == -1 && errno == ENOSPC);
	EXPECT(pread(fd, nowhere, 512, 0) == -1 && errno == EFAULT);
	EXPECT(pwrite(fd, nowhere, 512, 0) == -1 && errno == EFAULT);
	/* A write of which a part is there writes whole pieces, or nothing. */
	EXPECT(pread(fd, bytes, 512, 0) == 512 && !memcmp(bytes, model, 512));
}

static void others(void)
{
	int value = 0, fd = open("/dev/vdb", O_RDONLY);

	EXPECT(fd >= 0 && !ioctl(fd, BLKROGET, &value) && value == 1);
	EXPECT(open("/dev/vdb", O_RDWR) == -1 && errno == EROFS);
	EXPECT(open("/dev/vdc", O_RDONLY) == -1 && errno == ENOENT);
	EXPECT(!mknod("/third", S_IFBLK | 0600, makedev(254, 32)));
	EXPECT(open("/third", O_RDONLY) == -1 && errno == ENXIO);
	EXPECT(!mknod("/first", S_IFBLK | 0600, makedev(254, 0)));
	fd = open("/first", O_RDONLY | O_CLOEXEC);
	EXPECT(fd >= 0 && read(fd, bytes, 1) == 1 && bytes[0] == model[0]);
}

int main(void)
{
	int fd = open("/dev/vda", O_RDWR);

	EXPECT(fd >= 0);
	says_what_it_is(fd);
	like_memory(fd);
	at_its_end(fd);
	others();
	EXPECT(pwrite(fd, "written by a program", 20, 1 << 20) == 20);
	close(fd);
	dprintf(1, "disk: %s\n", failed ? "failed" : "all as it should be");
	return failed ? failed : PASSED;
}
