/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounce buffers, pools, and the slots below them: what they promise, what stops the kernel, and
 * each way back when something is missing half way. Random use of mappings is in dma_model.c.
 */
#include "dma_sim.h"

#include <mm/memblock.h>

static struct dma_device dev;

/* ---- bounce buffers ---- */

#define BOUNCE_BYTES	(CONFIG_DMA_BOUNCE_KB * SZ_1K)

static dma_addr_t map_high(size_t at, size_t bytes)
{
	return dma_map_single(&dev, __va(HIGH_RAM + 16 * SZ_1M + at), bytes, DMA_BIDIRECTIONAL);
}

/* proves DB1 */
static void bounce_buffers_run_out(void **state)
{
	dma_addr_t a, b;

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "narrow", -1), 0);
	assert_int_equal(map_high(0, BOUNCE_BYTES + 1), DMA_MAPPING_ERROR);
	assert_log("narrow: no bounce buffer for");
	host_log_clear();
	a = map_high(0, BOUNCE_BYTES - 4096);
	b = map_high(0, 2049);
	assert_true(a != DMA_MAPPING_ERROR && b != DMA_MAPPING_ERROR);
	/* One line for each device. */
	assert_int_equal(map_high(0, 1), DMA_MAPPING_ERROR);
	assert_string_equal(host_log(), "");
	sim_check(0);
	assert_int_equal(HOST_TRY(dma_unmap_single(&dev, b, 2048, DMA_TO_DEVICE)),
			 HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_unmap_single(&dev, b + 2048, 1, DMA_TO_DEVICE)),
			 HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_sync_single_for_cpu(&dev, b, 2050, DMA_FROM_DEVICE)),
			 HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_unmap_single(&dev, b, 0, DMA_TO_DEVICE)), HOST_ASSERT_FAILED);
	dma_unmap_single(&dev, b, 2049, DMA_BIDIRECTIONAL);
	assert_int_equal(HOST_TRY(dma_unmap_single(&dev, b, 2049, DMA_BIDIRECTIONAL)),
			 HOST_ASSERT_FAILED);
	dma_unmap_single(&dev, a, BOUNCE_BYTES - 4096, DMA_BIDIRECTIONAL);
	a = map_high(0, BOUNCE_BYTES);
	assert_true(a != DMA_MAPPING_ERROR);
	dma_unmap_single(&dev, a, BOUNCE_BYTES, DMA_BIDIRECTIONAL);
	sim_check(0);
}

/* proves DM3 */
static void addresses_that_lead_nowhere(void **state)
{
	(void)state;
	sim_tree_begin();
	tree_node("bus");
	tree_u32("#address-cells", 2);
	tree_u32("#size-cells", 2);
	tree_list("dma-ranges", 0, HIGH_RAM, BANK_BYTES);
	tree_node("dev");
	tree_node_end();
	tree_node_end();
	sim_boot();
	assert_int_equal(dma_device_init(&dev, "dev", fdt_path_offset(boot_fdt, "/bus/dev")), 0);
	assert_int_equal(HOST_TRY(dma_unmap_single(&dev, BANK_BYTES - 1, 2, DMA_TO_DEVICE)),
			 HOST_ASSERT_FAILED);
	/* The device reaches the second bank alone: no whole zone, and no bounce buffers. */
	assert_int_equal(dev.mask, 0);
	assert_int_equal(dma_set_mask(&dev, DMA_BIT_MASK(64)), -EIO);
	assert_log("reaches no RAM");
	dma_device_exit(&dev);
	/* Less than the MiB that a zone's limit could be. */
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	host_log_clear();
	assert_int_equal(dma_set_coherent_mask(&dev, LOW_RAM + PAGE_SIZE - 1), -EIO);
	assert_log("mask 0x80000fff reaches no RAM, which begins at 0x80000000");
}

static void no_room_for_bounce_buffers(void **state)
{
	struct dma_bounce_snapshot b;

	(void)state;
	sim_machine();
	boot_banks(NULL, &(struct bank){ LOW_RAM, BANK_BYTES }, 1);
	memblock_reserve(LOW_RAM, BANK_BYTES);
	dma_bounce_reserve();
	assert_log("no room for DMA_BOUNCE_KB (");
	dma_bounce_read(&b);
	assert_int_equal(b.slots, 0);
	assert_false(dma_bounce_has(LOW_RAM));
	assert_false(dma_bounce_reached(&dev, ~0ull));
}

