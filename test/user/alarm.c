/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The timer of real time, and signals that are taken without a handler. Ends with 42, or with the
 * number of cases that failed after a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSED		42
#define MS		1000
#define RINGS		5
#define CHILDREN	40

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s\n", __LINE__, #condition); \
	} \
} while (0)

static volatile sig_atomic_t rings;

static void count(int sig)
{
	(void)sig;
	rings++;
}

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

static void set(long us, long every_us, struct itimerval *old)
{
	struct itimerval new = { { 0, every_us }, { 0, us } };

	EXPECT(!setitimer(ITIMER_REAL, &new, old));
}

static int left(void)
{
	struct itimerval now;

	EXPECT(!getitimer(ITIMER_REAL, &now));
	return now.it_value.tv_sec || now.it_value.tv_usec;
}

static sigset_t only(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

static void wait_for_rings(int wanted)
{
	sigset_t alarm_set = only(SIGALRM), before;

	sigprocmask(SIG_BLOCK, &alarm_set, &before);
	while (rings < wanted)
		sigsuspend(&before);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void rings_once(void)
{
	long long from = now_us();

	rings = 0;
	set(20 * MS, 0, NULL);
	EXPECT(left());
	wait_for_rings(1);
	EXPECT(now_us() - from >= 20 * MS);
	EXPECT(!left());
	EXPECT(rings == 1);
}

static void rings_again(void)
{
	long long from = now_us();
	struct itimerval old;

	rings = 0;
	set(2 * MS, 3 * MS, NULL);
	wait_for_rings(RINGS);
	EXPECT(now_us() - from >= (2 + 3 * (RINGS - 1)) * MS);
	set(0, 0, &old);
	EXPECT(old.it_interval.tv_usec == 3 * MS && old.it_interval.tv_sec == 0);
	EXPECT(old.it_value.tv_usec > 0 && old.it_value.tv_usec <= 3 * MS);
	EXPECT(!left());
}

static void seconds(void)
{
	EXPECT(alarm(1000) == 0);
	EXPECT(alarm(500) > 900);
	EXPECT(alarm(0) > 400);
	EXPECT(!left());
}

static void refuses(void)
{
	struct itimerval bad = { { 0, 0 }, { 0, 1000000 } };

	EXPECT(setitimer(7, &bad, NULL) == -1 && errno == EINVAL);
	EXPECT(setitimer(ITIMER_REAL, &bad, NULL) == -1 && errno == EINVAL);
	EXPECT(getitimer(ITIMER_REAL, (void *)8) == -1 && errno == EFAULT);
}

/* A child has none; it stays with a new program; who ends takes it away. */
static void belongs_to_one(const char *self)
{
	int status;
	pid_t pid;

	alarm(1000);
	pid = fork();
	if (!pid) {
		EXPECT(!left());
		alarm(1000);
		execl(self, self, "left", (char *)NULL);
		_exit(1);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == PASSED);
	EXPECT(left());
	alarm(0);
	for (int i = 0; i < CHILDREN; i++) {
		pid = fork();
		if (!pid) {
			signal(SIGALRM, SIG_IGN);
			set(1 + i * 100, 1 + i * 100, NULL);
			for (long long end = now_us() + i * 50; now_us() < end;)
				;
			_exit(0);
		}
		EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	}
	pid = fork();
	if (!pid) {
		signal(SIGALRM, SIG_DFL);
		set(1 * MS, 0, NULL);
		for (;;)
			pause();
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGALRM);
}

/* ---- signals that are taken ---- */

static void takes(void)
{
	sigset_t usr = only(SIGUSR1), child = only(SIGCHLD);
	struct timespec none = { 0, 0 }, some = { 0, 20 * MS * 1000 }, much = { 100, 0 };
	siginfo_t info;
	long long from;
	pid_t pid;

	sigprocmask(SIG_BLOCK, &usr, NULL);
	sigprocmask(SIG_BLOCK, &child, NULL);
	raise(SIGUSR1);
	memset(&info, 0xff, sizeof(info));
	EXPECT(sigwaitinfo(&usr, &info) == SIGUSR1 && info.si_signo == SIGUSR1 && !info.si_errno);
	EXPECT(sigtimedwait(&usr, NULL, &none) == -1 && errno == EAGAIN);
	from = now_us();
	EXPECT(sigtimedwait(&usr, NULL, &some) == -1 && errno == EAGAIN);
	EXPECT(now_us() - from >= 20 * MS);
	pid = fork();
	if (!pid) {
		usleep(10 * MS);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	EXPECT(sigtimedwait(&usr, &info, &much) == SIGUSR1);
	/* It would be ignored, were it not waited for. */
	EXPECT(sigtimedwait(&child, &info, &much) == SIGCHLD);
	EXPECT(waitpid(pid, NULL, 0) == pid);
	rings = 0;
	set(10 * MS, 0, NULL);
	EXPECT(sigwaitinfo(&usr, NULL) == -1 && errno == EINTR && rings == 1);
	none.tv_nsec = -1;
	EXPECT(sigtimedwait(&usr, NULL, &none) == -1 && errno == EINVAL);
	sigprocmask(SIG_UNBLOCK, &child, NULL);
}

static void *takes_two(void *unused)
{
	sigset_t set = only(SIGUSR2);
	int sig;

	(void)unused;
	for (int i = 0; i < 2; i++)
		EXPECT(!sigwait(&set, &sig) && sig == SIGUSR2);
	return NULL;
}

/* All threads keep it back, and the one that waits gets it. */
static void a_thread_takes(void)
{
	sigset_t set = only(SIGUSR2), pending;
	pthread_t thread;

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	EXPECT(!pthread_create(&thread, NULL, takes_two, NULL));
	for (int i = 0; i < 2; i++) {
		kill(getpid(), SIGUSR2);
		do {
			usleep(1 * MS);
			sigpending(&pending);
		} while (sigismember(&pending, SIGUSR2));
	}
	EXPECT(!pthread_join(thread, NULL));
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = count };

	if (argc > 1)
		return left() ? PASSED : 1;
	sigaction(SIGALRM, &action, NULL);
	rings_once();
	rings_again();
	seconds();
	refuses();
	belongs_to_one(argv[0]);
	takes();
	a_thread_takes();
	dprintf(1, "alarms: %s\n", failed ? "failed" : "all as they should be");
	return failed ? failed : PASSED;
}
