/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that read and write memory by themselves, and what is kept for them. */
#include <mm/snapshot.h>
#include <shell/shell.h>

static void show_device(struct seq_file *out, const struct dma_device_snapshot *d)
{
	seq_printf(out, "%s: %s, mask 0x%llx, coherent mask 0x%llx, %lu pages\n", d->name,
		   d->coherent ? "coherent" : "not coherent", (unsigned long long)d->mask,
		   (unsigned long long)d->coherent_mask, d->pages);
	for (unsigned int i = 0; i < d->nr_ranges; i++) {
		const struct dma_range *r = &d->ranges[i];

		seq_printf(out, "  bus 0x%llx..0x%llx is memory from 0x%llx on\n",
			   (unsigned long long)r->bus, (unsigned long long)(r->bus + r->last),
			   (unsigned long long)r->cpu_pa);
	}
	if (d->region[0])
		seq_printf(out, "  region %s at 0x%llx: %u pages, %u used, %u at most\n", d->region,
			   (unsigned long long)d->region_pa, d->region_pages, d->region_used,
			   d->region_most);
}

static int dma_run(struct seq_file *out, int argc, char **argv)
{
	struct dma_device_snapshot d;
	struct dma_bounce_snapshot b;
	unsigned int row = 0;

	(void)argc;
	(void)argv;
	while (dma_device_next(&row, &d))
		show_device(out, &d);
	dma_bounce_read(&b);
	if (b.slots)
		seq_printf(out, "bounce buffers at 0x%llx: %u of %u bytes, %u used, %u at most\n",
			   (unsigned long long)b.pa, b.slots, b.slot_bytes, b.used, b.most);
	else
		seq_puts(out, "no bounce buffers\n");
	return 0;
}

SHELL_COMMAND(dma, "", "bus masters, their way to memory, their pages", "dma",
	      dma_run);
