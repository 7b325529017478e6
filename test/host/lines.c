/* SPDX-License-Identifier: BSD-2-Clause */
/* What is typed: lines, what edits them, signals, end of file, and characters without lines. */
#include "common/boot.h"

#include <fs/tasks.h>

#include "../../fs/tty_internal.h"

#define CTRL(letter)	((letter) & 0x1f)
#define COOKED		(ISIG | ICANON | IEXTEN)

static struct tty t;
static struct rng rng = { .state = 4711 };

static void begin(u32 lflag)
{
	t = (struct tty){ .termios = {
		.iflag = ICRNL | IXON, .lflag = lflag,
		.cc = { [VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = 0x7f,
			[VKILL] = CTRL('U'), [VEOF] = CTRL('D'), [VSUSP] = CTRL('Z'),
			[VWERASE] = CTRL('W'), [VLNEXT] = CTRL('V'), [VSTART] = CTRL('Q'),
			[VSTOP] = CTRL('S') } } };
}

/* The last signal that the characters stood for. */
static int type(const char *text)
{
	int sig = 0;

	for (; *text; text++) {
		int one = line_input(&t, (unsigned char)*text);

		sig = one ? one : sig;
	}
	return sig;
}

static void expect(const char *text, bool line_ends)
{
	char buf[64];
	bool over;
	size_t len = line_take(&t, buf, sizeof(buf) - 1, &over);

	buf[len] = '\0';
	assert_string_equal(buf, text);
	assert_int_equal(over, line_ends);
}

static void lines_come_whole(void **state)
{
	(void)state;
	begin(COOKED);
	type("one");
	assert_int_equal(line_ready(&t), 0);
	type("\rtwo\nthr");
	expect("one\n", true);
	expect("two\n", true);
	assert_int_equal(line_ready(&t), 0);
	/* The end of the file comes behind what was typed; with nothing typed a reader gets no
	 * bytes. */
	type("ee\x04\x04");
	expect("three", true);
	expect("", true);
}

static void lines_are_edited(void **state)
{
	(void)state;
	begin(COOKED);
	type("ab\x7f\x7f\x7f" "cd\n");
	expect("cd\n", true);
	type("several words\x17\x17one\n");
	expect("one\n", true);
	type("gone\x15" "kept\n");
	expect("kept\n", true);
	type("a\x16\x03" "b\n");
	expect("a\x03" "b\n", true);
	/* A character of several bytes goes as one. */
	type("\xc3\xa4\xe2\x82\xac\x7f\n");
	expect("\xc3\xa4\n", true);
	/* A line that was ended is not edited. */
	type("done\n\x7f\x15x\n");
	expect("done\n", true);
	expect("x\n", true);
}

static void characters_are_signals(void **state)
{
	(void)state;
	begin(COOKED);
	assert_int_equal(type("lost\x03"), FILE_SIGINT);
	assert_int_equal(type("\x1c"), FILE_SIGQUIT);
	assert_int_equal(type("\x1a"), FILE_SIGTSTP);
	type("new\n");
	expect("new\n", true);
	begin(COOKED | NOFLSH);
	assert_int_equal(type("kept\x03\n"), FILE_SIGINT);
	expect("kept\n", true);
	begin(0);
	assert_int_equal(type("\x03\x1a"), 0);
	expect("\x03\x1a", false);
}

static void output_stops_and_goes_on(void **state)
{
	(void)state;
	begin(COOKED);
	type("\x13");
	assert_true(t.stopped);
	type("\x11");
	assert_false(t.stopped);
	type("\x13\x03");
	assert_false(t.stopped);
	assert_int_equal(line_ready(&t), 0);
}

/* A line that is too long keeps its beginning, and its end. */
static void a_full_ring_loses_and_goes_on(void **state)
{
	char buf[64];
	bool over;
	size_t sum = 0;

	(void)state;
	begin(COOKED);
	for (unsigned int i = 0; i < 2 * TTY_BYTES; i++)
		type("x");
	type("\n");
	do {
		sum += line_take(&t, buf, sizeof(buf), &over);
	} while (!over);
	assert_int_equal(sum, TTY_BYTES);
	type("y\n");
	expect("y\n", true);
	begin(0);
	for (unsigned int i = 0; i < 2 * TTY_BYTES; i++)
		type("x");
	assert_true(line_ready(&t) >= TTY_BYTES - 1);
}

/* proves LI1: anything may be typed, while modes change and somebody reads */
static void anything_may_be_typed(void **state)
{
	(void)state;
	begin(COOKED);
	for (unsigned int i = 0; i < 200000; i++) {
		char buf[300];
		bool over;

		switch (rng_below(&rng, 40)) {
		case 0:
			(void)line_take(&t, buf, rng_below(&rng, sizeof(buf)), &over);
			break;
		case 1:
			t.termios.lflag ^= ICANON;
			t.lines = t.head;
			break;
		case 2:
			line_flush(&t);
			break;
		default:
			(void)line_input(&t, (unsigned char)rng_below(&rng, 256));
		}
		assert_true(t.head - t.tail <= TTY_BYTES);
		assert_true(t.lines - t.tail <= t.head - t.tail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole),
		cmocka_unit_test(lines_are_edited),
		cmocka_unit_test(characters_are_signals),
		cmocka_unit_test(output_stops_and_goes_on),
		cmocka_unit_test(a_full_ring_loses_and_goes_on),
		cmocka_unit_test(anything_may_be_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
