/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What programs rely on, tried by one of them: a static program of Linux, which passes there too.
 * It ends with 42, or with the number of cases that failed after a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096ul
#define PASSED		42
#define THREADS		4
#define ANOTHER		7

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s\n", __LINE__, #condition); \
	} \
} while (0)

static char *map(size_t bytes, int flags)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

/* ---- processes ---- */

static volatile int mine = 5;

static void forks(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		mine = 9;
		_exit(mine);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 9);
	EXPECT(mine == 5);
	for (int i = 0; i < 100; i++) {
		pid = fork();
		if (!pid)
			_exit(i);
		EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == i);
	}
	pid = vfork();
	if (!pid)
		_exit(3);
	EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
	EXPECT(waitpid(-1, &status, 0) == -1 && errno == ECHILD);
}

static void ends_by_signals(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		*(volatile int *)strtoul("8", NULL, 0) = 1;
		_exit(0);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGSEGV);
	pid = fork();
	if (!pid)
		for (;;)
			sleep(1);
	kill(pid, SIGTERM);
	EXPECT(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM);
	pid = fork();
	if (!pid) {
		raise(SIGSTOP);
		_exit(4);
	}
	EXPECT(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	kill(pid, SIGCONT);
	EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 4);
}

/* ---- signals and faults ---- */

/* A program that makes no call, on this hart or on another one, ends at once as well. */
static void ends_while_it_spins(void)
{
	struct timespec while_it_runs = { 0, 20000000 }, step = { 0, 10000000 };
	pid_t child = fork(), ended = 0;
	int status = 0;

	if (!child)
		for (;;)
			__asm__ volatile("");
	nanosleep(&while_it_runs, NULL);
	EXPECT(!kill(child, SIGKILL));
	for (int i = 0; i < 200 && !ended; i++) {
		ended = waitpid(child, &status, WNOHANG);
		if (!ended)
			nanosleep(&step, NULL);
	}
	EXPECT(ended == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static const char *self;

static void *sleeps(void *unused)
{
	for (;;)
		sleep(100);
	return unused;
}

static void *spins(void *unused)
{
	for (;;)
		__asm__ volatile("");
	return unused;
}

static void *starts_another(void *unused)
{
	execl(self, self, "another", NULL);
	return unused;
}

/* A thread that is not the first one starts a program: the others end, asleep or in a loop. */
static void threads_end_at_exec(void)
{
	int status = 0;
	pid_t child = fork();
	pthread_t t;

	if (!child) {
		pthread_create(&t, NULL, sleeps, NULL);
		pthread_create(&t, NULL, spins, NULL);
		pthread_create(&t, NULL, starts_another, NULL);
		sleeps(NULL);
	}
	EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == ANOTHER);
}

/* Registers of F are those of the program behind a handler that has changed them. */
static void on_signal_with_fp(int sig)
{
	(void)sig;
	__asm__ volatile("fcvt.d.l fs3, %0" : : "r"(-7l) : "fs3");
}

static void floating_point_in_handlers(void)
{
	double before = 0.5, after;

	signal(SIGUSR2, on_signal_with_fp);
	__asm__ volatile("fmv.d fs3, %1\n"
			 "mv a0, %2\nli a1, 12\nli a7, 129\necall\n"
			 "fmv.d %0, fs3"
			 : "=f"(after) : "f"(before), "r"((long)getpid())
			 : "a0", "a1", "a7", "fs3", "memory");
	EXPECT(after == before);
	signal(SIGUSR2, SIG_DFL);
}

static volatile int got;
static void *volatile fault_address;
static volatile int fault_code;
static sigjmp_buf back;

static void on_signal(int sig)
{
	got = sig;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fault_address = info->si_addr;
	fault_code = info->si_code;
	siglongjmp(back, 1);
}

/* The code of the fault that touching it is; 0: none. */
static int touch(volatile char *at, int write)
{
	fault_code = 0;
	if (!sigsetjmp(back, 1)) {
		if (write)
			*at = 1;
		else
			(void)*at;
	}
	return fault_code;
}

static void faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	char *p = map(8 * PAGE, MAP_PRIVATE);

	signal(SIGUSR1, on_signal);
	kill(getpid(), SIGUSR1);
	EXPECT(got == SIGUSR1);
	sigaction(SIGSEGV, &action, NULL);
	EXPECT(touch((char *)0x1234, 1) == SEGV_MAPERR && fault_address == (void *)0x1234);
	/* A kernel's address is nobody's. */
	EXPECT(touch((char *)0xffffffe040000000, 0) == SEGV_MAPERR);
	memset(p, 3, 8 * PAGE);
	EXPECT(!mprotect(p + PAGE, PAGE, PROT_READ));
	EXPECT(touch(p + PAGE, 1) == SEGV_ACCERR && fault_address == p + PAGE);
	EXPECT(p[PAGE] == 3);
	EXPECT(!mprotect(p + PAGE, PAGE, PROT_NONE));
	EXPECT(touch(p + PAGE, 0) == SEGV_ACCERR);
	EXPECT(!mprotect(p + PAGE, PAGE, PROT_READ | PROT_WRITE));
	EXPECT(p[PAGE] == 3);
	EXPECT(!munmap(p + 2 * PAGE, PAGE));
	EXPECT(touch(p + 2 * PAGE, 1) == SEGV_MAPERR);
	EXPECT(!madvise(p, PAGE, MADV_DONTNEED) && p[0] == 0);
	EXPECT(munmap(p + 1, PAGE) == -1 && errno == EINVAL);
	signal(SIGSEGV, SIG_DFL);
}

