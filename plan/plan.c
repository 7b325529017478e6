/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Describes memory as boot leaves it, with the image's init part given back and nothing allocated.
 * Most of it is constant and read where it lives; plan_capture() counts what changes afterwards.
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/cma_areas.h>
#include <mm/conflict.h>
#include <mm/dt_memory.h>
#include <mm/firmware_map.h>
#include <mm/memblock.h>
#include <mm/numa.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <plan/plan.h>
#include <arch/mmu.h>

#include "parts.h"

struct zone_capture {
	unsigned long managed_pages;		/* [c] */
	u32 nr_free[NR_PAGE_ORDERS];		/* [c] */
};

static struct zone_capture captured[MAX_NUMNODES][MAX_NR_ZONES];	/* [c] */

static void __init count_block(int nid, unsigned int zone_idx, unsigned int order, void *ctx)
{
	struct zone_capture *c = &captured[nid][zone_idx];

	(void)ctx;
	c->managed_pages += 1ul << order;
	c->nr_free[order]++;
}

void __init plan_capture(void)
{
	struct zone_snapshot z;

	memblock_for_each_free_block(count_block, NULL);
	for_each_zone_snapshot(&z)
		ASSERT(z.free_pages == z.managed_pages &&
		       captured[z.nid][z.idx].managed_pages == z.managed_pages + z.init_pages,
		       "zone %s gave pages away before the plan was taken", z.name);
}

unsigned long plan_free_pages(void)
{
	unsigned long pages = 0;

	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
			pages += captured[nid][idx].managed_pages;
	return pages;
}

int plan_largest_free_order(void)
{
	int largest = -1;

	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		for (unsigned int idx = 0; idx < MAX_NR_ZONES; idx++)
			for (int order = MAX_ORDER; order > largest; order--)
				if (captured[nid][idx].nr_free[order])
					largest = order;
	return largest;
}

/* Bounds of threads depend on these. */
static void show_threads(struct json *j)
{
	IF_ENABLED(CONFIG_THREADS,
		   json_number(j, "NR_PRIORITIES", CONFIG_NR_PRIORITIES);
		   json_number(j, "PI_CHAIN_MAX", CONFIG_PI_CHAIN_MAX);
		   json_number(j, "WORKQUEUE", IS_ENABLED(CONFIG_WORKQUEUE));
		   json_number(j, "STACK_PAGES", (1ul << CONFIG_STACK_SHIFT) / PAGE_SIZE);)
	IF_ENABLED(CONFIG_RECLAIM_THREAD,
		   json_number(j, "RECLAIM_WAIT_MS", CONFIG_RECLAIM_WAIT_MS);)
	(void)j;
}

/* And those of programs on this. */
static void show_processes(struct json *j)
{
	IF_ENABLED(CONFIG_PROCESSES, json_number(j, "MAX_REGIONS", CONFIG_MAX_REGIONS);)
	(void)j;
}

static const struct {
	const char *name;
	bool value;
} config_flags[] = {
	{ "SV48", IS_ENABLED(CONFIG_SV48) },
	{ "FLATMEM", IS_ENABLED(CONFIG_FLATMEM) },
	{ "SPARSEMEM", IS_ENABLED(CONFIG_SPARSEMEM) },
	{ "SPARSEMEM_VMEMMAP", IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP) },
	{ "ZONE_DMA", IS_ENABLED(CONFIG_ZONE_DMA) },
	{ "ZONE_DMA32", IS_ENABLED(CONFIG_ZONE_DMA32) },
	{ "ZONE_MOVABLE", IS_ENABLED(CONFIG_ZONE_MOVABLE) },
	{ "NUMA", IS_ENABLED(CONFIG_NUMA) },
	{ "PAGE_MOBILITY", IS_ENABLED(CONFIG_PAGE_MOBILITY) },
	{ "RECLAIM", IS_ENABLED(CONFIG_RECLAIM) },
	{ "RECLAIM_THREAD", IS_ENABLED(CONFIG_RECLAIM_THREAD) },
	{ "COMPACTION_THREAD", IS_ENABLED(CONFIG_COMPACTION_THREAD) },
	{ "MEM_ACCOUNTS", IS_ENABLED(CONFIG_MEM_ACCOUNTS) },
	{ "MIGRATION", IS_ENABLED(CONFIG_MIGRATION) },
	{ "CMA", IS_ENABLED(CONFIG_CMA) },
	{ "COMPACTION", IS_ENABLED(CONFIG_COMPACTION) },
	{ "MEMORY_HOTPLUG", IS_ENABLED(CONFIG_MEMORY_HOTPLUG) },
	{ "DMA", IS_ENABLED(CONFIG_DMA) },
	{ "SLAB_FREELIST_RANDOM", IS_ENABLED(CONFIG_SLAB_FREELIST_RANDOM) },
	{ "KMALLOC_EXTRA_CLASSES", IS_ENABLED(CONFIG_KMALLOC_EXTRA_CLASSES) },
};

