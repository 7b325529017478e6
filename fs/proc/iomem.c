/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/resource.h>
#include <fs/view.h>

static void show_tree(struct seq_file *m, const struct resource *r, int depth)
{
	for (; r; r = r->sibling) {
		seq_printf(m, "%*s%08llx-%08llx : %s\n", 2 * depth, "",
			   (unsigned long long)r->start, (unsigned long long)r->end - 1, r->name);
		/* The tree has three levels: banks, the image, and the image's parts. */
		show_tree(m, r->child, depth + 1);
	}
}

static void iomem_show(struct seq_file *m)
{
	show_tree(m, iomem_resource.child, 0);
}

VIEW(iomem, iomem_show);
