/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Completion asks a source for one name after the other, and keeps no list. A first round counts
 * the matches and finds their common beginning. If that adds nothing, a second round shows the
 * matches.
 */
#include <kernel/console.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <fs/view.h>

#include "internal.h"

#define PROC		"/proc/"
#define PROC_LEN	(sizeof(PROC) - 1)
#define COLUMN_WIDTH	16

/* The names that can stand at the cursor, in order; prefix goes before each of them. */
struct source {
	const char *(*after)(const char *name);
	const char *prefix;
};

static const char *command_name_after(const char *name)
{
	const struct shell_command *c = command_after(name);

	return c ? c->name : NULL;
}

static const char *view_name_after(const char *name)
{
	const struct view *v = view_after(name);

	return v ? v->name : NULL;
}

static const struct source commands = { command_name_after, "" };
static const struct source paths = { view_name_after, PROC };
static const struct source names = { view_name_after, "" };

/* Writes the full text of a candidate; no name is longer than any view's or command's. */
static size_t candidate_text(const struct source *s, const char *name, char *buf)
{
	return scnprintf(buf, SHELL_LINE_BYTES, "%s%s", s->prefix, name);
}

/* Finds where the word under the cursor begins, and where its command does. */
static void find_word(const struct line *line, size_t *word, size_t *command)
{
	size_t at = line->pos;

	while (at && line->text[at - 1] != ' ' && line->text[at - 1] != ';')
		at--;
	*word = at;
	while (at && line->text[at - 1] != ';')
		at--;
	while (line->text[at] == ' ')
		at++;
	*command = at;
}

static const struct source *choose_source(const struct line *line, size_t word, size_t command)
{
	const char *text = line->text + command;

	if (command >= word || !strncmp(text, "help ", 5) || !strncmp(text, "? ", 2))
		return &commands;
	return line->text[word] == '/' ? &paths : &names;
}

struct matches {
	unsigned int count;
	size_t common;			/* number of characters that all matches have in common */
	char text[SHELL_LINE_BYTES];	/* the first match */
};

static void find_matches(const struct source *s, const char *word, size_t len, struct matches *m)
{
	char text[SHELL_LINE_BYTES];

	m->count = 0;
	for (const char *name = s->after(NULL); name; name = s->after(name)) {
		size_t text_len = candidate_text(s, name, text), same = 0;

		if (text_len < len || memcmp(text, word, len))
			continue;
		if (!m->count++) {
			memcpy(m->text, text, text_len + 1);
			m->common = text_len;
			continue;
		}
		while (same < m->common && text[same] == m->text[same])
			same++;
		m->common = same;
	}
}

static void list_matches(const struct source *s, const char *word, size_t len)
{
	char text[SHELL_LINE_BYTES], cell[2 * COLUMN_WIDTH];
	unsigned int column = 0;

	console_write("\n", 1);
	for (const char *name = s->after(NULL); name; name = s->after(name)) {
		if (candidate_text(s, name, text) < len || memcmp(text, word, len))
			continue;
		if (++column > SHELL_COLUMNS / COLUMN_WIDTH) {
			console_write("\n", 1);
			column = 1;
		}
		console_write(cell, scnprintf(cell, sizeof(cell), "%-*s", COLUMN_WIDTH, name));
	}
	console_write("\n", 1);
}

bool line_complete(struct line *line)
{
	struct matches m;
	size_t word, command, len;
	const struct source *s;

	find_word(line, &word, &command);
	s = choose_source(line, word, command);
	len = line->pos - word;
	find_matches(s, line->text + word, len, &m);
	if (m.count > 1 && m.common == len) {
		list_matches(s, line->text + word, len);
		return true;
	}
	if (m.count && line_insert(line, m.text + len, m.common - len) && m.count == 1)
		line_insert(line, " ", 1);
	return false;
}
