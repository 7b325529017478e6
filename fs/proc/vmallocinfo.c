/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/symbols.h>
#include <mm/snapshot.h>
#include <fs/view.h>

static void show_area(struct seq_file *m, const struct vm_area_snapshot *a)
{
	unsigned long offset, size;
	const char *name = symbol_lookup((unsigned long)a->caller, &offset, &size);

	seq_printf(m, "0x%016lx-0x%016lx %7lu", a->start, a->end, a->end - a->start);
	if (name)
		seq_printf(m, " %s+0x%lx/0x%lx", name, offset, size);
	if (a->pages)
		seq_printf(m, " pages=%lu", a->pages);
	if (a->pa)
		seq_printf(m, " phys=0x%016llx", (unsigned long long)a->pa);
	seq_printf(m, " %s\n", a->kind);
}

static void vmallocinfo_show(struct seq_file *m)
{
	struct vm_area_snapshot a;
	unsigned long place = 0;

	while (vm_area_snapshot_next(&place, &a))
		show_area(m, &a);
}

VIEW(vmallocinfo, vmallocinfo_show);
