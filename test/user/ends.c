/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children that end by signals, in whatever they are: running, faulting, waiting for each other,
 * with threads, stopped, in vfork(), with an alarm. Each has memory, files and pipes in its hands.
 * Ends with 42; CHILDREN and SEED may be chosen when it is built.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PASSED		42
#define PAGE		4096ul
#ifndef CHILDREN
#define CHILDREN	60
#endif
#ifndef SEED
#define SEED		1
#endif
#define AT_ONCE		6
#define PAGES_MOST	24

static unsigned long state = SEED;
static unsigned int *word;		/* shared by all */
static const char *self;

static unsigned int below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state >> 33) % n;
}

static void *map(size_t bytes, int flags)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

/* What a process may have when it ends. */
static void take_things(void)
{
	char *own = map(PAGES_MOST * PAGE, MAP_PRIVATE), name[32];
	int pipes[2], file;

	for (unsigned int i = below(PAGES_MOST); i; i--)
		own[below(PAGES_MOST) * PAGE] = 1;
	if (below(2) && !pipe(pipes) && write(pipes[1], own, 1 + below(3 * PAGE)) < 0)
		_exit(1);
	snprintf(name, sizeof(name), "/tmp/%u", below(4));
	file = open(name, O_RDWR | O_CREAT, 0600);
	if (file >= 0 && !ftruncate(file, 4 * PAGE)) {
		char *seen = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
				  below(2) ? MAP_SHARED : MAP_PRIVATE, file, 0);

		seen[below(4) * PAGE] = 1;
	}
}

static void spin(void)
{
	volatile char *own = map(PAGES_MOST * PAGE, MAP_PRIVATE);

	for (unsigned long i = 0;; i++) {
		own[i % PAGES_MOST * PAGE] = 1;
		if (i % 64 == 0)
			madvise((void *)own, PAGES_MOST * PAGE, MADV_DONTNEED);
	}
}

static void wait_for_word(void)
{
	for (;;)
		syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void *thread(void *what)
{
	if (what)
		spin();
	wait_for_word();
	return NULL;
}

static void begin_threads(void)
{
	pthread_t t;

	for (unsigned long i = 0; i < 3; i++)
		pthread_create(&t, NULL, thread, (void *)(i % 2));
}

static int deeper(volatile char *above)
{
	volatile char here[PAGE];

	here[0] = above[0];
	return deeper(here) + here[0];
}

/* It stays when its parent ends, until nobody holds the pipe's other end. */
static void leave_a_child(void)
{
	int pipes[2];
	char byte;

	if (pipe(pipes))
		return;
	if (!fork()) {
		close(pipes[1]);
		_exit((int)read(pipes[0], &byte, 1));
	}
	close(pipes[0]);
}

enum { SPINS, WAITS, READS, THREADS, STOPS, LEAVES, BY_OTHERS, ABORTS = BY_OTHERS, FAULTS, ILLEGAL,
       OVERFLOWS, ALARMED, IN_VFORK, THREAD_FAULTS, A_NEW_PROGRAM, KINDS };

static void wait_in_pipe(void)
{
	int pipes[2];
	char byte;

	while (!pipe(pipes) && read(pipes[0], &byte, 1) < 0)
		;
}

/* Until the signal comes from outside. */
static void wait_for_the_end(unsigned int kind)
{
	switch (kind) {
	case SPINS:
		spin();
		break;
	case WAITS:
		wait_for_word();
		break;
	case READS:
		wait_in_pipe();
		break;
	case THREADS:
		begin_threads();
		spin();
		break;
	case STOPS:
		raise(SIGSTOP);
		spin();
		break;
	default:
		leave_a_child();
		pause();
	}
}

static void end_by_itself(unsigned int kind)
{
	static const struct itimerval soon = { { 0, 0 }, { 0, 1500 } };

	switch (kind) {
	case FAULTS:
		*(volatile int *)strtoul("16", NULL, 0) = 1;
		break;
	case ILLEGAL:
		__asm__ volatile("unimp");
		break;
	case OVERFLOWS:
		_exit(deeper(""));
	case ALARMED:
		setitimer(ITIMER_REAL, &soon, NULL);
		spin();
		break;
	case IN_VFORK:
		if (!vfork())
			raise(SIGKILL);
		break;
	case THREAD_FAULTS:
		begin_threads();
		*(volatile int *)strtoul("16", NULL, 0) = 1;
		break;
	case A_NEW_PROGRAM:
		execl(self, self, "abort", (char *)NULL);
		break;
	}
	abort();
}

static int signal_of(unsigned int kind, int sent)
{
	switch (kind) {
	case FAULTS:
	case OVERFLOWS:
	case THREAD_FAULTS:
		return SIGSEGV;
	case ILLEGAL:
		return SIGILL;
	case ALARMED:
		return SIGALRM;
	default:
		return kind < BY_OTHERS ? sent : SIGABRT;
	}
}

struct child {
	pid_t pid;
	unsigned int kind;
	int sent;
};

static struct child begin(void)
{
	static const int sent[] = { SIGKILL, SIGTERM, SIGUSR1, SIGHUP, SIGINT };
	struct child c = { .kind = below(KINDS), .sent = sent[below(5)] };

	if (c.kind == STOPS)
		c.sent = SIGKILL;
	c.pid = fork();
	if (c.pid < 0) {
		dprintf(1, "fork: errno %d\n", errno);
		exit(1);
	}
	if (c.pid)
		return c;
	take_things();
	if (c.kind < BY_OTHERS)
		wait_for_the_end(c.kind);
	else
		end_by_itself(c.kind);
	_exit(1);
}

static int end(const struct child *c)
{
	int status = 0, wanted = signal_of(c->kind, c->sent);

	if (c->kind < BY_OTHERS)
		kill(c->pid, c->sent);
	if (waitpid(c->pid, &status, 0) == c->pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == wanted)
		return 0;
	dprintf(1, "kind %u: status %x, signal %d was wanted\n", c->kind, (unsigned int)status,
		wanted);
	return 1;
}

int main(int argc, char **argv)
{
	struct child children[AT_ONCE];
	int failed = 0;

	if (argc > 1)
		abort();
	self = argv[0];
	word = map(PAGE, MAP_SHARED);
	for (unsigned int done = 0; done < CHILDREN; done += AT_ONCE) {
		for (unsigned int i = 0; i < AT_ONCE; i++)
			children[i] = begin();
		usleep(below(4) * 500);
		for (unsigned int i = 0; i < AT_ONCE; i++)
			failed += end(&children[i]);
		/* Whoever has lost its parent holds a number until it is waited for. */
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	while (wait(NULL) > 0)
		;
	return failed ? 1 : PASSED;
}
