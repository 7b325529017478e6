/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHELL_INTERNAL_H
#define SHELL_INTERNAL_H

/* Declarations that the shell's files share and nobody else may include, by owning file. */

#include <shell/shell.h>

#define SHELL_PROMPT		"tessera# "
#define SHELL_LINE_BYTES	256	/* with the NUL */
#define SHELL_MAX_ARGS		32
#define SHELL_COLUMNS		80	/* the terminal's width, which is not asked for */

/* ---- shell.c ---- */

const struct shell_command *command_find(const char *name, size_t len);
/* Does somebody type? Else commands come from run=. */
bool shell_is_at_prompt(void);
/* The next command in the order of names, as view_after(). */
const struct shell_command *command_after(const char *name);

/* ---- line.c ---- */

/* [s] The line being edited. len < size; the cursor is before text[pos]. */
struct line {
	char *text;
	size_t size, len, pos;
};

/*
 * Reads and edits a line, with history. Returns its length, -EAGAIN after Ctrl-C, or -E2BIG, with a
 * sentence on the console, when more was typed than there is room for.
 */
int line_read(char *text, size_t size);
bool line_insert(struct line *line, const char *text, size_t len);

/* ---- complete.c ---- */

/*
 * TAB: extends the word before the cursor as far as all matches agree. Where there are several
 * matches and nothing to add, prints them and returns true, so that the line is drawn again.
 */
bool line_complete(struct line *line);

#endif /* SHELL_INTERNAL_H */
