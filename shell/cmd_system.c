/* SPDX-License-Identifier: BSD-2-Clause */
#include <generated/utsrelease.h>

#include <kernel/errno.h>
#include <kernel/power.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <shell/shell.h>

#include "internal.h"

static int help_one(struct seq_file *out, const char *name)
{
	const struct shell_command *c = command_find(name, strlen(name));

	if (!c) {
		seq_printf(out, "%s: not found (help lists the commands)\n", name);
		return -ENOENT;
	}
	seq_printf(out, "usage: %s %s\n    %s\nexample: %s\n", c->name, c->usage, c->help,
		   c->example);
	return 0;
}

/* A usage that leaves its column no room for the description has a line to itself. */
static void help_line(struct seq_file *out, const struct shell_command *c)
{
	char line[33];

	if (scnprintf(line, sizeof(line), "%s %s", c->name, c->usage) ==
	    strlen(c->name) + 1 + strlen(c->usage))
		seq_printf(out, "  %-32s %s\n", line, c->help);
	else
		seq_printf(out, "  %s %s\n  %-32s %s\n", c->name, c->usage, "", c->help);
}

static int help_run(struct seq_file *out, int argc, char **argv)
{
	const struct shell_command *c;

	if (argc > 2)
		return shell_usage(out, argv[0]);
	if (argc > 1)
		return help_one(out, argv[1]);
	for (c = command_after(NULL); c; c = command_after(c->name))
		help_line(out, c);
	return 0;
}

SHELL_COMMAND(help, "[command]", "list the commands, or describe one", "help alloc", help_run);
SHELL_COMMAND_NAMED(question, "?", "[command]", "the same as help", "? alloc", help_run);

static int uptime_run(struct seq_file *out, int argc, char **argv)
{
	u64 us = time_us(), s = us / 1000000;

	(void)argc;
	(void)argv;
	seq_printf(out, "up %llu:%02llu:%02llu.%06llu\n", (unsigned long long)(s / 3600),
		   (unsigned long long)(s / 60 % 60), (unsigned long long)(s % 60),
		   (unsigned long long)(us % 1000000));
	return 0;
}

SHELL_COMMAND(uptime, "", "time since the kernel was entered", "uptime", uptime_run);

static int version_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	seq_printf(out, "Tessera version %s%s%s (%s)\n", KERNEL_VERSION,
		   *KERNEL_REVISION ? "-" : "", KERNEL_REVISION, KERNEL_COMPILER);
	return 0;
}

SHELL_COMMAND(version, "", "version, commit and compiler", "version", version_run);

static int reboot_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	seq_puts(out, "reboot: Restarting system\n");
	smp_send_stop();
	power_reboot();
}

SHELL_COMMAND(reboot, "", "start the machine anew", "reboot", reboot_run);

static int poweroff_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	seq_puts(out, "reboot: Power down\n");
	smp_send_stop();
	power_off();
}

SHELL_COMMAND(poweroff, "", "switch the machine off", "poweroff", poweroff_run);
