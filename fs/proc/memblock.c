/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/memblock.h>
#include <fs/view.h>

static const struct {
	enum memblock_flags flag;
	const char *name;
} flag_names[] = {
#define ROW(flag, view, plan)	{ flag, view },
	FOR_EACH_MEMBLOCK_FLAG(ROW)
#undef ROW
};

static void show_flags(struct seq_file *m, enum memblock_flags flags)
{
	const char *separator = "";

	if (!flags)
		seq_puts(m, "NONE");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		seq_printf(m, "%s%s", separator, flag_names[i].name);
		separator = "|";
	}
}

/* Prints a table as debugfs does, with the last address included, and the owner behind each
 * region. */
static void show_type(struct seq_file *m, const struct memblock_type *type)
{
	seq_printf(m, "%s: %lu regions of at most %lu, %lluK\n", type->name, type->cnt, type->max,
		   (unsigned long long)type->total_size >> 10);
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (!r->size)
			continue;
		seq_printf(m, "%4lu: 0x%016llx..0x%016llx ", i, (unsigned long long)r->base,
			   (unsigned long long)(r->base + r->size - 1));
		if (r->nid != NUMA_NO_NODE)
			seq_printf(m, "%4d ", r->nid);
		else
			seq_printf(m, "%4c ", 'x');
		show_flags(m, r->flags);
		if (r->owner)
			seq_printf(m, " %s", r->owner);
		seq_putc(m, '\n');
	}
}

static void memblock_show(struct seq_file *m)
{
	show_type(m, &memblock_copy->memory);
	show_type(m, &memblock_copy->reserved);
}

VIEW(memblock, memblock_show);
