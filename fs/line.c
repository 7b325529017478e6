/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the line discipline: what is typed becomes lines, signals and echoes.
 *
 * Structure: a ring. With ICANON the characters from lines to head are the line that is typed now,
 * which can be edited; those from tail to lines are whole lines. Without, all are there to be read.
 *
 *	tail ---- whole lines ----> lines ---- what is typed now ----> head
 *
 * Invariants:
 * LI1 tail <= lines <= head <= tail + TTY_BYTES, as counts that wrap around together.
 *
 * Locking: tty->lock.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/console.h>
#include <kernel/string.h>
#include <fs/tasks.h>

#include "tty_internal.h"

#define DELETE		0x7f

void line_flush(struct tty *t)
{
	t->tail = t->lines = t->head;
	t->literal = false;
}

static void show(const char *text)
{
	console_write(text, strlen(text));
}

/* ---- echo ---- */

static bool is_control(unsigned char c)
{
	return (c < ' ' && c != '\t' && c != '\n') || c == DELETE;
}

static void echo(const struct tty *t, unsigned char c)
{
	char text[3] = { (char)c, '\0', '\0' };

	if (!(t->termios.lflag & ECHO) && !(c == '\n' && t->termios.lflag & ECHONL))
		return;
	if (is_control(c) && t->termios.lflag & ECHOCTL) {
		text[0] = '^';
		text[1] = (char)(c ^ 0x40);
	}
	show(text);
}

/* ---- the line that is typed ---- */

static void put(struct tty *t, u16 c)
{
	t->ring[t->head % TTY_BYTES] = c;
	__atomic_store_n(&t->head, t->head + 1, __ATOMIC_RELAXED);
}

static void end_line(struct tty *t)
{
	__atomic_store_n(&t->lines, t->head, __ATOMIC_RELAXED);
}

/* A ring that is full keeps a place for the end of the line: the rest is lost, as on Linux. */
static void take_character(struct tty *t, unsigned char c)
{
	if (t->head - t->tail >= TTY_BYTES - 1)
		return;
	put(t, c);
	echo(t, c);
}

static unsigned char last(const struct tty *t)
{
	return (unsigned char)t->ring[(t->head - 1) % TTY_BYTES];
}

static void erase_one(struct tty *t)
{
	unsigned char c = last(t);

	__atomic_store_n(&t->head, t->head - 1, __ATOMIC_RELAXED);
	if (!(t->termios.lflag & ECHO))
		return;
	/* What follows the first byte of a character in UTF-8 has no column of its own. */
	if ((c & 0xc0) == 0x80)
		return;
	if (is_control(c) && t->termios.lflag & ECHOCTL)
		show("\b \b");
	show(t->termios.lflag & ECHOE ? "\b \b" : "");
}

static void erase_character(struct tty *t)
{
	/* The rest of a character in UTF-8 goes with its first byte. */
	while (t->head != t->lines && (last(t) & 0xc0) == 0x80)
		erase_one(t);
	if (t->head != t->lines)
		erase_one(t);
}

static void erase_word(struct tty *t)
{
	while (t->head != t->lines && last(t) == ' ')
		erase_one(t);
	while (t->head != t->lines && last(t) != ' ')
		erase_one(t);
}

static void erase_line(struct tty *t)
{
	while (t->head != t->lines)
		erase_one(t);
}

static void show_again(struct tty *t)
{
	show("^R\n");
	for (u32 at = t->lines; at != t->head; at++)
		echo(t, (unsigned char)t->ring[at % TTY_BYTES]);
}

/* ---- what characters mean ---- */

static bool means(const struct tty *t, unsigned int cc, unsigned char c)
{
	return t->termios.cc[cc] && t->termios.cc[cc] == c;
}

static int signal_of(const struct tty *t, unsigned char c)
{
	if (!(t->termios.lflag & ISIG))
		return 0;
	return means(t, VINTR, c) ? FILE_SIGINT : means(t, VQUIT, c) ? FILE_SIGQUIT :
	       means(t, VSUSP, c) ? FILE_SIGTSTP : 0;
}

/* True: the character edits the line, and is not part of it. */
static bool edits(struct tty *t, unsigned char c)
{
	bool more = t->termios.lflag & IEXTEN;

	if (means(t, VERASE, c))
		erase_character(t);
	else if (means(t, VKILL, c))
		erase_line(t);
	else if (more && means(t, VWERASE, c))
		erase_word(t);
	else if (more && means(t, VREPRINT, c))
		show_again(t);
	else
		return false;
	return true;
}

static void canonical_input(struct tty *t, unsigned char c)
{
	if (edits(t, c))
		return;
	if (means(t, VEOF, c)) {
		put(t, TTY_EOF | TTY_LINE_END);
		end_line(t);
	} else if (c == '\n' || means(t, VEOL, c) || means(t, VEOL2, c)) {
		put(t, (u16)(c | TTY_LINE_END));
		echo(t, c);
		end_line(t);
	} else {
		take_character(t, c);
	}
}

/* True: c stops or continues output. */
static bool flows(struct tty *t, unsigned char c)
{
	if (!(t->termios.iflag & IXON))
		return false;
	if (means(t, VSTOP, c) && !t->stopped)
		WRITE_ONCE(t->stopped, true);
	else if (means(t, VSTART, c))
		WRITE_ONCE(t->stopped, false);
	else
		return means(t, VSTOP, c);
	return true;
}

/* The character that arrives for one that is typed; false: none does. */
static bool translate(const struct tty *t, unsigned char *c)
{
	if (*c == '\r') {
		if (t->termios.iflag & IGNCR)
			return false;
		if (t->termios.iflag & ICRNL)
			*c = '\n';
	} else if (*c == '\n' && t->termios.iflag & INLCR) {
		*c = '\r';
	}
	return true;
}

int line_input(struct tty *t, unsigned char c)
{
	int sig;

	ASSERT(t->head - t->tail <= TTY_BYTES && t->lines - t->tail <= t->head - t->tail,
	       "LI1: a terminal has %u characters, %u of them in lines", t->head - t->tail,
	       t->lines - t->tail);
	if (t->literal) {
		t->literal = false;
		take_character(t, c);
		return 0;
	}
	if (!translate(t, &c) || flows(t, c))
		return 0;
	sig = signal_of(t, c);
	if (sig) {
		echo(t, c);
		if (!(t->termios.lflag & NOFLSH))
			line_flush(t);
		WRITE_ONCE(t->stopped, false);
	} else if (t->termios.lflag & IEXTEN && t->termios.lflag & ICANON && means(t, VLNEXT, c)) {
		t->literal = true;
	} else if (t->head - t->tail >= TTY_BYTES) {
		show("\a");
	} else if (t->termios.lflag & ICANON) {
		canonical_input(t, c);
	} else {
		take_character(t, c);
		end_line(t);
	}
	return sig;
}

size_t line_take(struct tty *t, char *buf, size_t size, bool *over)
{
	size_t done = 0;

	*over = false;
	while (done < size && line_ready(t) && !*over) {
		u16 c = t->ring[t->tail % TTY_BYTES];

		__atomic_store_n(&t->tail, t->tail + 1, __ATOMIC_RELAXED);
		if (!(c & TTY_EOF))
			buf[done++] = (char)c;
		*over = t->termios.lflag & ICANON && c & TTY_LINE_END;
	}
	return done;
}