/* A call with a pointer to what is no program's gives an error, and does nothing else. */
static void wild_pointers(void)
{
	static const unsigned long wild[] = { 0, 8, 0x3fffffffff, 0x3ffffffff8, 0x4000000000,
					      1ul << 63, 0xffffffe040000000, ~0ul, ~7ul };
	struct timespec now;

	for (unsigned int i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		EXPECT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
		EXPECT(sigaltstack((void *)wild[i], NULL) == (wild[i] ? -1 : 0));
		EXPECT(syscall(113, 0, wild[i]) == -1 && errno == EFAULT);
		EXPECT(syscall(115, 0, 0, wild[i], 0) == -1 && errno == EFAULT);
		EXPECT(syscall(221, wild[i], 0, 0) == -1 && errno == EFAULT);
	}
}

/* Time goes to any address, in two pages if need be, and a path comes from any: where the next page
 * is nobody's both end there. */
static void odd_addresses(void)
{
	char *p = map(3 * PAGE, MAP_PRIVATE), *end = p + 2 * PAGE;
	struct timespec t, before;

	EXPECT(!munmap(end, PAGE));
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (unsigned int i = 0; i < 24; i++) {
		EXPECT(!syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p + PAGE - i));
		memcpy(&t, p + PAGE - i, sizeof(t));
		EXPECT(t.tv_sec >= before.tv_sec && t.tv_sec < before.tv_sec + 60);
		EXPECT(t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
		EXPECT(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, end - i) ==
		       (i < sizeof(t) ? -1 : 0));
	}
	for (unsigned int len = 1; len < 300; len++) {
		char *path = end - len - 1;
		int fd;

		memset(path, '/', len + 1);
		EXPECT(open(path, O_RDONLY) == -1 && errno == EFAULT);
		path[len] = '\0';
		fd = open(path, O_RDONLY);
		EXPECT(fd >= 0 && !close(fd));
		path[len - 1] = 'x';
		EXPECT(open(path, O_RDONLY) == -1 && errno == ENOENT);
	}
}

/* ---- memory ---- */

