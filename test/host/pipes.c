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

/* Each waits for a byte of the other's. */
static struct file *back[2];

static void answer(void *unused)
{
	char byte;

	(void)unused;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(move(ends[0], &byte, 1), 1);
		assert_int_equal(move(back[1], &byte, 1), 1);
	}
}

static void questions_are_answered(void)
{
	struct thread *other;
	char byte;

	assert_int_equal(pipe_open(ends, 0), 0);
	assert_int_equal(pipe_open(back, 0), 0);
	other = play_thread(answer, NULL, SAME, 0);
	for (char i = 'a'; i < 'd'; i++) {
		assert_int_equal(move(ends[1], &i, 1), 1);
		assert_int_equal(move(back[0], &byte, 1), 1);
		assert_int_equal(byte, i);
	}
	thread_join(other);
	for (int i = 0; i < 2; i++) {
		file_put(ends[i]);
		file_put(back[i]);
	}
}

/* A piece that is long, or whose memory has to come, and small ones meanwhile. */
#define LONG	200
#define SMALL	8

static long move_user(struct file *f, const char *buf, size_t bytes)
{
	struct io io = io_user((uintptr_t)buf, bytes);

	return (f->flags & O_ACCMODE) == O_RDONLY ? file_read(f, &io) : file_write(f, &io);
}

static void write_small(void *unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++)
		assert_int_equal(move_user(ends[1], "smallest", SMALL), SMALL);
}

static void read_small(void *got)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(move_user(ends[0], (char *)got + (size_t)i * SMALL, SMALL), SMALL);
}

static void pieces_are_written_whole(void)
{
	char buf[LONG + 3 * SMALL];
	struct thread *other;
	unsigned int longs = 0;

	assert_int_equal(pipe_open(ends, 0), 0);
	/* So that the ring has its page. */
	assert_int_equal(move_user(ends[1], "smallest", SMALL), SMALL);
	assert_int_equal(move_user(ends[0], buf, SMALL), SMALL);
	memset(user_late, '-', LONG);
	other = play_thread(write_small, NULL, SAME, 0);
	assert_int_equal(move_user(ends[1], user_late, LONG), LONG);
	thread_join(other);
	assert_int_equal(move_user(ends[0], buf, sizeof(buf)), sizeof(buf));
	for (size_t at = 0, piece; at < sizeof(buf); at += piece) {
		bool is_long = buf[at] == '-';

		piece = is_long ? LONG : SMALL;
		longs += is_long;
		assert_true(at + piece <= sizeof(buf));
		assert_memory_equal(buf + at, is_long ? user_late : "smallest", piece);
	}
	assert_int_equal(longs, 1);
	file_put(ends[0]);
	file_put(ends[1]);
}

static void each_byte_is_read_once(void)
{
	static char bytes[LONG], small[3 * SMALL];
	bool seen[LONG] = { false };
	struct thread *other;
	long got;

	assert_int_equal(pipe_open(ends, 0), 0);
	for (unsigned int i = 0; i < LONG; i++)
		bytes[i] = (char)i;
	assert_int_equal(move_user(ends[1], bytes, LONG), LONG);
	other = play_thread(read_small, small, SAME, 0);
	got = move_user(ends[0], user_late, LONG - sizeof(small));
	assert_int_equal(got, LONG - sizeof(small));
	thread_join(other);
	for (unsigned int i = 0; i < LONG; i++) {
		unsigned char byte = (unsigned char)(i < sizeof(small) ? small[i] :
						     user_late[i - sizeof(small)]);

		assert_false(seen[byte]);
		seen[byte] = true;
	}
	file_put(ends[0]);
	file_put(ends[1]);
}

/* proves PI2 */
static void long_pieces_and_small_ones(void **state)
{
	static const struct scenario written = { 2, pieces_are_written_whole },
		read = { 2, each_byte_is_read_once };

	(void)state;
	play_boot(2);
	play_all(&written, 0);
	play_all(&read, 0);
	for (u64 i = 0; i < drawn.operations; i++) {
		play_random(&written, drawn.seed + i, 3);
		play_random(&read, drawn.seed + i, 3);
	}
}

static void chosen_schedules(void **state)
{
	static const struct scenario words = { 2, words_arrive }, full = { 2, a_full_pipe_waits },
		meet = { 2, ends_of_a_name_meet }, last = { 2, the_last_word_is_read },
		answered = { 2, questions_are_answered };

	(void)state;
	play_boot(2);
	play_all(&last, 0);
	play_all(&words, 0);
	play_all(&meet, 0);
	play_all(&answered, 0);
	for (u64 i = 0; i < drawn.operations; i++) {
		play_random(&words, drawn.seed + i, 3);
		play_random(&meet, drawn.seed + i, 3);
		play_random(&answered, drawn.seed + i, 3);
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

/* A fault brings it, which no spinlock may wait for. */
static void memory_that_comes(void **state)
{
	char buf[8] = "";

	(void)state;
	alone();
	/* So that the ring has its page, and only the memory is missing. */
	assert_int_equal(move(ends[1], "a page", 6), 6);
	assert_int_equal(move(ends[0], buf, 6), 6);
	memcpy(user_late, "comes", 5);
	assert_int_equal(move_user(ends[1], user_late, 5), 5);
	memset(user_late, 0, 5);
	assert_int_equal(move_user(ends[0], user_late, 8), 5);
	assert_memory_equal(user_late, "comes", 5);
	file_put(ends[0]);
	file_put(ends[1]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chosen_schedules),
		cmocka_unit_test(ends_say_what_they_can),
		cmocka_unit_test(long_pieces_and_small_ones),
		cmocka_unit_test(memory_that_is_not_there),
		cmocka_unit_test(memory_that_comes),
	};

	drawn = random_plan(argc, argv, 100, 10000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
