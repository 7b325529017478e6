/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>

#include "internal.h"

/*
 * Nobody asks the terminal for its width: a line has 80 columns, and a longer line is shown through
 * a window that moves with the cursor. A character typed at the end of a short line is only echoed,
 * which keeps a slow serial line, and a log of it, readable.
 *
 * A character is a code point of UTF-8: a byte that continues no other, and the bytes that continue
 * it. Each is taken to be one column wide. Wide and combining characters put the cursor into the
 * wrong place, but no byte of them is lost.
 */
#define PROMPT_LEN	(sizeof(SHELL_PROMPT) - 1)
#define WINDOW		(SHELL_COLUMNS - PROMPT_LEN - 1)

#define CTRL(c)		((c) & 0x1f)
#define BACKSPACE	0x08
#define TAB		0x09
#define ESCAPE		0x1b
#define DELETE		0x7f

/* [s] A ring with the lines of the history; nr counts all that were ever stored. */
static char history[CONFIG_SHELL_HISTORY][SHELL_LINE_BYTES];
static unsigned int history_nr;

/* [s] */
struct editor {
	struct line line;
	unsigned int back;		/* 0: the new line, n: the n-th before it */
	bool stale;			/* the screen does not show the line */
	bool lost;			/* keys found no room: the line is not what was typed */
	char kept[SHELL_LINE_BYTES];	/* the new line, while an older one is shown */
};

static void put(const char *text, size_t len)
{
	console_write(text, len);
}

static bool continues(char c)
{
	return (c & 0xc0) == 0x80;
}

/* The place where the character before at begins, and the place where the one at at ends. */
static size_t char_before(const struct line *l, size_t at)
{
	while (at && continues(l->text[--at]))
		;
	return at;
}

static size_t char_after(const struct line *l, size_t at)
{
	if (at < l->len)
		at++;
	while (at < l->len && continues(l->text[at]))
		at++;
	return at;
}

static size_t count_chars(const char *text, size_t len)
{
	size_t nr = 0;

	while (len--)
		nr += !continues(*text++);
	return nr;
}

static size_t skip_chars(const struct line *l, size_t at, size_t nr)
{
	while (nr-- && at < l->len)
		at = char_after(l, at);
	return at;
}

static void draw(struct editor *ed)
{
	struct line *l = &ed->line;
	size_t column = count_chars(l->text, l->pos);
	size_t hidden = column > WINDOW ? column - WINDOW : 0;
	size_t first = skip_chars(l, 0, hidden);
	char move[24];

	put("\r" SHELL_PROMPT, 1 + PROMPT_LEN);
	put(l->text + first, skip_chars(l, first, WINDOW) - first);
	put("\x1b[K", 3);
	put(move, scnprintf(move, sizeof(move), "\r\x1b[%zuC", PROMPT_LEN + column - hidden));
	ed->stale = false;
}

bool line_insert(struct line *line, const char *text, size_t len)
{
	if (line->len + len >= line->size)
		return false;
	memmove(line->text + line->pos + len, line->text + line->pos, line->len - line->pos);
	memcpy(line->text + line->pos, text, len);
	line->len += len;
	line->pos += len;
	line->text[line->len] = '\0';
	return true;
}

/* Removes [from, to); the cursor goes to from. */
static void line_cut(struct line *line, size_t from, size_t to)
{
	memmove(line->text + from, line->text + to, line->len - to);
	line->len -= to - from;
	line->pos = from;
	line->text[line->len] = '\0';
}

static void line_set(struct line *line, const char *text)
{
	strlcpy(line->text, text, line->size);
	line->len = strlen(line->text);
	line->pos = line->len;
}

static size_t word_start(const struct line *line)
{
	size_t at = line->pos;

	while (at && line->text[at - 1] == ' ')
		at--;
	while (at && line->text[at - 1] != ' ')
		at--;
	return at;
}

static char *history_line(unsigned int back)
{
	return history[(history_nr - back) % CONFIG_SHELL_HISTORY];
}

static void history_add(const char *text)
{
	if (!*text || (history_nr && !strcmp(history_line(1), text)))
		return;
	strlcpy(history[history_nr % CONFIG_SHELL_HISTORY], text, SHELL_LINE_BYTES);
	history_nr++;
}

static void history_go(struct editor *ed, int step)
{
	unsigned int have = min(history_nr, (unsigned int)CONFIG_SHELL_HISTORY);
	unsigned int back = ed->back + (unsigned int)step;

	if (back > have)	/* true below 0 as well */
		return;
	if (!ed->back)
		strlcpy(ed->kept, ed->line.text, sizeof(ed->kept));
	ed->back = back;
	line_set(&ed->line, back ? history_line(back) : ed->kept);
	ed->stale = true;
	ed->lost = false;
}

