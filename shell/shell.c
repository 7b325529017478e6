/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line is words, cut in place: blanks between words, ';' between commands, quotes of both
 * kinds protect both. There are no variables, pipes or files to write, so nothing else is
 * special.
 */
#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/rows.h>
#include <kernel/string.h>
#include <shell/shell.h>

#include "internal.h"

static const struct row_table commands = ROW_TABLE(__commands_start, __commands_end);

const struct shell_command *command_find(const char *name, size_t len)
{
	return row_find(&commands, name, len);
}

const struct shell_command *command_after(const char *name)
{
	return row_after(&commands, name);
}

int shell_usage(struct seq_file *out, const char *name)
{
	const struct shell_command *c = command_find(name, strlen(name));

	seq_printf(out, "usage: %s %s\n", name, c ? c->usage : "");
	return -EINVAL;
}

bool parse_number(struct seq_file *out, const char *text, u64 *value)
{
	const char *end;
	bool ok;

	*value = memparse(text, &end, &ok);
	if (ok && !*end)
		return true;
	seq_printf(out, "%s is not a number\n", text);
	return false;
}

/*
 * The next word at *p, unquoted in place, *p behind it. NULL at the end of the command: *p then
 * stands on the ';' or the NUL. *bad when a quote is not closed.
 */
static char *next_word(char **p, bool *bad)
{
	char *from = *p, *to, *word, quote = 0;

	while (*from == ' ' || *from == '\t')
		from++;
	*p = from;
	if (!*from || *from == ';')
		return NULL;
	word = to = from;
	for (; *from; from++) {
		if (quote ? *from == quote : *from == '"' || *from == '\'')
			quote = quote ? 0 : *from;
		else if (!quote && (*from == ' ' || *from == '\t' || *from == ';'))
			break;
		else
			*to++ = *from;
	}
	*bad = quote;
	/* The NUL may fall on the separator: the caller learns of a ';' from *p. */
	*p = from;
	if (*from == ' ' || *from == '\t') {
		*p = from + 1;
		*to = '\0';
	} else if (to < from) {
		*to = '\0';
	}
	return word;
}

static const char *error_text(int err)
{
	switch (-err) {
	case EPERM:	return "not permitted";
	case ENOENT:	return "not found";
	case ENXIO:	return "no such thing";
	case EEXIST:	return "already so";
	case ETIMEDOUT:	return "no answer in time";
	case ENOMEM:	return "no memory";
	case EINVAL:	return "invalid argument";
	case EBUSY:	return "busy";
	case EIO:	return "something is wrong";
	default:	return "failed";
	}
}

static int run_command(struct seq_file *out, int argc, char **argv)
{
	const struct shell_command *c = command_find(argv[0], strlen(argv[0]));
	int result;

	if (!c) {
		seq_printf(out, "%s: not found (help lists the commands)\n", argv[0]);
		return -ENOENT;
	}
	result = c->run(out, argc, argv);
	if (result < 0)
		seq_printf(out, "%s: %s (%d)\n", argv[0], error_text(result), result);
	return result;
}

/* One command up to ';' or the end; *p behind it. */
static int run_segment(struct seq_file *out, char **p, int former)
{
	char *argv[SHELL_MAX_ARGS + 1], *word;
	bool bad = false, last;
	int argc = 0;

	while (argc < SHELL_MAX_ARGS && !bad && (word = next_word(p, &bad)))
		argv[argc++] = word;
	if (bad || argc == SHELL_MAX_ARGS) {
		seq_puts(out, bad ? "a quote is not closed\n" : "too many words\n");
		*p += strlen(*p);
		return -EINVAL;
	}
	last = !**p;
	/* Ends the last word of the command if it touches the separator. */
	**p = '\0';
	*p += !last;
	argv[argc] = NULL;
	return argc ? run_command(out, argc, argv) : former;
}

int shell_run_line(struct seq_file *out, char *line)
{
	int result = 0;

	while (*line)
		result = run_segment(out, &line, result);
	return result;
}

void shell_loop(void)
{
	char line[SHELL_LINE_BYTES];
	static const char greeting[] = "Type help for the list of commands.\n";

	console_write(greeting, sizeof(greeting) - 1);
	for (;;) {
		if (line_read(line, sizeof(line)) > 0)
			shell_run_line(&seq_console, line);
	}
}
