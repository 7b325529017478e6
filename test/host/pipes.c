/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pipes on CPUs whose steps are chosen: bytes come in their order, the end is seen, and nobody
 * waits for ever. Then what one thread can see alone.
 */
#include "common/audit.h"
#include "common/play.h"
#include "common/user_memory.h"

#include <kernel/errno.h>
#include <mm/slab.h>
#include <fs/files.h>
#include <fs/pipe.h>
#include <fs/poll.h>

#define SAME	CONFIG_SHELL_PRIORITY

static struct random_plan drawn;
static struct file *ends[2];

static long move(struct file *f, const char *buf, size_t bytes)
{
	struct io io = io_kernel((char *)(uintptr_t)buf, bytes);

	return (f->flags & O_ACCMODE) == O_RDONLY ? file_read(f, &io) : file_write(f, &io);
}

/* ---- scenarios ---- */

static void write_words(void *unused)
{
	(void)unused;
	assert_int_equal(move(ends[1], "first ", 6), 6);
	assert_int_equal(move(ends[1], "second", 6), 6);
	file_put(ends[1]);
}

static void words_arrive(void)
{
	char buf[32] = "";
	struct thread *writer;
	size_t got = 0;
	long part;

	assert_int_equal(pipe_open(ends, 0), 0);
	writer = play_thread(write_words, NULL, SAME, 0);
	while ((part = move(ends[0], buf + got, 4)) > 0)
		got += (size_t)part;
	assert_int_equal(part, 0);
	assert_string_equal(buf, "first second");
	thread_join(writer);
	file_put(ends[0]);
}

/* The last bytes and the end come between two looks of the reader, who must not take the end for
 * the whole. */
static void write_last_word(void *unused)
{
	(void)unused;
	assert_int_equal(move(ends[1], "last", 4), 4);
	file_put(ends[1]);
}

static void the_last_word_is_read(void)
{
	struct thread *writer;
	char buf[8] = "";

	assert_int_equal(pipe_open(ends, 0), 0);
	writer = play_thread(write_last_word, NULL, SAME, 0);
	assert_int_equal(move(ends[0], buf, 8), 4);
	assert_string_equal(buf, "last");
	assert_int_equal(move(ends[0], buf, 8), 0);
	thread_join(writer);
	file_put(ends[0]);
}

/* More than a pipe holds: each waits for the other. */
static void write_much(void *unused)
{
	static char block[PIPE_BYTES + 8192];

	(void)unused;
	assert_int_equal(move(ends[1], block, sizeof(block)), sizeof(block));
	file_put(ends[1]);
}

static void a_full_pipe_waits(void)
{
	static char buf[40000];
	struct thread *writer;
	size_t got = 0;
	long part;

	assert_int_equal(pipe_open(ends, 0), 0);
	writer = play_thread(write_much, NULL, SAME, 0);
	while ((part = move(ends[0], buf, sizeof(buf))) > 0)
		got += (size_t)part;
	assert_int_equal(got, PIPE_BYTES + 8192);
	thread_join(writer);
	file_put(ends[0]);
}

/* Each end of a name waits for the other one, which may have come and gone before it looks. */
static struct inode *name;

static struct file *open_name(unsigned int flags)
{
	struct file *f = file_new(name, &fifo_file_ops, flags);

	assert_non_null(f);
	assert_int_equal(fifo_file_ops.open(f), 0);
	return f;
}

static void write_and_go(void *unused)
{
	struct file *f = open_name(O_WRONLY);

	(void)unused;
	assert_int_equal(move(f, "through", 7), 7);
	file_put(f);
}

static void ends_of_a_name_meet(void)
{
	struct thread *writer;
	struct file *f;
	char buf[8] = "";

	assert_int_equal(pipe_open(ends, 0), 0);
	name = inode_get(ends[0]->inode);
	file_put(ends[0]);
	file_put(ends[1]);
	writer = play_thread(write_and_go, NULL, SAME, 0);
	f = open_name(O_RDONLY);
	assert_int_equal(move(f, buf, 7), 7);
	assert_string_equal(buf, "through");
	assert_int_equal(move(f, buf, 7), 0);
	file_put(f);
	thread_join(writer);
	inode_put(name);
}

