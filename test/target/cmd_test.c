/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <shell/shell.h>
#include <test/ktest.h>

static void list_suites(struct seq_file *out)
{
	for (const struct ktest_suite *s = __ktests_start; s < __ktests_end; s++) {
		seq_printf(out, "%s%s:", s->name, s->on_request ? " (only by name)" : "");
		for (const struct ktest_case *c = s->cases; c->name; c++)
			seq_printf(out, " %s", c->name);
		seq_putc(out, '\n');
	}
}

static int test_run(struct seq_file *out, int argc, char **argv)
{
	int failed;

	if (argc > 2)
		return shell_usage(out, argv[0]);
	if (argc > 1 && !strcmp(argv[1], "-l")) {
		list_suites(out);
		return 0;
	}
	failed = ktest_run(argc > 1 ? argv[1] : NULL);
	return failed > 0 ? -EIO : failed;
}

SHELL_COMMAND(test, "[-l | suite[.case]]", "run the tests in the kernel; -l lists them",
	      "test 'sl*'", test_run);