static void memory(void)
{
	volatile int *shared = (volatile int *)map(PAGE, MAP_SHARED);
	char *big = malloc(20 << 20), *p = map(4 * PAGE, MAP_PRIVATE);
	int status;

	if (!fork()) {
		*shared = 77;
		_exit(0);
	}
	wait(&status);
	EXPECT(*shared == 77);
	memset(big, 1, 20 << 20);
	EXPECT(big[19 << 20] == 1);
	free(big);
	memset(p, 6, 4 * PAGE);
	p = mremap(p, 4 * PAGE, 1 << 20, MREMAP_MAYMOVE);
	EXPECT(p != MAP_FAILED && p[4 * PAGE - 1] == 6 && p[4 * PAGE] == 0);
}

/* ---- threads, and registers of F and D ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *counter(void *unused)
{
	(void)unused;
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		count++;
		pthread_mutex_unlock(&mutex);
		if (i % 100 == 0)
			sched_yield();
	}
	return &count;
}

static void threads(void)
{
	pthread_t all[THREADS];
	void *result;

	for (int i = 0; i < THREADS; i++)
		EXPECT(!pthread_create(&all[i], NULL, counter, NULL));
	for (int i = 0; i < THREADS; i++)
		EXPECT(!pthread_join(all[i], &result) && result == &count);
	EXPECT(count == 1000 * THREADS);
}

static double work(double x)
{
	for (int i = 0; i < 50000; i++)
		x = x * 1.0000001 + 0.5 / (i + 1);
	return x;
}

static void floating_point(void)
{
	double wanted = work(1.5);
	int status;

	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 10; k++)
			if (work(1.5) != wanted)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		wait(&status);
		EXPECT(!status);
	}
}

static void times(void)
{
	struct timespec wanted = { 0, 20000000 }, a, b;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &a);
	EXPECT(!nanosleep(&wanted, NULL));
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	EXPECT(ms >= 19 && ms < 2000);
}

/* A file of which nothing was written is 0, however it is mapped; behind its end is nothing. */
static void holes(void)
{
	int fd = open("/tmp/holes", O_RDWR | O_CREAT, 0600), status;
	char *own, *shared, word[5] = "none";
	pid_t pid;

	EXPECT(!ftruncate(fd, 3 * PAGE));
	own = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	EXPECT(own[0] == 0 && own[PAGE] == 0);
	own[PAGE] = own[2 * PAGE] = 1;
	EXPECT(shared[PAGE] == 0 && shared[2 * PAGE] == 0);
	EXPECT(pwrite(fd, "word", 4, 0) == 4 && !memcmp(own, "word", 4));
	memcpy(shared + PAGE, "again", 5);
	EXPECT(own[PAGE] == 1 && pread(fd, word, 4, PAGE) == 4 && !memcmp(word, "agai", 4));
	pid = fork();
	if (!pid)
		_exit(own[3 * PAGE]);
	EXPECT(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGBUS);
	EXPECT(!ftruncate(fd, PAGE));
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (!pid)
			_exit(i ? own[PAGE] : shared[PAGE]);
		EXPECT(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGBUS);
	}
	EXPECT(!memcmp(shared, "word", 4) && !ftruncate(fd, 2 * PAGE));
	EXPECT(own[PAGE] == 0 && shared[PAGE] == 0);
	munmap(own, 4 * PAGE);
	munmap(shared, 4 * PAGE);
	close(fd);
	unlink("/tmp/holes");
}

int main(int argc, char **argv)
{
	self = argv[0];
	/* This is the program that another one starts: its thread is the process. */
	if (argc > 1)
		return syscall(SYS_gettid) == getpid() ? ANOTHER : 1;
	forks();
	ends_by_signals();
	ends_while_it_spins();
	floating_point_in_handlers();
	threads_end_at_exec();
	faults();
	wild_pointers();
	odd_addresses();
	memory();
	holes();
	threads();
	floating_point();
	times();
	return failed ? failed : PASSED;
}
