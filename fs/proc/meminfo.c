/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cpu.h>
#include <kernel/math.h>
#include <mm/gfp.h>
#include <mm/snapshot.h>
#include <fs/view.h>

/* Values are pages. A row without a function is something that this kernel does not have. */
struct meminfo_row {
	const char *name;
	unsigned long (*read)(void);
};

static unsigned long read_slab_reclaimable(void)
{
	return slab_pages(true);
}

static unsigned long read_slab_unreclaimable(void)
{
	return slab_pages(false);
}

static unsigned long read_slab(void)
{
	return slab_pages(true) + slab_pages(false);
}

static unsigned long read_vmalloc_total(void)
{
	return VMALLOC_SIZE / PAGE_SIZE;
}

static unsigned long read_percpu(void)
{
	return nr_cpus_found * (percpu_area_bytes() >> PAGE_SHIFT);
}

static unsigned long sum_of_nodes(unsigned long (*read)(int nid))
{
	unsigned long pages = 0;
	int nid;

	for_each_online_node(nid)
		pages += read(nid);
	return pages;
}

/* As in Linux the first CPU's stack does not count, because it is in the image. */
static unsigned long read_stacks(void)
{
	return sum_of_nodes(node_stack_pages);
}

static unsigned long read_tables(void)
{
	return sum_of_nodes(node_table_pages);
}

#if IS_ENABLED(CONFIG_CMA)
static unsigned long read_cma_total(void)
{
	unsigned long pages = 0;
	struct zone_snapshot z;

	for_each_zone_snapshot(&z)
		pages += z.cma_pages;
	return pages;
}

static unsigned long read_cma_free(void)
{
	unsigned long pages = 0;
	struct zone_snapshot z;

	for_each_zone_snapshot(&z)
		pages += z.free_cma_pages;
	return pages;
}
#endif

static const struct meminfo_row rows[] = {
	{ "MemTotal:", totalram_pages },
	{ "MemFree:", nr_free_pages },
	{ "MemAvailable:", si_mem_available },
	{ "Buffers:", NULL },
	{ "Cached:", NULL },
	{ "SwapCached:", NULL },
	{ "Active:", NULL },
	{ "Inactive:", NULL },
	{ "Active(anon):", NULL },
	{ "Inactive(anon):", NULL },
	{ "Active(file):", NULL },
	{ "Inactive(file):", NULL },
	{ "Unevictable:", NULL },
	{ "Mlocked:", NULL },
	{ "SwapTotal:", NULL },
	{ "SwapFree:", NULL },
	{ "Dirty:", NULL },
	{ "Writeback:", NULL },
	{ "AnonPages:", NULL },
	{ "Mapped:", NULL },
	{ "Shmem:", NULL },
	{ "KReclaimable:", read_slab_reclaimable },
	{ "Slab:", read_slab },
	{ "SReclaimable:", read_slab_reclaimable },
	{ "SUnreclaim:", read_slab_unreclaimable },
	{ "KernelStack:", read_stacks },
	{ "PageTables:", read_tables },
	{ "SecPageTables:", NULL },
	{ "NFS_Unstable:", NULL },
	{ "Bounce:", NULL },
	{ "WritebackTmp:", NULL },
	{ "CommitLimit:", NULL },
	{ "Committed_AS:", NULL },
	{ "VmallocTotal:", IS_ENABLED(CONFIG_VMALLOC) ? read_vmalloc_total : NULL },
	{ "VmallocUsed:", IS_ENABLED(CONFIG_VMALLOC) ? vmalloc_pages : NULL },
	{ "VmallocChunk:", NULL },
	{ "Percpu:", read_percpu },
	IF_ENABLED(CONFIG_CMA, { "CmaTotal:", read_cma_total },)
	IF_ENABLED(CONFIG_CMA, { "CmaFree:", read_cma_free },)
};

static void meminfo_show(struct seq_file *m)
{
	for (const struct meminfo_row *r = rows; r < rows + ARRAY_SIZE(rows); r++)
		seq_printf(m, "%-16s%8lu kB\n", r->name,
			   (r->read ? r->read() : 0) << (PAGE_SHIFT - 10));
}

VIEW(meminfo, meminfo_show);
