/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of a manifest, by their first argument:
 *
 *	kept	forks and touches all that it was admitted for, again and again, while others take
 *		all memory; a request beyond the guarantee is ENOMEM at once
 *	hog	has children that take memory until they are ended; ends with the signal's number
 *	fails	ends with 3
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096u
#define BYTES	(512u << 10)
#define ROUNDS	24
#define HOGS	6
#define WAITS	10000

static void fail(const char *what, int round)
{
	printf("promise: %s in round %d, errno %d\n", what, round, errno);
	exit(1);
}

static char *map(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void touch(char *at, char value)
{
	for (size_t i = 0; i < BYTES; i += PAGE)
		at[i] = value;
}

static void check(const char *at, char value, int round)
{
	for (size_t i = 0; i < BYTES; i += PAGE)
		if (at[i] != value)
			fail("a page holds another's word", round);
}

/* Some children end by a signal, with pages in their hands. */
static void child(char *at, int round)
{
	check(at, (char)round, round);
	touch(at, 77);
	check(at, 77, round);
	if (round % 4 == 0)
		abort();
	_exit(5);
}

static void one_round(int round)
{
	char *at = map(BYTES);
	int status;
	pid_t pid;

	if (at == MAP_FAILED)
		fail("mmap within the guarantee", round);
	touch(at, (char)round);
	pid = fork();
	if (pid < 0)
		fail("fork within the guarantee", round);
	if (!pid)
		child(at, round);
	touch(at, (char)(round + 1));
	check(at, (char)(round + 1), round);
	if (waitpid(pid, &status, 0) != pid ||
	    (round % 4 ? status != 5 << 8 : !WIFSIGNALED(status) || WTERMSIG(status) != 6))
		fail("a child ended otherwise", round);
	if (munmap(at, BYTES))
		fail("munmap", round);
}

static int kept(void)
{
	for (int round = 1; round <= ROUNDS; round++)
		one_round(round);
	if (map(64u << 20) != MAP_FAILED || errno != ENOMEM)
		fail("a request beyond the guarantee was met", 0);
	printf("promise: kept\n");
	return 42;
}

/* Touches pages until the process is ended, which happens when there is no page left. */
static void take_all(void)
{
	for (;;) {
		char *at = map(BYTES);

		if (at == MAP_FAILED)
			_exit(7);
		touch(at, 1);
	}
}

/* Again and again while another hog has all memory. */
static pid_t fork_at_last(void)
{
	pid_t pid = fork();

	for (int i = 0; pid < 0 && errno == ENOMEM && i < WAITS; i++) {
		usleep(1000);
		pid = fork();
	}
	return pid;
}

/* The children run one after the other, so that memory is out most of the time. */
static int hog(void)
{
	int status = 0;

	for (int round = 0; round < HOGS; round++) {
		pid_t pid = fork_at_last();

		if (!pid)
			take_all();
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 8;
	}
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";

	return !strcmp(role, "kept") ? kept() : !strcmp(role, "hog") ? hog() : 3;
}