static void move_to(struct editor *ed, size_t pos)
{
	ed->line.pos = min(pos, ed->line.len);
	ed->stale = true;
}

static void cut(struct editor *ed, size_t from, size_t to)
{
	line_cut(&ed->line, from, min(to, ed->line.len));
	ed->stale = true;
	/* A user who makes room has seen the line as it is now. */
	ed->lost = false;
}

/* Reads ESC [ and ESC O sequences; unknown ones are read to their end and dropped. */
static void escape_key(struct editor *ed)
{
	struct line *l = &ed->line;
	int c = console_getc(), number = 0;

	if (c != '[' && c != 'O')
		return;
	for (c = console_getc(); (c >= '0' && c <= '9') || c == ';'; c = console_getc())
		number = c == ';' ? 0 : (number * 10 + c - '0') % 1000;
	switch (c) {
	case 'A':	history_go(ed, 1); break;
	case 'B':	history_go(ed, -1); break;
	case 'C':	move_to(ed, char_after(l, l->pos)); break;
	case 'D':	move_to(ed, char_before(l, l->pos)); break;
	case 'H':	move_to(ed, 0); break;
	case 'F':	move_to(ed, l->len); break;
	case '~':
		if (number == 1 || number == 7)
			move_to(ed, 0);
		else if (number == 4 || number == 8)
			move_to(ed, l->len);
		else if (number == 3)
			cut(ed, l->pos, char_after(l, l->pos));
		break;
	}
}

static void type_character(struct editor *ed, char c)
{
	struct line *l = &ed->line;

	if (!line_insert(l, &c, 1)) {
		put("\a", 1);
		ed->lost = true;
	} else if (!ed->stale && l->pos == l->len && l->len <= WINDOW) {
		put(&c, 1);
	} else {
		ed->stale = true;
	}
}

static void control_key(struct editor *ed, int c)
{
	struct line *l = &ed->line;

	switch (c) {
	case CTRL('a'):	move_to(ed, 0); break;
	case CTRL('e'):	move_to(ed, l->len); break;
	case CTRL('b'):	move_to(ed, char_before(l, l->pos)); break;
	case CTRL('f'):	move_to(ed, char_after(l, l->pos)); break;
	case CTRL('p'):	history_go(ed, 1); break;
	case CTRL('n'):	history_go(ed, -1); break;
	case CTRL('d'):	cut(ed, l->pos, char_after(l, l->pos)); break;
	case CTRL('k'):	cut(ed, l->pos, l->len); break;
	case CTRL('u'):	cut(ed, 0, l->pos); break;
	case CTRL('w'):	cut(ed, word_start(l), l->pos); break;
	case CTRL('l'):
		put("\x1b[H\x1b[2J", 7);
		ed->stale = true;
		break;
	case BACKSPACE:
	case DELETE:
		if (l->pos)
			cut(ed, char_before(l, l->pos), l->pos);
		break;
	case TAB:
		/* The list of candidates goes below the line, which must first show what was
		 * typed. */
		if (ed->stale)
			draw(ed);
		line_complete(l);
		ed->stale = true;
		break;
	case ESCAPE:
		escape_key(ed);
		break;
	}
}

static int refuse(size_t size)
{
	char text[80];

	put(text, scnprintf(text, sizeof(text), "nothing was done: the line is too long, "
			    "%zu bytes are the most\n", size - 1));
	return -E2BIG;
}

int line_read(char *text, size_t size)
{
	static struct editor ed;	/* [s] too large for the stack; the shell is one */
	int c;

	ed = (struct editor){ .line = { .text = text, .size = size } };
	text[0] = '\0';
	put(SHELL_PROMPT, PROMPT_LEN);
	for (;;) {
		/* While more keys wait, as in a paste, drawing would only take time. */
		if (ed.stale && !console_input_waiting())
			draw(&ed);
		c = console_getc();
		if (c == '\r' || c == '\n')
			break;
		if (c == CTRL('c')) {
			put("^C\n", 3);
			return -EAGAIN;
		}
		if (c >= ' ' && c != DELETE)
			type_character(&ed, (char)c);
		else
			control_key(&ed, c);
	}
	if (ed.stale)
		draw(&ed);
	put("\n", 1);
	if (ed.lost)
		return refuse(size);
	history_add(text);
	return (int)ed.line.len;
}
