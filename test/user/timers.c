/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers of timer_create(), by the calls themselves. Ends with 42, or with the number of cases that
 * failed after a line for each. MOST is how many timers a process may have; 0: not known.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSED		42
#define MS		1000000l	/* in ns */
#ifndef MOST
#define MOST		0
#endif
#define CHILDREN	40

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s, errno %d\n", __LINE__, #condition, errno); \
	} \
} while (0)

static int create(clockid_t clock, int notify, int sig, long value, int tid)
{
	struct sigevent e = { .sigev_notify = notify, .sigev_signo = sig };
	int id = -1;

	e.sigev_value.sival_ptr = (void *)value;
	e._sigev_un._tid = tid;
	return syscall(SYS_timer_create, clock, &e, &id) ? -1 : id;
}

static int set(int id, int flags, long in_ns, long every_ns, struct itimerspec *old)
{
	struct itimerspec new = { { 0, every_ns }, { in_ns / 1000000000, in_ns % 1000000000 } };

	return (int)syscall(SYS_timer_settime, id, flags, &new, old);
}

static struct itimerspec get(int id)
{
	struct itimerspec now = { { -1, -1 }, { -1, -1 } };

	EXPECT(!syscall(SYS_timer_gettime, id, &now));
	return now;
}

static int overrun(int id)
{
	return (int)syscall(SYS_timer_getoverrun, id);
}

static int end(int id)
{
	return (int)syscall(SYS_timer_delete, id);
}

static long long now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static sigset_t only(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

/* The signal, which is kept back, within a second; -1: it does not come. */
static int take(int sig, siginfo_t *info)
{
	sigset_t s = only(sig);
	struct timespec second = { 1, 0 };

	memset(info, 0xff, sizeof(*info));
	return sigtimedwait(&s, info, &second);
}

static int comes_within(int sig, long ns)
{
	sigset_t s = only(sig);
	struct timespec t = { 0, ns };

	return sigtimedwait(&s, NULL, &t) == sig;
}

static void rings_once(void)
{
	long long from = now_ns(CLOCK_MONOTONIC);
	int id = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0x123456789al, 0);
	struct itimerspec t;
	siginfo_t info;

	EXPECT(id >= 0 && overrun(id) == 0);
	t = get(id);
	EXPECT(!t.it_value.tv_sec && !t.it_value.tv_nsec && !t.it_interval.tv_nsec);
	EXPECT(!set(id, 0, 200 * MS, 0, NULL));
	t = get(id);
	EXPECT(!t.it_value.tv_sec && t.it_value.tv_nsec > 0 && t.it_value.tv_nsec <= 200 * MS);
	EXPECT(take(SIGUSR1, &info) == SIGUSR1);
	EXPECT(now_ns(CLOCK_MONOTONIC) - from >= 200 * MS);
	EXPECT(info.si_code == SI_TIMER && info.si_overrun == 0);
	EXPECT(info.si_value.sival_ptr == (void *)0x123456789al);
	EXPECT(!get(id).it_value.tv_nsec && !comes_within(SIGUSR1, 30 * MS));
	EXPECT(!end(id) && end(id) == -1 && errno == EINVAL);
}

static void rings_again(void)
{
	int id = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0, 0);
	long long from = now_ns(CLOCK_MONOTONIC);
	struct itimerspec old;
	siginfo_t info;
	int rings = 0;

	EXPECT(!set(id, 0, 5 * MS, 4 * MS, NULL));
	while (rings < 8 && take(SIGUSR1, &info) == SIGUSR1)
		rings += 1 + info.si_overrun;
	EXPECT(now_ns(CLOCK_MONOTONIC) - from >= (5 + 4 * 7) * MS);
	/* Nobody takes it for ten intervals. */
	usleep(50000);
	EXPECT(take(SIGUSR1, &info) == SIGUSR1 && info.si_overrun >= 8);
	EXPECT(overrun(id) == info.si_overrun);
	EXPECT(!set(id, 0, 0, 0, &old));
	EXPECT(old.it_interval.tv_nsec == 4 * MS && !old.it_interval.tv_sec);
	EXPECT(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 4 * MS);
	while (comes_within(SIGUSR1, MS))
		;
	EXPECT(!comes_within(SIGUSR1, 20 * MS));
	EXPECT(!end(id));
}

