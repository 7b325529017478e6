/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHELL_INTERNAL_H
#define SHELL_INTERNAL_H

/* What the shell's files share and nobody else may include, grouped by owning file. */

#include <shell/shell.h>

#define SHELL_PROMPT		"tessera# "
#define SHELL_LINE_BYTES	256	/* with the NUL */
#define SHELL_MAX_ARGS		32
#define SHELL_COLUMNS		80	/* of the terminal, taken for granted */

/* ---- shell.c ---- */

const struct shell_command *command_find(const char *name, size_t len);
/* In the order of names, as view_after(). */
const struct shell_command *command_after(const char *name);

/* ---- line.c ---- */

/* [s] The line being edited. len < size; the cursor is before text[pos]. */
struct line {
	char *text;
	size_t size, len, pos;
};

/*
 * Reads and edits one line with history; its length, -EAGAIN after Ctrl-C, or -E2BIG, with a
 * sentence on the console, when more was typed than there is room for.
 */
int line_read(char *text, size_t size);
bool line_insert(struct line *line, const char *text, size_t len);

/* ---- complete.c ---- */

/*
 * TAB: extends the word before the cursor as far as it is the only way. Prints the candidates
 * when there are several and nothing to add; true when it printed, so that the line is drawn
 * again.
 */
bool line_complete(struct line *line);

#endif /* SHELL_INTERNAL_H */
