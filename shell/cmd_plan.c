/* SPDX-License-Identifier: BSD-2-Clause */
#include <plan/plan.h>
#include <shell/shell.h>

static int run_plan(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	plan_show_json(out);
	return 0;
}

SHELL_COMMAND(plan, "", "this boot's memory plan as a line of JSON", "plan", run_plan);