static void show_config(struct json *j)
{
	static const struct {
		const char *name;
		u64 value;
	} numbers[] = {
		{ "NR_CPUS", CONFIG_NR_CPUS },
		{ "SECTION_SIZE_BITS", CONFIG_SECTION_SIZE_BITS },
		{ "MAX_PHYSMEM_BITS", CONFIG_MAX_PHYSMEM_BITS },
		{ "MEMBLOCK_REGIONS", CONFIG_MEMBLOCK_REGIONS },
		{ "MAX_ORDER", CONFIG_MAX_ORDER },
		{ "PAGEBLOCK_ORDER", CONFIG_PAGEBLOCK_ORDER },
		{ "PCP_BATCH", CONFIG_PCP_BATCH },
		{ "PCP_HIGH", CONFIG_PCP_HIGH },
		{ "KMALLOC_MIN_SHIFT", CONFIG_KMALLOC_MIN_SHIFT },
		{ "KMALLOC_MAX_SHIFT", CONFIG_KMALLOC_MAX_SHIFT },
		{ "SLAB_MAX_ORDER", CONFIG_SLAB_MAX_ORDER },
		{ "SLAB_MAGAZINE", CONFIG_SLAB_MAGAZINE },
		{ "SLAB_CACHES", CONFIG_SLAB_CACHES },
		{ "VMALLOC_AREAS", IF_ENABLED(CONFIG_VMALLOC, CONFIG_VMALLOC_AREAS) + 0 },
		{ "DMA_BOUNCE_KB", IF_ENABLED(CONFIG_DMA, CONFIG_DMA_BOUNCE_KB) + 0 },
		{ "MAX_NUMNODES", MAX_NUMNODES },
	};

	json_open(j, "config", '{');
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		json_number(j, numbers[i].name, numbers[i].value);
	for (size_t i = 0; i < ARRAY_SIZE(config_flags); i++)
		json_bool(j, config_flags[i].name, config_flags[i].value);
	show_threads(j);
	show_processes(j);
	json_close(j, '}');
}

/* Is it an area of contiguous memory, which movable pages have meanwhile? */
static bool is_lent(const struct memblock_region *r)
{
	IF_ENABLED(CONFIG_CMA,
		   for (unsigned int i = 0; i < cma_area_count; i++)
			   if (PFN_DOWN(r->base) - cma_areas[i].base_pfn < cma_areas[i].pages)
				   return true;)
	(void)r;
	return false;
}

static void show_flags(struct json *j, enum memblock_flags flags, bool lent)
{
	static const struct {
		enum memblock_flags flag;
		const char *name;
	} names[] = {
#define ROW(flag, view, plan)	{ flag, plan },
		FOR_EACH_MEMBLOCK_FLAG(ROW)
#undef ROW
	};

	json_open(j, "flags", '[');
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			json_string(j, NULL, names[i].name);
	if (lent)
		json_string(j, NULL, "cma");
	json_close(j, ']');
}

static void show_region(struct json *j, const struct memblock_region *r, bool reserved)
{
	json_open(j, NULL, '{');
	json_address(j, "base", r->base);
	json_number(j, "size", r->size);
	if (reserved)
		json_string(j, "owner", r->owner ? r->owner : "reserved");
	else
		json_number(j, "nid", (u64)r->nid);
	show_flags(j, r->flags, reserved && is_lent(r));
	json_close(j, '}');
}

static void show_regions(struct json *j, const char *key, const struct memblock_type *type,
			 bool reserved)
{
	json_open(j, key, '[');
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (!memblock_region_owned(r, OWNER_KERNEL_INIT))
			show_region(j, r, reserved);
	}
	json_close(j, ']');
}

static void show_memory(struct json *j)
{
	show_regions(j, "memory", &memblock_copy->memory, false);
}

static void show_reserved(struct json *j)
{
	show_regions(j, "reserved", &memblock_copy->reserved, true);
}

void plan_show_owned(struct json *j, const char *owner)
{
	const struct memblock_type *type = &memblock_copy->reserved;

	for (unsigned long i = 0; i < type->cnt; i++)
		if (memblock_region_owned(&type->regions[i], owner))
			show_region(j, &type->regions[i], true);
}

