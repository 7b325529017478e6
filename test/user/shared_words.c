/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that wait for each other by words of memory that they share: mutexes, conditions and
 * semaphores of the C library, and futexes in a file that each maps elsewhere. Ends with 42, or
 * with the number of cases that failed after a line for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSED		42
#define PAGE		4096ul
#define CHILDREN	3
#define ROUNDS		300
#define WORDS		2

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s\n", __LINE__, #condition); \
	} \
} while (0)

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t turned;
	sem_t ping, pong;
	unsigned long sum;
	int turn;
};

static long futex(void *word, int op, unsigned int value, unsigned long more, void *other)
{
	return syscall(SYS_futex, word, op, value, more, other, 0);
}

static void *map(int fd, size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
}

static void ends_well(pid_t pid)
{
	int status;

	EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status));
}

static void init(struct shared *s)
{
	pthread_mutexattr_t lock;
	pthread_condattr_t condition;

	pthread_mutexattr_init(&lock);
	pthread_mutexattr_setpshared(&lock, PTHREAD_PROCESS_SHARED);
	EXPECT(!pthread_mutex_init(&s->lock, &lock));
	pthread_condattr_init(&condition);
	pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	EXPECT(!pthread_cond_init(&s->turned, &condition));
	EXPECT(!sem_init(&s->ping, 1, 0) && !sem_init(&s->pong, 1, 0));
}

static void add(struct shared *s, int who)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&s->lock);
		s->sum++;
		if ((i + who) % 16 == 0)
			sched_yield();
		pthread_mutex_unlock(&s->lock);
	}
}

static void one_at_a_time(struct shared *s)
{
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			add(s, i);
			_exit(0);
		}
	}
	add(s, CHILDREN);
	for (int i = 0; i < CHILDREN; i++)
		ends_well(pids[i]);
	EXPECT(s->sum == (CHILDREN + 1) * ROUNDS);
}

static void take_turns(struct shared *s, int mine)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&s->lock);
		while (s->turn % 2 != mine)
			pthread_cond_wait(&s->turned, &s->lock);
		s->turn++;
		pthread_cond_signal(&s->turned);
		pthread_mutex_unlock(&s->lock);
	}
}

static void in_turn(struct shared *s)
{
	pid_t pid = fork();

	if (!pid) {
		take_turns(s, 1);
		for (int i = 0; i < ROUNDS; i++) {
			sem_wait(&s->ping);
			sem_post(&s->pong);
		}
		_exit(0);
	}
	take_turns(s, 0);
	for (int i = 0; i < ROUNDS; i++) {
		sem_post(&s->ping);
		sem_wait(&s->pong);
	}
	ends_well(pid);
	EXPECT(s->turn == 2 * ROUNDS);
}

/* Until somebody waits, for a word that stays what it is. */
static void wake_one(unsigned int *word, int op)
{
	while (futex(word, op, 1, 0, NULL) != 1)
		usleep(1000);
}

/* Each has the file elsewhere; a word of another page, or of memory of its own, is another one. */
static void in_a_file(int fd)
{
	unsigned int *words = map(fd, 4 * PAGE), *others;
	pid_t pid;

	for (int i = 0; i < WORDS; i++) {
		words[i * PAGE / 4] = 7;
		pid = fork();
		if (!pid) {
			int again = open("/words", O_RDWR);

			others = map(again, 4 * PAGE);
			munmap(words, 4 * PAGE);
			_exit(again < 0 || others == words ||
			      futex(&others[i * PAGE / 4], FUTEX_WAIT, 7, 0, NULL));
		}
		EXPECT(!futex(&words[3 * PAGE / 4], FUTEX_WAKE, 9, 0, NULL));
		EXPECT(!futex(&words[i * PAGE / 4], FUTEX_WAKE_PRIVATE, 9, 0, NULL));
		wake_one(&words[i * PAGE / 4], FUTEX_WAKE);
		ends_well(pid);
	}
	/* Private memory is each one's own after fork. */
	others = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (!pid) {
		struct timespec t = { 0, 20000000 };

		_exit(!(futex(others, FUTEX_WAIT, 0, (unsigned long)&t, NULL) == -1 &&
			errno == ETIMEDOUT));
	}
	usleep(5000);
	EXPECT(!futex(others, FUTEX_WAKE, 9, 0, NULL));
	ends_well(pid);
	munmap(words, 4 * PAGE);
}

/* Who waits for one word is made to wait for another one. */
static void requeued(unsigned int *a, unsigned int *b)
{
	pid_t pid = fork();

	if (!pid)
		_exit(futex(a, FUTEX_WAIT, 0, 0, NULL) != 0);
	while (futex(a, FUTEX_REQUEUE, 0, 1, b) != 1)
		usleep(1000);
	wake_one(b, FUTEX_WAKE);
	ends_well(pid);
}

int main(void)
{
	int fd = open("/words", O_RDWR | O_CREAT, 0600);
	struct shared *s = map(-1, PAGE);
	unsigned int *words = map(-1, 2 * PAGE);

	EXPECT(fd >= 0 && !ftruncate(fd, 4 * PAGE) && s != MAP_FAILED);
	init(s);
	one_at_a_time(s);
	in_turn(s);
	in_a_file(fd);
	requeued(&words[1], &words[PAGE / 4 + 9]);
	dprintf(1, "words: %s\n", failed ? "failed" : "all as they should be");
	return failed ? failed : PASSED;
}
