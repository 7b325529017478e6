/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <kernel/compiler.h>
#include <kernel/seq_file.h>

/* One command. run returns 0 or -Exxx, which the shell prints. argv[argc] is NULL. */
struct shell_command {
	const char *name;
	const char *usage;		/* arguments, e.g. "<operations> [seed]" */
	const char *help;		/* one line */
	int (*run)(struct seq_file *out, int argc, char **argv);
};

#define SHELL_COMMAND(_name, _usage, _help, _run) \
	static const struct shell_command __command_##_name __used __section(".commands") \
		__aligned(8) = { .name = #_name, .usage = _usage, .help = _help, .run = _run }

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
