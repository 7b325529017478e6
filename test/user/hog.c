/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile neighbour, "hog SEED FILES": children take all memory in one way or another, until as
 * many programs of promises.c as FILES says have said that they are done. Ends with 0.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	    4096ul
#define ROUNDS_FULL 60u
#define SAYS	    "/tmp/done-"

static uint64_t state;

static unsigned int below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state >> 33) % n;
}

static void take_pages(int flags)
{
	for (;;) {
		char *at = mmap(NULL, 128 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1,
				0);

		if (at == MAP_FAILED)
			_exit(7);
		for (unsigned int i = 0; i < 128; i++)
			at[i * PAGE] = 1;
	}
}

/* Nothing is left for a while, which costs no time; what others free is taken at once. */
static void fill_a_file(void)
{
	static char buf[16 * PAGE];
	int fd = open("/tmp/hog", O_CREAT | O_WRONLY | O_TRUNC, 0600);

	unlink("/tmp/hog");
	memset(buf, 1, sizeof(buf));
	for (unsigned int i = 0; i < ROUNDS_FULL; i++) {
		while (write(fd, buf, sizeof(buf)) > 0)
			;
		usleep(5000);
	}
	_exit(7);
}

/* Processes that fork and fill pipes until that is refused. */
static void fork_many(void)
{
	static char buf[16 * PAGE];
	int pipes[2];

	for (unsigned int i = 0; i < 24 && fork() >= 0; i++)
		if (!pipe2(pipes, O_NONBLOCK) && write(pipes[1], buf, sizeof(buf)) < 0)
			break;
	usleep(3000);
	kill(0, SIGKILL);
}

static bool is_done(unsigned long files)
{
	char name[32];

	for (unsigned long i = 1; i <= files; i++) {
		snprintf(name, sizeof(name), SAYS "%lu", i);
		if (access(name, F_OK))
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned long seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1, rounds = 0;
	unsigned long files = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	state = (seed + 1) * 0x9e3779b97f4a7c15u;
	for (; !is_done(files); rounds++) {
		unsigned int way = below(8);
		pid_t pid = fork();

		if (!pid) {
			if (way < 2)
				take_pages(way ? MAP_PRIVATE : MAP_SHARED);
			if (way > 2)
				fill_a_file();
			setpgid(0, 0);
			fork_many();
		}
		while (wait(NULL) > 0)
			;
	}
	dprintf(1, "hog: %lu times memory was taken\n", rounds);
	return 0;
}