static void by_the_clock(clockid_t clock)
{
	int id = create(clock, SIGEV_SIGNAL, SIGUSR1, 7, 0);
	long long at = now_ns(clock) + 15 * MS;
	struct itimerspec new = { { 0, 0 }, { at / 1000000000, at % 1000000000 } };
	siginfo_t info;

	EXPECT(!syscall(SYS_timer_settime, id, TIMER_ABSTIME, &new, NULL));
	EXPECT(take(SIGUSR1, &info) == SIGUSR1 && info.si_value.sival_int == 7);
	EXPECT(now_ns(clock) >= at);
	/* What is past rings at once, and says what it has missed. */
	at = now_ns(clock) - 95 * MS;
	new = (struct itimerspec){ { 0, 10 * MS }, { at / 1000000000, at % 1000000000 } };
	if (at > 0) {
		EXPECT(!syscall(SYS_timer_settime, id, TIMER_ABSTIME, &new, NULL));
		EXPECT(take(SIGUSR1, &info) == SIGUSR1 && info.si_overrun >= 9);
	}
	EXPECT(!end(id));
	while (comes_within(SIGUSR1, MS))
		;
}

static void without_a_signal(void)
{
	int id = create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, 0);
	struct itimerspec t;

	EXPECT(!set(id, 0, 200 * MS, 0, NULL));
	EXPECT(get(id).it_value.tv_nsec > 0);
	usleep(300000);
	EXPECT(!get(id).it_value.tv_nsec && !get(id).it_value.tv_sec);
	EXPECT(!set(id, 0, 3 * MS, 7 * MS, NULL));
	usleep(20000);
	t = get(id);
	EXPECT(t.it_value.tv_nsec > 0 && t.it_value.tv_nsec <= 7 * MS);
	EXPECT(t.it_interval.tv_nsec == 7 * MS);
	EXPECT(!end(id));
}

/* Two timers send one signal: each is told of. */
static void two_of_one_signal(void)
{
	int a = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 1, 0);
	int b = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 2, 0), seen = 0;
	siginfo_t info;

	EXPECT(a != b && !set(a, 0, 2 * MS, 0, NULL) && !set(b, 0, 3 * MS, 0, NULL));
	usleep(20000);
	for (int i = 0; i < 2; i++)
		if (take(SIGUSR1, &info) == SIGUSR1 && info.si_code == SI_TIMER)
			seen |= info.si_value.sival_int;
	EXPECT(seen == 3 && !comes_within(SIGUSR1, 5 * MS));
	EXPECT(!end(a) && !end(b));
}

/* ---- threads ---- */

static volatile int in_thread, handled_by, code, value;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	code = info->si_code;
	value = info->si_value.sival_int;
	handled_by = (int)syscall(SYS_gettid);
}

static void *wait_for_it(void *unused)
{
	sigset_t usr2 = only(SIGUSR2);

	pthread_sigmask(SIG_UNBLOCK, &usr2, NULL);
	in_thread = (int)syscall(SYS_gettid);
	for (int i = 0; i < 1000 && !handled_by; i++)
		usleep(1000);
	return unused;
}

static void to_a_thread(void)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	sigset_t usr2 = only(SIGUSR2);
	pthread_t t;
	int id;

	/* Another thread would take it as well. */
	pthread_sigmask(SIG_UNBLOCK, &usr2, NULL);
	sigaction(SIGUSR2, &action, NULL);
	pthread_create(&t, NULL, wait_for_it, NULL);
	while (!in_thread)
		usleep(1000);
	id = create(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR2, 99, in_thread);
	EXPECT(id >= 0 && !set(id, 0, 5 * MS, 0, NULL));
	pthread_join(t, NULL);
	EXPECT(handled_by == in_thread && code == SI_TIMER && value == 99);
	/* Its thread is gone: nobody gets it. */
	handled_by = 0;
	EXPECT(!set(id, 0, 1 * MS, 0, NULL));
	usleep(10000);
	EXPECT(!handled_by && !end(id));
}

/* ---- who has it, and how many ---- */

