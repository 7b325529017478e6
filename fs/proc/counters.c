/* SPDX-License-Identifier: BSD-2-Clause */
#include "counters.h"

static unsigned long read_slab_reclaimable(const struct zone_snapshot *z)
{
	return node_slab_pages(z->nid, true);
}

static unsigned long read_slab_unreclaimable(const struct zone_snapshot *z)
{
	return node_slab_pages(z->nid, false);
}

/* This row is in kB, while Linux's other rows are pages. */
static unsigned long read_stacks(const struct zone_snapshot *z)
{
	return pages_to_kb(node_stack_pages(z->nid));
}

static unsigned long read_tables(const struct zone_snapshot *z)
{
	return node_table_pages(z->nid);
}

static unsigned long read_free_pages(const struct zone_snapshot *z)
{
	return z->free_pages;
}

static unsigned long read_free_cma(const struct zone_snapshot *z)
{
	return z->free_cma_pages;
}

const struct counter node_counters[] = {
	{ "nr_inactive_anon", NULL },
	{ "nr_active_anon", NULL },
	{ "nr_inactive_file", NULL },
	{ "nr_active_file", NULL },
	{ "nr_unevictable", NULL },
	{ "nr_slab_reclaimable", read_slab_reclaimable },
	{ "nr_slab_unreclaimable", read_slab_unreclaimable },
	{ "nr_isolated_anon", NULL },
	{ "nr_isolated_file", NULL },
	{ "workingset_nodes", NULL },
	{ "workingset_refault_anon", NULL },
	{ "workingset_refault_file", NULL },
	{ "workingset_activate_anon", NULL },
	{ "workingset_activate_file", NULL },
	{ "workingset_restore_anon", NULL },
	{ "workingset_restore_file", NULL },
	{ "workingset_nodereclaim", NULL },
	{ "nr_anon_pages", NULL },
	{ "nr_mapped", NULL },
	{ "nr_file_pages", NULL },
	{ "nr_dirty", NULL },
	{ "nr_writeback", NULL },
	{ "nr_writeback_temp", NULL },
	{ "nr_shmem", NULL },
	{ "nr_shmem_hugepages", NULL },
	{ "nr_shmem_pmdmapped", NULL },
	{ "nr_file_hugepages", NULL },
	{ "nr_file_pmdmapped", NULL },
	{ "nr_anon_transparent_hugepages", NULL },
	{ "nr_vmscan_write", NULL },
	{ "nr_vmscan_immediate_reclaim", NULL },
	{ "nr_dirtied", NULL },
	{ "nr_written", NULL },
	{ "nr_throttled_written", NULL },
	{ "nr_kernel_misc_reclaimable", NULL },
	{ "nr_foll_pin_acquired", NULL },
	{ "nr_foll_pin_released", NULL },
	{ "nr_kernel_stack", read_stacks },
	{ "nr_page_table_pages", read_tables },
	{ "nr_sec_page_table_pages", NULL },
	{ NULL, NULL },
};

const struct counter zone_counters[] = {
	{ "nr_free_pages", read_free_pages },
	{ "nr_zone_inactive_anon", NULL },
	{ "nr_zone_active_anon", NULL },
	{ "nr_zone_inactive_file", NULL },
	{ "nr_zone_active_file", NULL },
	{ "nr_zone_unevictable", NULL },
	{ "nr_zone_write_pending", NULL },
	{ "nr_mlock", NULL },
	{ "nr_bounce", NULL },
	{ "nr_free_cma", read_free_cma },
	{ NULL, NULL },
};

const char *const numa_event_names[NR_NUMA_EVENTS] = {
	[NUMA_HIT] = "numa_hit",
	[NUMA_MISS] = "numa_miss",
	[NUMA_FOREIGN] = "numa_foreign",
	[NUMA_INTERLEAVE] = "numa_interleave",
	[NUMA_LOCAL] = "numa_local",
	[NUMA_OTHER] = "numa_other",
};
