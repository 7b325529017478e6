/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions of devices (memory-region): of RAM and of none, for devices that see the caches and for
 * those that do not, more regions than the table has rows, and books that are damaged. What a
 * device gets of its region otherwise is in dma.c.
 */
#include "dma_sim.h"

#define PAGES(n)	((n) * PAGE_SIZE)
#define REGION_PA	(HIGH_RAM + 16 * SZ_1M)
#define NO_RAM_PA	0x100000000ull
#define LARGE_BYTES	(8ull << 20)
#define WAY_AROUND	(1ull << 36)

static struct dma_device dev;

static int init_node(const char *path)
{
	int node = fdt_path_offset(boot_fdt, path);

	assert_true(node >= 0);
	return dma_device_init(&dev, fdt_get_name(boot_fdt, node, NULL), node);
}

static void region_node(const char *name, u64 base, u64 bytes, u32 phandle, const char *compatible)
{
	tree_node(name);
	tree_text("compatible", compatible);
	tree_reg(base, bytes);
	tree_u32("phandle", phandle);
	tree_node_end();
}

static void user_node(const char *name, u32 phandle, const char *flag)
{
	tree_node(name);
	tree_u32("memory-region", phandle);
	if (flag)
		tree_flag(flag);
	tree_node_end();
}

static void boot_regions(void)
{
	sim_tree_begin();
	tree_reserved_memory();
	region_node("plain", REGION_PA, PAGES(8), 1, "shared-dma-pool");
	region_node("outside", NO_RAM_PA, PAGES(4), 2, "shared-dma-pool");
	region_node("border", HIGH_RAM + BANK_BYTES - PAGES(2), PAGES(4), 3, "shared-dma-pool");
	region_node("large", REGION_PA + LARGE_BYTES, LARGE_BYTES, 4, "shared-dma-pool");
	region_node("others", REGION_PA + SZ_1M, PAGES(4), 5, "framebuffer");
	tree_node_end();
	user_node("sees-plain", 1, NULL);
	user_node("blind-plain", 1, "dma-noncoherent");
	user_node("sees-outside", 2, NULL);
	user_node("blind-outside", 2, "dma-noncoherent");
	user_node("sees-border", 3, NULL);
	user_node("sees-large", 4, NULL);
	user_node("sees-others", 5, NULL);
	sim_boot();
}

static bool in_window(const void *va)
{
	return (unsigned long)va - VMALLOC_START < VMALLOC_SIZE;
}

/* RAM is shown where it is; what is no RAM, or only in part, through the window. */
static void for_devices_that_see_caches(void **state)
{
	(void)state;
	boot_regions();
	assert_int_equal(init_node("/sees-plain"), 0);
	assert_ptr_equal(dev.region->va, __va(REGION_PA));
	dma_device_exit(&dev);
	assert_int_equal(init_node("/sees-outside"), 0);
	assert_true(in_window(dev.region->va));
	assert_int_equal(dev.region->pa, NO_RAM_PA);
	assert_int_equal(dev.region->pages.nr, 4);
	dma_device_exit(&dev);
	assert_int_equal(init_node("/sees-border"), 0);
	assert_true(in_window(dev.region->va));
	assert_int_equal(dev.region->pages.nr, 4);
	dma_device_exit(&dev);
	/* A node of another kind is no region, and no fault. */
	assert_int_equal(init_node("/sees-others"), 0);
	assert_null(dev.region);
	dma_device_exit(&dev);
	sim_check(0);
}

/* What CPUs wrote into RAM is in memory before the device's mapping shows it. */
static void for_devices_that_do_not(void **state)
{
	(void)state;
	boot_regions();
	assert_int_equal(init_node("/blind-plain"), -ENOMEM);
	assert_log("memory-region plain cannot be used: nothing here shows memory past the caches");
	host_log_clear();
	sim_offer_cache(SIM_LINE, WAY_AROUND);
	memset(__va(REGION_PA), 0x5a, PAGES(8));
	assert_int_equal(init_node("/blind-plain"), 0);
	assert_true(in_window(dev.region->va));
	assert_false(dev.region->coherent);
	for (size_t at = 0; at < PAGES(8); at += SIM_LINE) {
		assert_false(sim_is_newer(REGION_PA + at));
		assert_int_equal(*sim_memory(REGION_PA + at, false), 0x5a);
	}
	dma_device_exit(&dev);
	/* There is no cache in front of what is no RAM. */
	assert_int_equal(init_node("/blind-outside"), 0);
	assert_true(in_window(dev.region->va));
	assert_no_log("cannot be used");
	sim_check(0);
}

/* The map of a large region is more than slabs have left. */
static void no_memory_for_the_map(void **state)
{
	unsigned long nr;

	(void)state;
	boot_regions();
	nr = sim_take_all();
	assert_int_equal(init_node("/sees-large"), -ENOMEM);
	assert_log("memory-region large cannot be used: it is not reserved, or there is no memory "
		   "for its map");
	sim_check(0);
	sim_release(nr);
	assert_int_equal(init_node("/sees-large"), 0);
	assert_int_equal(dev.region->pages.nr, LARGE_BYTES / PAGE_SIZE);
	sim_check(0);
}

