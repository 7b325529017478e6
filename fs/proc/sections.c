/* SPDX-License-Identifier: BSD-2-Clause */
#include <mm/page.h>
#include <fs/view.h>

static void show_section(struct seq_file *m, const struct mem_section *s)
{
	unsigned long nr = mem_section_first + (unsigned long)(s - mem_sections);
	phys_addr_t start = (phys_addr_t)nr << CONFIG_SECTION_SIZE_BITS;

	seq_printf(m, "%7lu  0x%011llx-0x%011llx %4d %9u  0x%08x-0x%08x %7luK\n", nr,
		   (unsigned long long)start, (unsigned long long)(start + SECTION_BYTES - 1),
		   s->nid, s->ram_pages, s->start_pfn, s->end_pfn - 1,
		   (s->end_pfn - s->start_pfn) * sizeof(struct page) / SZ_1K);
}

static void sections_show(struct seq_file *m)
{
	seq_puts(m, "section  addresses                   node RAM pages  frames described"
		 "       memmap\n");
	for (unsigned long i = 0; i < mem_section_count; i++) {
		if (mem_sections[i].end_pfn)
			show_section(m, &mem_sections[i]);
	}
}

VIEW(sections, sections_show);
