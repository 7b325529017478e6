/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/page.h>
#include <mm/snapshot.h>
#include <fs/view.h>

static void show_section(struct seq_file *m, const struct section_snapshot *s)
{
	phys_addr_t start = (phys_addr_t)s->nr << CONFIG_SECTION_SIZE_BITS;

	seq_printf(m, "%7lu  0x%011llx-0x%011llx %4d ", s->nr, (unsigned long long)start,
		   (unsigned long long)(start + SECTION_BYTES - 1), s->nid);
	if (s->start_pfn == s->end_pfn)
		seq_puts(m, "  offline");
	else
		seq_printf(m, "%9lu  0x%08lx-0x%08lx %7luK", s->ram_pages, s->start_pfn,
			   s->end_pfn - 1,
			   (s->end_pfn - s->start_pfn) * sizeof(struct page) / SZ_1K);
	seq_putc(m, '\n');
}

static void sections_show(struct seq_file *m)
{
	struct section_snapshot s;

	seq_puts(m, "section  addresses                   node RAM pages  frames described"
		 "       memmap\n");
	for_each_section_snapshot(&s)
		show_section(m, &s);
}

VIEW(sections, sections_show);
