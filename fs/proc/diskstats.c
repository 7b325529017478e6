/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's columns. Nothing is merged or discarded here. */
#include <kernel/time.h>
#include <drivers/block.h>
#include <fs/view.h>

/* Of virtio disks; each has 16 numbers for its parts. */
#define MAJOR		254
#define MINORS_EACH	16u

static unsigned long long ms(u64 ticks)
{
	return timebase_hz ? ticks / timebase_hz * 1000 +
	       ticks % timebase_hz * 1000 / timebase_hz : 0;
}

static void diskstats_show(struct seq_file *m)
{
	struct block_snapshot s;

	for (unsigned int nr = 0; block_snapshot(nr, &s); nr++) {
		const struct block_stats *st = &s.stats;
		u64 all = st->ticks[BLOCK_READ] + st->ticks[BLOCK_WRITE] + st->ticks[BLOCK_FLUSH];

		seq_printf(m, "%4d %7u %s", MAJOR, s.index * MINORS_EACH, s.name);
		for (unsigned int op = BLOCK_READ; op <= BLOCK_WRITE; op++)
			seq_printf(m, " %llu 0 %llu %llu", (unsigned long long)st->requests[op],
				   (unsigned long long)st->sectors[op], ms(st->ticks[op]));
		seq_printf(m, " %u %llu %llu 0 0 0 0 %llu %llu\n", s.running + s.waiting,
			   ms(st->busy_ticks), ms(all),
			   (unsigned long long)st->requests[BLOCK_FLUSH],
			   ms(st->ticks[BLOCK_FLUSH]));
	}
}

VIEW(diskstats, diskstats_show);
