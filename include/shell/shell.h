/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <kernel/compiler.h>
#include <kernel/seq_file.h>

/*
 * One command. run returns 0, or -Exxx after a sentence that says why: the shell adds none. -EINTR,
 * after Ctrl-C, ends the line. argv[argc] is NULL. Where usage is "", the shell refuses arguments.
 */
struct shell_command {
	const char *name;
	const char *usage;		/* arguments, e.g. "<operations> [seed]" */
	const char *help;		/* what it does, one line */
	const char *example;		/* a line that can be typed as it is */
	int (*run)(struct seq_file *out, int argc, char **argv);
};

#define SHELL_COMMAND(_name, _usage, _help, _example, _run) \
	SHELL_COMMAND_NAMED(_name, #_name, _usage, _help, _example, _run)
/* For a name that is no word of C. */
#define SHELL_COMMAND_NAMED(_id, _name, _usage, _help, _example, _run) \
	static const struct shell_command __command_##_id __used __section(".commands") \
		__aligned(8) = { .name = _name, .usage = _usage, .help = _help, \
				 .example = _example, .run = _run }

extern const struct shell_command __commands_start[], __commands_end[];

/* For commands. */

/* Prints how the command is used; returns -EINVAL. */
int shell_usage(struct seq_file *out, const char *name);
/* A decimal or hexadecimal number with suffixes K M G; false with a sentence to out. */
bool parse_number(struct seq_file *out, const char *text, u64 *value);

/* Carries out "cmd; cmd". Returns the last command's result. line is changed. */
int shell_run_line(struct seq_file *out, char *line);

/* Prompt loop; never returns. */
__noreturn void shell_loop(void);

#endif /* SHELL_SHELL_H */
