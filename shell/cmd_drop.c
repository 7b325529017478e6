/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is kept at hand and not needed, given back: by the same steps as a request takes. */
#include <mm/gfp.h>
#include <mm/reclaim.h>
#include <mm/vm_event.h>
#include <shell/shell.h>

static int drop_run(struct seq_file *out, int argc, char **argv)
{
	const struct shrinker *shrinker;
	unsigned long before = nr_free_pages();

	(void)argc;
	(void)argv;
	for_each_shrinker(shrinker)
		seq_printf(out, "%-16s %8lu pages given back\n", shrinker->name,
			   reclaim_all(shrinker));
	count_vm_event(DROP_SLAB);
	drain_all_pages();
	seq_printf(out, "free: %lu pages before, %lu now\n", before, nr_free_pages());
	return 0;
}

SHELL_COMMAND(drop, "", "give back memory that is kept and not needed", "drop", drop_run);