/* ---- pools ---- */

/* proves DP1, DP2 */
static void pools_cut_pages(void **state)
{
	static const struct {
		size_t size, align, boundary, step, per_page;
	} rows[] = {
		{ 1, 1, 0, 16, 256 }, { 96, 1, 256, 96, 32 }, { 100, 32, 0, 128, 32 },
		{ 4096, 4096, 4096, 4096, 1 }, { 1000, 8, 1024, 1024, 4 }, { 1500, 4, 0, 1504, 2 },
	};
	dma_addr_t handle[257];
	char *va[257];

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		struct dma_pool *pool = dma_pool_create("pool", &dev, rows[r].size, rows[r].align,
							rows[r].boundary);
		size_t per = rows[r].boundary ? rows[r].boundary / rows[r].step : rows[r].per_page;

		assert_non_null(pool);
		for (size_t i = 0; i <= rows[r].per_page; i++) {
			va[i] = dma_pool_zalloc(pool, GFP_KERNEL, &handle[i]);
			assert_non_null(va[i]);
			assert_int_equal(handle[i], __pa(va[i]));
			assert_true(IS_ALIGNED(handle[i], rows[r].align));
			if (i && i % per && i < rows[r].per_page)
				assert_int_equal(handle[i] - handle[i - 1], rows[r].step);
			for (size_t at = 0; at < rows[r].size; at++)
				assert_int_equal(va[i][at], 0);
			memset(va[i], 0xa5, rows[r].size);
		}
		sim_check(2);
		assert_int_equal(HOST_TRY(dma_pool_destroy(pool)), HOST_ASSERT_FAILED);
		for (size_t i = 0; i <= rows[r].per_page; i++)
			dma_pool_free(pool, va[i], handle[i]);
		dma_pool_destroy(pool);
		sim_check(0);
	}
	assert_null(dma_pool_create("none", &dev, 0, 1, 0));
	assert_null(dma_pool_create("none", &dev, 8, 3, 0));
	assert_null(dma_pool_create("none", &dev, 8, 2 * PAGE_SIZE, 0));
	assert_null(dma_pool_create("none", &dev, 128, 1, 64));
	assert_null(dma_pool_create("none", &dev, 128, 1, 200));
}

static void wrong_blocks_stop(void **state)
{
	/* Frees a block that is handed out by addresses that are off by so much. */
	static const struct {
		long va, handle;
	} rows[] = { { 48, 48 }, { 16, 16 }, { 0, 48 }, { PAGE_SIZE, PAGE_SIZE }, { 4080, 4080 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct dma_pool *pool;
		dma_addr_t handle, freed_handle;
		char *va, *freed;

		sim_machine();
		assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
		pool = dma_pool_create("pool", &dev, 48, 16, 0);
		assert_non_null(pool);
		va = dma_pool_alloc(pool, GFP_KERNEL, &handle);
		freed = dma_pool_alloc(pool, GFP_KERNEL, &freed_handle);
		dma_pool_free(pool, freed, freed_handle);
		assert_int_equal(HOST_TRY(dma_pool_free(pool, va + rows[i].va,
							handle + (u64)rows[i].handle)),
				 HOST_ASSERT_FAILED);
	}
}

static void pools_do_without(void **state)
{
	struct dma_pool *pool;
	dma_addr_t handle;
	unsigned long nr, taken_first;
	unsigned int blocks = 0;
	void *va;

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(64)), 0);
	pool = dma_pool_create("pool", &dev, PAGE_SIZE, PAGE_SIZE, 0);
	assert_non_null(pool);
	nr = taken_first = sim_take_all();
	/* Memory lacks for the block, or for the pool's record of the block. */
	while (!(va = dma_pool_alloc(pool, GFP_KERNEL | __GFP_NOWARN, &handle))) {
		sim_check(0);
		__free_page(sim_taken[--nr]);
	}
	assert_true(nr < taken_first);
	sim_release(nr);
	dma_pool_free(pool, va, handle);
	while ((sim_taken[blocks] = dma_pool_alloc(pool, GFP_KERNEL, &handle)))
		blocks++;
	assert_int_equal(blocks, DMA_POOL_PAGES);
	sim_check(DMA_POOL_PAGES);
	while (blocks--)
		dma_pool_free(pool, sim_taken[blocks], __pa(sim_taken[blocks]));
	dma_pool_destroy(pool);
	sim_check(0);
}

