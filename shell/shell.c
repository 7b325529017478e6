/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line consists of words, which are cut in place. Blanks separate words, ';' separates commands,
 * and quotes of both kinds protect both. There are no pipes and no files to write to. A line with
 * the characters for them is refused, so that no command runs with words that were not meant for
 * it. There are no variables, and no other character is special.
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

/* The reason why line cannot be what the user meant, or NULL. */
static const char *fault_of(const char *line)
{
	char quote = 0;

	for (; *line; line++) {
		if (quote ? *line == quote : *line == '"' || *line == '\'')
			quote = quote ? 0 : *line;
		else if (!quote && strchr("|<>&", *line))
			return "there are no pipes, files to write or background work here: "
			       "a | < > or & wants quotes";
	}
	return quote ? "a quote is not closed" : NULL;
}

/*
 * Returns the next word at *p, unquoted in place, and moves *p behind it. NULL at the end of the
 * command: *p then stands on the ';' or the NUL.
 */
static char *next_word(char **p)
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
	/* The NUL may take the separator's place, so that *p tells the caller of a ';'. */
	*p = from;
	if (*from == ' ' || *from == '\t') {
		*p = from + 1;
		*to = '\0';
	} else if (to < from) {
		*to = '\0';
	}
	return word;
}

static int run_command(struct seq_file *out, int argc, char **argv)
{
	const struct shell_command *c = command_find(argv[0], strlen(argv[0]));

	if (!c) {
		seq_printf(out, "%s: not found (help lists the commands)\n", argv[0]);
		return -ENOENT;
	}
	if (argc > 1 && !*c->usage) {
		seq_printf(out, "%s: nothing was done: it takes no arguments, not \"%s\"\n",
			   argv[0], argv[1]);
		return -EINVAL;
	}
	return c->run(out, argc, argv);
}

/* Runs one command, up to ';' or the end; moves *p behind it. */
static int run_segment(struct seq_file *out, char **p, int former)
{
	char *argv[SHELL_MAX_ARGS + 1], *word;
	int argc = 0;
	bool last;

	while (argc < SHELL_MAX_ARGS && (word = next_word(p)))
		argv[argc++] = word;
	if (argc == SHELL_MAX_ARGS) {
		seq_printf(out, "%s: too many words, %d are the most\n", argv[0],
			   SHELL_MAX_ARGS - 1);
		*p += strlen(*p);
		return -EINVAL;
	}
	last = !**p;
	/* Ends the command's last word if the word touches the separator. */
	**p = '\0';
	*p += !last;
	argv[argc] = NULL;
	return argc ? run_command(out, argc, argv) : former;
}

int shell_run_line(struct seq_file *out, char *line)
{
	const char *fault = fault_of(line);
	int result = 0;

	if (fault) {
		seq_printf(out, "nothing was done: %s\n", fault);
		return -EINVAL;
	}
	/* Ctrl-C also ends the commands that would follow. */
	while (*line && result != -EINTR)
		result = run_segment(out, &line, result);
	return result;
}

static bool at_prompt;		/* [s] */

bool shell_is_at_prompt(void)
{
	return at_prompt;
}

void shell_loop(void)
{
	char line[SHELL_LINE_BYTES];
	static const char greeting[] = "Type help for the list of commands.\n";

	at_prompt = true;
	console_write(greeting, sizeof(greeting) - 1);
	for (;;) {
		if (line_read(line, sizeof(line)) > 0)
			shell_run_line(&seq_console, line);
	}
}
