/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <shell/shell.h>
#include <test/stress.h>
#include <arch/time.h>

static int run(struct seq_file *out, int argc, char **argv)
{
	u64 operations, seed = arch_ticks();

	if (argc < 2 || argc > 3) {
		seq_puts(out, "how many operations?\n");
		return shell_usage(out, argv[0]);
	}
	if (!parse_number(out, argv[1], &operations) ||
	    (argc == 3 && !parse_number(out, argv[2], &seed)))
		return -EINVAL;
	return stress_run(out, operations, seed);
}

SHELL_COMMAND(stress, "<operations> [seed]",
	      "random use of pages and slab on every CPU", "stress 10000 1", run);
