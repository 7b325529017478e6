/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that move under whoever uses them, for SECONDS: children share the parent's pages and read
 * them, have pages of their own that threads write all the while, and take them elsewhere by
 * mremap(). They write to memory that all share, and to a file that all have mapped, each to words
 * of its own, and fill files, read and cut them. Each word that was written is there when it is
 * looked at next. Ends with 42.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECONDS
#define SECONDS		4
#endif
#define PAGE		4096u
#define PAGES		192u
#define CHILDREN	4
#define THREADS		2
#define WORDS		(PAGE / sizeof(uint64_t))

static time_t end;
static uint64_t *shared;		/* written before the first fork alone */
static uint64_t *together;		/* shared without a file */
static uint64_t *of_file;		/* shared pages of a file */
static int file;

static void fail(const char *what, unsigned int page)
{
	printf("moving: %s, page %u\n", what, page);
	_exit(1);
}

static int over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end;
}

static uint64_t *map(void)
{
	void *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	if (at == MAP_FAILED)
		fail("no memory", 0);
	return at;
}

static uint64_t token(unsigned int page)
{
	return 0x9e3779b97f4a7c15u * (page + 1);
}

static void fill(uint64_t *at)
{
	for (unsigned int page = 0; page < PAGES; page++)
		for (unsigned int i = 0; i < WORDS; i += 31)
			at[page * WORDS + i] = token(page) + i;
}

static void check(const uint64_t *at, const char *what)
{
	for (unsigned int page = 0; page < PAGES; page++)
		for (unsigned int i = 0; i < WORDS; i += 31)
			if (at[page * WORDS + i] != token(page) + i)
				fail(what, page);
}

/* Each word of its pages counts up: one that was lost is behind. */
static void *count(void *arg)
{
	uint64_t *at = arg, round = 0;

	while (!over()) {
		for (unsigned int page = 0; page < PAGES; page++) {
			volatile uint64_t *word = &at[page * WORDS + page % WORDS];

			if (*word != round)
				fail("a word that was written is lost", page);
			*word = round + 1;
		}
		round++;
	}
	return NULL;
}

static uint64_t *elsewhere(uint64_t *at)
{
	uint64_t *to = map();

	if (mremap(at, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		fail("mremap", 0);
	return to;
}

/* Its own, and shared with a child for a while. */
static void own_pages(void)
{
	uint64_t *at = map();
	int status;

	fill(at);
	at = elsewhere(at);
	check(at, "a page of its own");
	if (!fork()) {
		check(at, "a page of the parent's");
		_exit(0);
	}
	at = elsewhere(at);
	check(at, "a page that was shared");
	if (wait(&status) < 0 || status)
		fail("a grandchild found something else", 0);
	fill(at);
	check(at, "a page written after it was shared");
	munmap(at, PAGES * PAGE);
}

/* ---- memory that several write to, and files ---- */

static uint64_t *map_shared(int fd)
{
	void *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	if (at == MAP_FAILED)
		fail("no shared memory", 0);
	return at;
}

static int new_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) || unlink(name))
		fail("no file", 0);
	return fd;
}

/* One word of each page is the child's; every other time it is read and written by calls. */
static void count_shared(uint64_t *at, int fd, unsigned int nr, uint64_t round)
{
	for (unsigned int page = 0; page < PAGES; page++) {
		unsigned int i = page * WORDS + nr * 64 + page % 64;
		uint64_t word = round + 1, seen;

		if (fd < 0 || (page + round) % 2) {
			if (__atomic_exchange_n(&at[i], word, __ATOMIC_RELAXED) != round)
				fail("a word of shared memory is lost", page);
			continue;
		}
		if (pread(fd, &seen, sizeof(seen), i * sizeof(seen)) != sizeof(seen) ||
		    seen != round)
			fail("a word of a file is lost", page);
		if (pwrite(fd, &word, sizeof(word), i * sizeof(word)) != sizeof(word) ||
		    __atomic_load_n(&at[i], __ATOMIC_RELAXED) != word)
			fail("a word that was written to a file is not seen", page);
	}
}

/* Nobody maps it. */
static void own_file(unsigned int nr)
{
	static uint64_t buf[PAGES * WORDS];
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "/tmp/own%u", nr);
	fd = new_file(name);
	fill(buf);
	if (pwrite(fd, buf, sizeof(buf), 0) != sizeof(buf))
		fail("no room for a file", 0);
	for (unsigned int page = 0; page < PAGES; page++)
		buf[page * WORDS] = 0;
	if (pread(fd, buf, sizeof(buf), 0) != sizeof(buf))
		fail("a file is shorter than it was", 0);
	check(buf, "a page of a file");
	if (ftruncate(fd, PAGES / 2 * PAGE))
		fail("a file cannot be cut", 0);
	close(fd);
}

static int child(unsigned int nr)
{
	pthread_t threads[THREADS];
	uint64_t round = 0;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, map()))
			fail("no thread", 0);
	while (!over()) {
		check(shared, "a page that all share");
		count_shared(together, -1, nr, round);
		count_shared(of_file, file, nr, round++);
		own_file(nr);
		own_pages();
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

int main(void)
{
	int status;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + SECONDS;
	shared = map();
	fill(shared);
	together = map_shared(-1);
	file = new_file("/tmp/all");
	of_file = map_shared(file);
	for (int i = 0; i < CHILDREN; i++)
		if (!fork())
			return child(i);
	for (int i = 0; i < CHILDREN; i++)
		if (wait(&status) < 0 || status)
			fail("a child found something else", i);
	check(shared, "a page of the first");
	puts("moving: nothing was lost");
	return 42;
}