/* A mask that a driver writes by itself is looked at with each request. */
static void a_mask_that_does_not_reach(void **state)
{
	dma_addr_t handle;

	(void)state;
	boot_regions();
	assert_int_equal(init_node("/sees-plain"), 0);
	dev.coherent_mask = DMA_BIT_MASK(32);
	assert_null(dma_alloc_coherent(&dev, PAGES(2), &handle, GFP_KERNEL));
	assert_int_equal(dev.region->pages.used, 0);
	assert_null(dma_slots_validate(&dev.region->pages));
	dev.coherent_mask = DMA_BIT_MASK(64);
	assert_non_null(dma_alloc_coherent(&dev, PAGES(2), &handle, GFP_KERNEL));
	assert_int_equal(handle, REGION_PA);
	assert_int_equal(dev.region->pages.used, 2);
}

static void more_regions_than_rows(void **state)
{
	char name[32], user[32];

	(void)state;
	sim_tree_begin();
	tree_reserved_memory();
	for (unsigned int i = 0; i <= CONFIG_DMA_DEVICES; i++) {
		snprintf(name, sizeof(name), "region%u", i);
		region_node(name, REGION_PA + i * PAGES(8), PAGES(4), i + 1, "shared-dma-pool");
	}
	tree_node_end();
	for (unsigned int i = 0; i <= CONFIG_DMA_DEVICES; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		user_node(user, i + 1, NULL);
	}
	sim_boot();
	for (unsigned int i = 0; i < CONFIG_DMA_DEVICES; i++) {
		snprintf(user, sizeof(user), "/user%u", i);
		assert_int_equal(init_node(user), 0);
		dma_device_exit(&dev);
	}
	sim_check(0);
	snprintf(user, sizeof(user), "/user%u", CONFIG_DMA_DEVICES);
	assert_int_equal(init_node(user), -ENOMEM);
	snprintf(name, sizeof(name), "memory-region region%u cannot", CONFIG_DMA_DEVICES);
	assert_log(name);
	/* A region that has its row goes on to serve. */
	assert_int_equal(init_node("/user1"), 0);
	assert_non_null(dev.region);
}

/* proves DS1, DS2: each kind of damage, and put back. */
static void damaged_books(void **state)
{
	static const char head[] = "DS2: a run of slots does not begin with its head";
	static const char count[] = "DS2: slots that are taken are not as many as counted";
	struct dma_slots *s;

	(void)state;
	boot_regions();
	assert_int_equal(init_node("/sees-plain"), 0);
	s = &dev.region->pages;
	assert_int_equal(dma_slots_take(s, 3, 1), 0);
	assert_int_equal(dma_slots_take(s, 2, 1), 3);
	assert_null(dma_region_validate());
	__set_bit(6, s->head);
	assert_string_equal(dma_region_validate(), head);
	__clear_bit(6, s->head);
	__clear_bit(0, s->head);
	assert_string_equal(dma_region_validate(), head);
	__set_bit(0, s->head);
	s->used++;
	assert_string_equal(dma_region_validate(), count);
	s->used--;
	assert_null(dma_region_validate());
	/* A run in the middle of another, over two, longer or shorter than it was, of nothing. */
	assert_int_equal(HOST_TRY(dma_slots_put(s, 1, 2)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 0, 5)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 0, 2)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 3, 3)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 3, 0)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 8, 1)), HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_slots_put(s, 7, 2)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "DS1: 2 slots from 7 on are put back"));
	/* The alignment leads past the last slot. */
	assert_int_equal(dma_slots_take(s, 2, 16), s->nr);
	assert_int_equal(dma_slots_take(s, 3, 1), 5);
	assert_int_equal(dma_slots_take(s, 1, 16), s->nr);
	dma_slots_put(s, 5, 3);
	dma_slots_put(s, 0, 3);
	dma_slots_put(s, 3, 2);
	assert_null(dma_region_validate());
	assert_int_equal(s->used, 0);
}

/* The line of the log that says how caches are written back. */
static void who_writes_caches_back(void **state)
{
	(void)state;
	sim_tree_begin();
	user_node("blind", 77, "dma-noncoherent");
	sim_boot();
	assert_int_equal(dma_init(), 0);
	assert_no_log("caches are written back");
	assert_int_equal(init_node("/blind"), 0);
	assert_false(dma_can_sync(&dev));
	assert_int_equal(dma_line_bytes(&dev), 1);
	sim_offer_cache(SIM_LINE, 0);
	assert_int_equal(dma_init(), 0);
	assert_log("dma: caches are written back by simulation, in lines of 64 bytes");
	assert_true(dma_can_sync(&dev));
	assert_int_equal(dma_line_bytes(&dev), SIM_LINE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(for_devices_that_see_caches),
		cmocka_unit_test(for_devices_that_do_not),
		cmocka_unit_test(no_memory_for_the_map),
		cmocka_unit_test(a_mask_that_does_not_reach),
		cmocka_unit_test(more_regions_than_rows),
		cmocka_unit_test(damaged_books),
		cmocka_unit_test(who_writes_caches_back),
	};

	return cmocka_run_group_tests_name("dma_regions", tests, NULL, NULL);
}
