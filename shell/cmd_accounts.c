/* SPDX-License-Identifier: BSD-2-Clause */
#include <fs/view.h>
#include <shell/shell.h>

static int accounts_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	view_find("accounts")->show(out);
	return 0;
}

SHELL_COMMAND(accounts, "", "what each account is promised, may have, has", "accounts",
	      accounts_run);