static void refuses(void)
{
	struct itimerspec bad = { { 0, 0 }, { 0, 1000000000 } };
	int id = create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, 0), ids[2048], nr = 0;

	EXPECT(create(77, SIGEV_SIGNAL, SIGUSR1, 0, 0) == -1 && errno == EINVAL);
	EXPECT(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 0, 0, 0) == -1 && errno == EINVAL);
	EXPECT(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 65, 0, 0) == -1 && errno == EINVAL);
	EXPECT(create(CLOCK_MONOTONIC, SIGEV_THREAD_ID, SIGUSR1, 0, 1 << 22) == -1 &&
	       errno == EINVAL);
	EXPECT(syscall(SYS_timer_settime, id, 0, &bad, NULL) == -1 && errno == EINVAL);
	EXPECT(syscall(SYS_timer_settime, id, 0, (void *)8, NULL) == -1 && errno == EFAULT);
	EXPECT(syscall(SYS_timer_create, CLOCK_MONOTONIC, (void *)8, &id) == -1 && errno == EFAULT);
	EXPECT(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, (void *)8) == -1 &&
	       errno == EFAULT);
	EXPECT(syscall(SYS_timer_gettime, 5000, &bad) == -1 && errno == EINVAL);
	EXPECT(overrun(-1) == -1 && errno == EINVAL);
	if (MOST) {
		while (nr < 2048 && (ids[nr] = create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, 0)) >= 0)
			nr++;
		EXPECT(nr == MOST - 1 && errno == EAGAIN);
		while (nr)
			EXPECT(!end(ids[--nr]));
	}
	EXPECT(!end(id));
}

/* A child has none, a new program has none, and who ends takes them away. */
static void belongs_to_one(const char *self)
{
	int id = create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0, 0), status;
	char number[16];
	pid_t pid;

	EXPECT(!set(id, 0, 900 * MS, 0, NULL));
	snprintf(number, sizeof(number), "%d", id);
	pid = fork();
	if (!pid) {
		EXPECT(end(id) == -1 && errno == EINVAL);
		EXPECT(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 0, 0) >= 0);
		execl(self, self, number, (char *)NULL);
		/* qemu-riscv64 alone cannot. */
		_exit(errno == ENOEXEC ? PASSED : 1);
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == PASSED);
	EXPECT(get(id).it_value.tv_nsec > 0 && !end(id));
	for (int i = 0; i < CHILDREN; i++) {
		pid = fork();
		if (!pid) {
			signal(SIGUSR2, SIG_IGN);
			id = create(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR2, 0, 0);
			(void)set(id, 0, 1 + i * 100000, MS, NULL);
			for (long long at = now_ns(CLOCK_MONOTONIC) + i * 50000;
			     now_ns(CLOCK_MONOTONIC) < at;)
				;
			_exit(0);
		}
		EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	}
	pid = fork();
	if (!pid) {
		/* Without an event it is SIGALRM. */
		(void)syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id);
		(void)set(id, 0, MS, 0, NULL);
		for (;;)
			pause();
	}
	EXPECT(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGALRM);
}

/* By the C library, one of whose threads calls a function. */
static volatile int called;

static void function(union sigval v)
{
	called = v.sival_int;
}

static void calls_a_function(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = function,
			      .sigev_value.sival_int = 5 };
	struct itimerspec soon = { { 0, 0 }, { 0, 3 * MS } };
	timer_t t;

	EXPECT(!timer_create(CLOCK_MONOTONIC, &e, &t) && !timer_settime(t, 0, &soon, NULL));
	for (int i = 0; i < 1000 && !called; i++)
		usleep(1000);
	EXPECT(called == 5 && !timer_delete(t));
}

int main(int argc, char **argv)
{
	sigset_t usr1 = only(SIGUSR1);
	int left;

	if (argc > 1)
		return sscanf(argv[1], "%d", &left) == 1 && end(left) == -1 ? PASSED : 1;
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
	rings_once();
	rings_again();
	by_the_clock(CLOCK_MONOTONIC);
	by_the_clock(CLOCK_REALTIME);
	without_a_signal();
	two_of_one_signal();
	to_a_thread();
	refuses();
	belongs_to_one(argv[0]);
	calls_a_function();
	return failed ? failed : PASSED;
}