static void show_sections(struct json *j)
{
	struct section_snapshot s;

	json_open(j, "sections", '[');
	for_each_section_snapshot(&s) {
		json_open(j, NULL, '{');
		json_number(j, "nr", s.nr);
		json_address(j, "base", (u64)s.nr << CONFIG_SECTION_SIZE_BITS);
		json_number(j, "size", SECTION_BYTES);
		json_number(j, "nid", (u64)s.nid);
		if (s.hotpluggable)
			json_string(j, "state", s.zone ? "online" : "offline");
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void show_zone(struct json *j, const struct zone_snapshot *z)
{
	const struct zone_capture *c = &captured[z->nid][z->idx];

	json_open(j, NULL, '{');
	json_string(j, "name", z->name);
	json_number(j, "start_pfn", z->start_pfn);
	json_number(j, "spanned", z->spanned_pages);
	json_number(j, "present", z->present_pages);
	json_number(j, "managed", c->managed_pages);
	json_number(j, "min", z->watermark[WMARK_MIN]);
	json_number(j, "low", z->watermark[WMARK_LOW]);
	json_number(j, "high", z->watermark[WMARK_HIGH]);
	json_open(j, "protection", '[');
	for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
		json_number(j, NULL, z->protection[i]);
	json_close(j, ']');
	json_open(j, "free", '[');
	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++)
		json_number(j, NULL, c->nr_free[o]);
	json_close(j, ']');
	json_close(j, '}');
}

static void show_node(struct json *j, int nid, const struct node_snapshot *n)
{
	struct zone_snapshot z;

	json_open(j, NULL, '{');
	json_number(j, "nid", (u64)nid);
	json_number(j, "start_pfn", n->start_pfn);
	json_number(j, "present", n->present_pages);
	json_number(j, "spanned", n->spanned_pages);
	json_open(j, "zonelist", '[');
	for (unsigned int nr = 0; zonelist_snapshot(nid, nr, &z); nr++) {
		json_open(j, NULL, '{');
		json_number(j, "nid", (u64)z.nid);
		json_string(j, "zone", z.name);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_open(j, "zones", '[');
	for (unsigned int idx = 0; zone_snapshot(nid, idx, &z); idx++)
		show_zone(j, &z);
	json_close(j, ']');
	json_close(j, '}');
}

static void show_nodes(struct json *j)
{
	struct node_snapshot n;

	json_open(j, "nodes", '[');
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		if (node_snapshot(nid, &n))
			show_node(j, nid, &n);
	json_close(j, ']');
}

static void show_slab(struct json *j)
{
	struct slabinfo info;
	unsigned int row = 0;

	json_open(j, "slab", '[');
	while (row < NR_KMALLOC_CLASSES && slabinfo_next(&row, &info)) {
		json_open(j, NULL, '{');
		json_string(j, "name", info.name);
		json_number(j, "size", info.objsize);
		json_number(j, "order", info.order);
		json_number(j, "objects", info.objperslab);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void show_pcp(struct json *j)
{
	struct zone_snapshot z;

	json_open(j, "pcp", '[');
	for_each_populated_zone_snapshot(&z) {
		json_open(j, NULL, '{');
		json_number(j, "nid", (u64)z.nid);
		json_string(j, "zone", z.name);
		json_number(j, "high", z.pcp_high);
		json_number(j, "batch", z.pcp_batch);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static phys_addr_t owned_bytes(const char *owner)
{
	phys_addr_t bytes = 0;

	for (unsigned long i = 0; i < memblock_copy->reserved.cnt; i++) {
		const struct memblock_region *r = &memblock_copy->reserved.regions[i];

		if (memblock_region_owned(r, owner))
			bytes += r->size;
	}
	return bytes;
}

static void show_overhead(struct json *j)
{
	json_open(j, "overhead", '{');
	json_number(j, "page_struct_bytes", sizeof(struct page));
	json_number(j, "memmap_bytes", owned_bytes("memmap"));
	json_number(j, "page_table_bytes", owned_bytes("page tables"));
	json_number(j, "image_bytes", owned_bytes("kernel image"));
	json_number(j, "reserved_bytes",
		    memblock_copy->reserved.total_size - owned_bytes(OWNER_KERNEL_INIT));
	json_close(j, '}');
}

static void show_conflicts(struct json *j)
{
	json_open(j, "conflicts", '[');
	for (unsigned int i = 0; i < nr_conflicts; i++) {
		const struct conflict_words *c = &conflicts[i];

		json_open(j, NULL, '{');
		json_string(j, "kind", c->kind);
		json_string(j, "a", c->a);
		json_string(j, "b", c->b);
		json_string(j, "resolution", c->resolution);
		json_close(j, '}');
	}
	json_close(j, ']');
}

/* Says who described the memory. This is not a part of the digest: memory is as planned, whoever
 * described it. */
static void show_firmware(struct json *j)
{
	json_open(j, "firmware", '[');
	for (unsigned int i = 0; i < nr_firmware_ranges; i++) {
		const struct firmware_range *r = &firmware_map[i];

		json_open(j, NULL, '{');
		json_address(j, "base", r->base);
		json_number(j, "size", r->end - r->base);
		json_string(j, "kind", r->kind);
		json_string(j, "source", r->source);
		json_close(j, '}');
	}
	json_close(j, ']');
}

plan_part_fn *const plan_parts[] = {
	show_config, show_memory, show_reserved, show_sections, show_nodes,
	show_slab, show_pcp, show_overhead, show_conflicts,
};
BUILD_ASSERT(ARRAY_SIZE(plan_parts) == NR_PLAN_PARTS, "a part of the plan is missing");

void plan_show_json(struct seq_file *m)
{
	struct json j = { .m = m };
	char digest[PLAN_NUMBER_BYTES];

	json_open(&j, NULL, '{');
	for (size_t i = 0; i < NR_PLAN_PARTS; i++) {
		if (i == PART_CONFLICTS)
			plan_show_image_rows(&j);
		plan_parts[i](&j);
	}
	show_firmware(&j);
	scnprintf(digest, sizeof(digest), "0x%016llx", (unsigned long long)plan_digest());
	json_string(&j, "digest", digest);
	json_close(&j, '}');
	seq_putc(m, '\n');
}
