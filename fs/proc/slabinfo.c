/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/snapshot.h>
#include <fs/view.h>

static void slabinfo_show(struct seq_file *m)
{
	struct slabinfo s;

	seq_puts(m, "slabinfo - version: 2.1\n");
	seq_puts(m, "# name            <active_objs> <num_objs> <objsize> <objperslab> "
		 "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata "
		 "<active_slabs> <num_slabs> <sharedavail>\n");
	for (unsigned int row = 0; slabinfo_next(&row, &s);) {
		seq_printf(m, "%-17s %6lu %6lu %6u %4u %4u", s.name, s.active_objs, s.num_objs,
			   s.objsize, s.objperslab, s.pagesperslab);
		/* Nothing can be tuned: limit is that of objects in use, sharedfactor how many
		 * caches were merged into this one. */
		seq_printf(m, " : tunables %4lu %4u %4u : slabdata %6lu %6lu %6u\n", s.limit,
			   0, s.merged, s.active_slabs, s.num_slabs, 0);
	}
}

VIEW(slabinfo, slabinfo_show);
