/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices' memory on CPUs that are threads: each CPU has coherent memory, mappings through bounce
 * buffers and pieces of a pool that all share, and finds in them what it wrote. Built a second time
 * under the thread sanitizer.
 */
#include <kernel/cpu.h>
#include <kernel/smp.h>

#include "dma_sim.h"

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 8)
#define PIECES		24u
#define PIECE_BYTES	192u

static struct random_plan plan;
static struct dma_device narrow;	/* 32 bits: RAM above needs a bounce buffer */
static struct dma_pool *pool;
static u64 full;

enum how { NOTHING, COHERENT, MAPPED, POOLED, HOWS };

struct piece {
	enum how how;
	struct page *page;
	u8 *va;
	size_t bytes;
	dma_addr_t handle;
	u8 token;
};

static void *memory_of(dma_addr_t handle)
{
	return __va(handle);
}

static bool take(struct rng *rng, struct piece *p)
{
	p->bytes = p->how == POOLED ? PIECE_BYTES : 1 + rng_below(rng, 3 * PAGE_SIZE);
	if (p->how == MAPPED) {
		p->page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 2);
		if (!p->page)
			return false;
		p->va = page_address(p->page);
		memset(p->va, p->token, p->bytes);
		p->handle = dma_map_single(&narrow, p->va, p->bytes, DMA_BIDIRECTIONAL);
		if (!dma_mapping_error(&narrow, p->handle))
			return true;
		__free_pages(p->page, 2);
		return false;
	}
	p->va = p->how == COHERENT
		? dma_alloc_coherent(&narrow, p->bytes, &p->handle, GFP_KERNEL | __GFP_NOWARN)
		: dma_pool_alloc(pool, GFP_KERNEL | __GFP_NOWARN, &p->handle);
	if (p->va)
		memset(p->va, p->token, p->bytes);
	return p->va;
}

/* The device finds what the CPU wrote, and changes it; the CPU finds that. */
static void give(struct piece *p)
{
	u8 *seen = memory_of(p->handle), answer = (u8)~p->token;

	for (size_t i = 0; i < p->bytes; i += 61)
		if (seen[i] != p->token)
			fail_msg("byte %zu of %zu is not what was written", i, p->bytes);
	memset(seen, answer, p->bytes);
	if (p->how == MAPPED)
		dma_unmap_single(&narrow, p->handle, p->bytes, DMA_BIDIRECTIONAL);
	for (size_t i = 0; i < p->bytes; i += 61)
		if (p->va[i] != answer)
			fail_msg("byte %zu of %zu is not what the device wrote", i, p->bytes);
	if (p->how == MAPPED)
		__free_pages(p->page, 2);
	else if (p->how == COHERENT)
		dma_free_coherent(&narrow, p->bytes, p->va, p->handle);
	else
		dma_pool_free(pool, p->va, p->handle);
	p->how = NOTHING;
}

static void work(void *arg)
{
	struct rng rng = { plan.seed + (unsigned long)arg };
	struct piece pieces[PIECES] = { { .how = NOTHING } };

	for (u64 i = 0; i < plan.operations / CPUS; i++) {
		struct piece *p = &pieces[rng_below(&rng, PIECES)];

		if (p->how) {
			give(p);
			continue;
		}
		p->how = (enum how)(1 + rng_below(&rng, HOWS - 1));
		p->token = (u8)rng_next(&rng);
		if (!take(&rng, p)) {
			p->how = NOTHING;
			__atomic_fetch_add(&full, 1, __ATOMIC_RELAXED);
		}
	}
	for (unsigned int i = 0; i < PIECES; i++)
		if (pieces[i].how)
			give(&pieces[i]);
}

static void add_cpus(void)
{
	char name[16];

	tree_node("cpus");
	tree_u32("#address-cells", 1);
	tree_u32("#size-cells", 0);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		snprintf(name, sizeof(name), "cpu@%x", cpu);
		tree_node(name);
		tree_text("device_type", "cpu");
		tree_u32("reg", cpu);
		tree_node_end();
	}
	tree_node_end();
}

static void all_cpus(void **state)
{
	static struct cpu_work works[CPUS];

	(void)state;
	if (MAX_PHYSMEM_PFN * PAGE_SIZE < HIGH_RAM + BANK_BYTES)
		skip();
	tree_begin(2, 2, NULL);
	tree_memory(LOW_RAM, BANK_BYTES);
	tree_memory(HIGH_RAM, BANK_BYTES);
	add_cpus();
	sim_boot_cpus(CPUS);
	assert_int_equal(dma_device_init(&narrow, "narrow", -1), 0);
	pool = dma_pool_create("pieces", &narrow, PIECE_BYTES, 64, 0);
	assert_non_null(pool);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		works[cpu] = (struct cpu_work){ .fn = work, .arg = (void *)(unsigned long)cpu };
		assert_int_equal(cpu_work_start(cpu, &works[cpu]), 0);
	}
	work(NULL);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_work_wait(&works[cpu]);
	printf("# %llu found no room\n", (unsigned long long)full);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		assert_int_equal(cpu_down(cpu), 0);
	dma_pool_destroy(pool);
	dma_device_exit(&narrow);
	sim_check(0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cpus),
	};

	plan = random_plan(argc, argv, 100000, 2000000);
	return cmocka_run_group_tests_name("smp_dma", tests, NULL, NULL);
}