/* ---- what the audit would find ---- */

/* proves DS1, DS2 */
static void damage_is_found(void **state)
{
	unsigned long map[DMA_SLOTS_WORDS(70)] = { 0 };
	struct dma_slots s;

	(void)state;
	sim_machine();
	memset(&s, 0xff, sizeof(s));
	dma_slots_init(&s, 70, map);
	assert_int_equal(s.used, 0);
	assert_int_equal(s.most, 0);
	assert_int_equal(dma_slots_take(&s, 3, 1), 0);
	assert_int_equal(dma_slots_take(&s, 64, 4), 4);
	assert_int_equal(dma_slots_take(&s, 3, 1), 70);
	assert_int_equal(dma_slots_take(&s, 2, 1), 68);
	assert_int_equal(dma_slots_take(&s, 1, 1), 3);
	assert_int_equal(dma_slots_take(&s, 1, 1), 70);
	assert_null(dma_slots_validate(&s));
	assert_int_equal(HOST_TRY(dma_slots_put(&s, 4, 63)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(&s, 4, 66)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(&s, 5, 63)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(&s, 68, 3)), HOST_ASSERT_FAILED);
	dma_slots_put(&s, 4, 64);
	assert_null(dma_slots_validate(&s));
	s.used++;
	assert_string_equal(dma_slots_validate(&s),
			    "DS2: slots that are taken are not as many as counted");
	s.used--;
	s.taken[0] |= BIT(10);
	assert_string_equal(dma_slots_validate(&s),
			    "DS2: a run of slots does not begin with its head");
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	dev.coherent_pages = 1;
	assert_string_equal(dma_validate(), "DC1: devices have other pages than are in state PG_DMA");
}

/* What several ranges reach together, in whichever order they are, and up to a mask. */
static void ranges_in_any_order(void **state)
{
	static const struct dma_device made_up = {
		.nr_ranges = 4,
		.ranges = { { .bus = 0x3000, .cpu_pa = 0x13000, .last = 0xfff },
			    { .bus = 0x2000, .cpu_pa = 0x12000, .last = 0xfff },
			    { .bus = 0x1000, .cpu_pa = 0x11000, .last = 0xfff },
			    { .bus = 0x9000, .cpu_pa = 0x18000, .last = 0xfff } },
	};

	(void)state;
	assert_true(dma_reaches(&made_up, ~0ull, 0x11000, 0x3000));
	assert_true(dma_reaches(&made_up, ~0ull, 0x12800, 0x1800));
	assert_true(dma_reaches(&made_up, ~0ull, 0x18fff, 1));
	assert_false(dma_reaches(&made_up, ~0ull, 0x11000, 0x3001));
	assert_false(dma_reaches(&made_up, ~0ull, 0x10fff, 2));
	assert_true(dma_reaches(&made_up, 0x2fff, 0x11000, 0x2000));
	assert_false(dma_reaches(&made_up, 0x2fff, 0x11000, 0x2001));
	assert_true(dma_reaches(&made_up, 0x2000, 0x12000, 1));
	assert_false(dma_reaches(&made_up, 0x1fff, 0x12000, 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounce_buffers_run_out),
		cmocka_unit_test(addresses_that_lead_nowhere),
		cmocka_unit_test(no_room_for_bounce_buffers),
		cmocka_unit_test(pools_cut_pages),
		cmocka_unit_test(wrong_blocks_stop),
		cmocka_unit_test(pools_do_without),
		cmocka_unit_test(damage_is_found),
		cmocka_unit_test(ranges_in_any_order),
	};

	return cmocka_run_group_tests_name("dma_buffers", tests, NULL, NULL);
}
