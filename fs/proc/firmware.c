/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/firmware_map.h>
#include <mm/memblock.h>
#include <fs/view.h>

/* Prints KiB, or bytes where the size is not a whole number of KiB. */
static void show_bytes(struct seq_file *m, int width, u64 bytes)
{
	bool whole = !(bytes % SZ_1K);

	seq_printf(m, "%*llu%c", width, (unsigned long long)(whole ? bytes / SZ_1K : bytes),
		   whole ? 'K' : 'B');
}

static void show_range(struct seq_file *m, const struct firmware_range *r)
{
	seq_printf(m, "0x%016llx..0x%016llx ", (unsigned long long)r->base,
		   (unsigned long long)(r->end - (r->end != PHYS_ADDR_MAX)));
	show_bytes(m, 11, r->end - r->base);
	seq_printf(m, " %-11s %s\n", r->kind, r->source);
}

/* RAM, in which common parts of banks count once, is what this kernel uses plus what it leaves
 * out. */
static void show_sum(struct seq_file *m)
{
	seq_puts(m, "RAM ");
	show_bytes(m, 0, firmware_ram_bytes);
	seq_puts(m, " = ");
	show_bytes(m, 0, memblock_copy->memory.total_size);
	seq_puts(m, " used");
	for (int cut = 0; cut < NR_FIRMWARE_CUTS; cut++) {
		if (!firmware_ram_cut[cut])
			continue;
		seq_puts(m, " + ");
		show_bytes(m, 0, firmware_ram_cut[cut]);
		seq_printf(m, " %s", firmware_cut_names[cut]);
	}
	seq_putc(m, '\n');
}

static void firmware_show(struct seq_file *m)
{
	for (unsigned int i = 0; i < nr_firmware_ranges; i++)
		show_range(m, &firmware_map[i]);
	if (nr_firmware_unlisted)
		seq_printf(m, "and %u more, for which there was no room: raise "
			   "CONFIG_MEMBLOCK_REGIONS from %d\n", nr_firmware_unlisted,
			   CONFIG_MEMBLOCK_REGIONS);
	show_sum(m);
}

VIEW(firmware, firmware_show);