static void chosen_schedules(void **state)
{
	static const struct scenario words = { 2, words_arrive }, full = { 2, a_full_pipe_waits },
		meet = { 2, ends_of_a_name_meet }, last = { 2, the_last_word_is_read };

	(void)state;
	play_boot(2);
	play_all(&last, 0);
	play_all(&words, 0);
	play_all(&meet, 0);
	for (u64 i = 0; i < drawn.operations; i++) {
		play_random(&words, drawn.seed + i, 3);
		play_random(&meet, drawn.seed + i, 3);
		if (i % 10 == 0)
			play_random(&full, drawn.seed + i, 3);
	}
}

/* ---- alone ---- */

static void alone(void)
{
	play_boot(1);
	assert_int_equal(pipe_open(ends, O_NONBLOCK), 0);
}

/* proves PI1: bytes written and read at random, against a count */
static void ends_say_what_they_can(void **state)
{
	static char block[PIPE_BYTES];
	struct rng rng = { .state = 7 };
	long in = 0;

	(void)state;
	alone();
	assert_int_equal(move(ends[0], block, 1), -EAGAIN);
	assert_int_equal(file_poll(ends[0], NULL), 0);
	assert_int_equal(file_poll(ends[1], NULL), POLLOUT | POLLWRNORM);
	for (unsigned int i = 0; i < 20000; i++) {
		size_t bytes = rng_below(&rng, 9000) + 1;
		long done = move(ends[rng_below(&rng, 2)], block, bytes);

		if (done == -EAGAIN)
			continue;
		assert_true(done > 0 && done <= (long)bytes);
		in = pipe_waiting(ends[0]);
		assert_true(in >= 0 && in <= (long)PIPE_BYTES);
	}
	while (move(ends[0], block, sizeof(block)) > 0)
		;
	/* A small piece goes in whole, or not at all. */
	assert_int_equal(move(ends[1], block, PIPE_BYTES), PIPE_BYTES);
	assert_int_equal(move(ends[0], block, 100), 100);
	assert_int_equal(move(ends[1], block, PIPE_BUF), -EAGAIN);
	assert_int_equal(move(ends[1], block, PIPE_BUF + 1), 100);
	file_put(ends[0]);
	assert_int_equal(move(ends[1], block, 1), -EPIPE);
	assert_int_equal(file_poll(ends[1], NULL) & POLLERR, POLLERR);
	file_put(ends[1]);
	alone();
	assert_int_equal(move(ends[1], "end", 3), 3);
	file_put(ends[1]);
	assert_int_equal(file_poll(ends[0], NULL), POLLIN | POLLRDNORM | POLLHUP);
	assert_int_equal(move(ends[0], block, 9), 3);
	assert_int_equal(move(ends[0], block, 9), 0);
	file_put(ends[0]);
	assert_int_equal(inodes_total(), 0);
}

static void memory_that_is_not_there(void **state)
{
	struct io io = io_user(USER_HOLE - 4, 8);
	char buf[8];

	(void)state;
	alone();
	io.user = USER_HOLE;
	assert_int_equal(file_write(ends[1], &io), -EFAULT);
	assert_int_equal(pipe_waiting(ends[0]), 0);
	assert_int_equal(move(ends[1], "data", 4), 4);
	io = io_user(USER_HOLE, 8);
	assert_int_equal(file_read(ends[0], &io), -EFAULT);
	assert_int_equal(move(ends[0], buf, 8), 4);
	file_put(ends[0]);
	file_put(ends[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_schedules),
		cmocka_unit_test(ends_say_what_they_can),
		cmocka_unit_test(memory_that_is_not_there),
	};

	drawn = random_plan(argc, argv, 100, 10000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
