/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <plan/plan.h>
#include <shell/shell.h>

static int run_plan(struct seq_file *out, int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		seq_puts(out, "plan takes no arguments\n");
		return -EINVAL;
	}
	plan_show_json(out);
	return 0;
}

SHELL_COMMAND(plan, "", "the memory plan of this boot, as one line of JSON", run_plan);
