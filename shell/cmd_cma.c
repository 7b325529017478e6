/* SPDX-License-Identifier: BSD-2-Clause */
/* Areas of contiguous memory: what of each is taken, free and lent; taking and giving back. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/cma.h>
#include <shell/shell.h>

static int list_areas(struct seq_file *out)
{
	seq_puts(out, "area  name                 base            pages    taken     lent     free  "
		 "  calls  failed\n");
	for (unsigned int i = 0; i < cma_area_count; i++) {
		const struct cma_area *a = &cma_areas[i];
		struct cma_usage u = cma_usage(i);

		seq_printf(out, "%4u  %-20s 0x%010llx %8lu %8lu %8lu %8lu %8lu %7lu%s\n", i, a->name,
			   (unsigned long long)PFN_PHYS(a->base_pfn), a->pages, u.taken_pages,
			   a->pages - u.taken_pages - u.free_pages, u.free_pages, u.allocs,
			   u.failures, a->is_default ? "  default" : "");
	}
	if (!cma_area_count)
		seq_puts(out, "there are no areas: a node of the device tree, cma= or CONFIG_CMA_SIZE_MB "
			 "makes one\n");
	return 0;
}

static int take(struct seq_file *out, u64 area, u64 pages, u64 align_order)
{
	struct page_obstacle o;
	struct page *page;

	if (area >= cma_area_count) {
		seq_printf(out, "there is no area %llu: cma lists the areas\n",
			   (unsigned long long)area);
		return -EINVAL;
	}
	page = cma_alloc_from((unsigned int)area, pages, (unsigned int)align_order, &o);
	if (!page) {
		seq_printf(out, "no pages were taken: %s\n", o.what);
		return -ENOMEM;
	}
	seq_printf(out, "0x%llx\n", (unsigned long long)page_to_phys(page));
	return 0;
}

static int give_back(struct seq_file *out, u64 pa, u64 pages)
{
	if (pfn_valid(PFN_DOWN(pa)) && cma_release(pfn_to_page(PFN_DOWN(pa)), pages))
		return 0;
	seq_puts(out, "no pages were given back: not all of these pages were taken from an area\n");
	return -EINVAL;
}

static int cma_run(struct seq_file *out, int argc, char **argv)
{
	u64 first, pages, align_order = 0;

	if (argc == 1)
		return list_areas(out);
	if (argc < 4 || argc > 5 || !parse_number(out, argv[2], &first) ||
	    !parse_number(out, argv[3], &pages) ||
	    (argc == 5 && !parse_number(out, argv[4], &align_order)))
		return shell_usage(out, argv[0]);
	if (!strcmp(argv[1], "alloc") && align_order <= MAX_ORDER)
		return take(out, first, pages, align_order);
	if (!strcmp(argv[1], "release") && argc == 4)
		return give_back(out, first, pages);
	return shell_usage(out, argv[0]);
}

SHELL_COMMAND(cma, "[alloc <area> <pages> [align-order] | release <address> <pages>]",
	      "list contiguous areas; take, give back pages", "cma",
	      cma_run);
