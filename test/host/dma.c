/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the device tree says of devices, masks and zones, coherent memory and regions: each promise,
 * each refusal with its sentence, and each way back when something is missing half way.
 */
#include "dma_sim.h"

#include <mm/cma.h>

#define GIB		(1ull << 30)
#define IDENTITY	"0+ffffffffffffffff=0"
#define PAGES(n)	((n) * PAGE_SIZE)

static struct dma_device dev, other;

/* ---- trees ---- */

static void bus(const char *name, unsigned int address_cells, unsigned int size_cells)
{
	tree_node(name);
	tree_u32("#address-cells", address_cells);
	tree_u32("#size-cells", size_cells);
}

static void row(const u64 *numbers, unsigned int count)
{
	u64 numbers_of_two[12];

	for (unsigned int i = 0; i < count; i++)
		numbers_of_two[i] = numbers[i];
	tree_numbers("dma-ranges", numbers_of_two, count);
}

#define dma_ranges(...)	row((u64[]){ __VA_ARGS__ }, TREE_COUNT(__VA_ARGS__))

static void leaf(const char *name, const char *flag)
{
	tree_node(name);
	if (flag)
		tree_flag(flag);
	tree_node_end();
}

static int init_node(struct dma_device *d, const char *path)
{
	int node = fdt_path_offset(boot_fdt, path);

	assert_true(node >= 0);
	return dma_device_init(d, fdt_get_name(boot_fdt, node, NULL), node);
}

/* "bus+last=memory", for each range. */
static const char *ranges_text(const struct dma_device *d)
{
	static char text[512];
	size_t len = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < d->nr_ranges; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%llx+%llx=%llx",
					i ? " " : "", (unsigned long long)d->ranges[i].bus,
					(unsigned long long)d->ranges[i].last,
					(unsigned long long)d->ranges[i].cpu_pa);
	return text;
}

static void sound_buses(void)
{
	/* No node says anything of addresses; an empty property leaves them alone. */
	leaf("root-device", NULL);
	bus("silent", 2, 2);
	leaf("dev", NULL);
	tree_node_end();
	bus("empty", 2, 2);
	tree_flag("dma-ranges");
	leaf("dev", NULL);
	bus("silent", 2, 2);
	leaf("dev", NULL);
	tree_node_end();
	tree_node_end();
	/* The list has two rows, of which one passes a bus that lets half of it through. */
	bus("outer", 2, 2);
	dma_ranges(2 * GIB, 6 * GIB, GIB / 2, 4 * GIB, 0, GIB);
	bus("inner", 2, 2);
	dma_ranges(0, 2 * GIB, GIB, 8 * GIB, 4 * GIB + 0x1000, 0x2000, 0, 0, 0);
	leaf("dev", NULL);
	tree_node_end();
	bus("dead-end", 2, 2);
	dma_ranges(0, 3 * GIB, 0x1000);
	leaf("dev", NULL);
	tree_node_end();
	bus("mute", 2, 2);
	leaf("dev", NULL);
	tree_node_end();
	tree_node_end();
}

static void odd_buses(void)
{
	/* A row is cut where addresses end; then the bus has cells of its own. */
	bus("end", 2, 2);
	dma_ranges(0xffffffffffff0000, 2 * GIB, 0x100000);
	leaf("dev", NULL);
	tree_node_end();
	bus("narrow", 1, 1);
	tree_bytes("dma-ranges", (const u8[16]){ 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0,
						 0x00, 0x10, 0, 0 }, 16);
	leaf("dev", NULL);
	tree_node_end();
	bus("odd", 2, 2);
	tree_bytes("dma-ranges", (const u8[20]){ 0 }, 20);
	leaf("dev", NULL);
	tree_node_end();
	bus("cells", 4, 2);
	tree_bytes("dma-ranges", (const u8[32]){ 0 }, 32);
	leaf("dev", NULL);
	tree_node_end();
	bus("no-address", 0, 2);
	tree_bytes("dma-ranges", (const u8[16]){ 0 }, 16);
	leaf("dev", NULL);
	tree_node_end();
	bus("no-size", 2, 0);
	tree_bytes("dma-ranges", (const u8[16]){ 0 }, 16);
	leaf("dev", NULL);
	tree_node_end();
	bus("wide-size", 2, 3);
	tree_bytes("dma-ranges", (const u8[28]){ 0 }, 28);
	leaf("dev", NULL);
	tree_node_end();
	/* PCI's first cell is not of the address. */
	bus("pci", 3, 2);
	tree_bytes("dma-ranges", (const u8[28]){ 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
						 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40 }, 28);
	leaf("dev", NULL);
	bus("behind", 2, 2);
	tree_bytes("dma-ranges", (const u8[28]){ 0 }, 28);
	leaf("dev", NULL);
	tree_node_end();
	tree_node_end();
}

/* proves DM1 */
static void ways_to_memory(void **state)
{
	static const struct {
		const char *path, *ranges;
		int err;
	} rows[] = {
		{ "/root-device", IDENTITY, 0 },
		{ "/silent/dev", IDENTITY, 0 },
		{ "/empty/dev", IDENTITY, 0 },
		{ "/empty/silent/dev", NULL, -ENXIO },
		{ "/outer/inner/dev", "0+1fffffff=180000000 200000000+1fff=1000", 0 },
		{ "/outer/dead-end/dev", NULL, -ENXIO },
		{ "/outer/mute/dev", NULL, -ENXIO },
		{ "/end/dev", "ffffffffffff0000+ffff=80000000", 0 },
		{ "/narrow/dev", "ffff0000+fffff=80000000", 0 },
		{ "/odd/dev", NULL, -EINVAL },
		{ "/cells/dev", NULL, -EINVAL },
		{ "/no-address/dev", NULL, -EINVAL },
		{ "/no-size/dev", NULL, -EINVAL },
		{ "/wide-size/dev", NULL, -EINVAL },
		{ "/pci/behind/dev", NULL, -EINVAL },
		{ "/pci/dev", "0+3fffffff=80000000", 0 },
	};

	(void)state;
	sim_tree_begin();
	sound_buses();
	odd_buses();
	sim_boot();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(init_node(&dev, rows[i].path), rows[i].err);
		if (!rows[i].err) {
			assert_string_equal(ranges_text(&dev), rows[i].ranges);
			dma_device_exit(&dev);
			continue;
		}
		assert_log(rows[i].err == -ENXIO ? "lets no DMA through" : "make no sense");
		host_log_clear();
	}
}

/* Whole buffers in one range: neither over its end, nor where there is none. */
static void addresses_there_and_back(void **state)
{
	(void)state;
	sim_tree_begin();
	sound_buses();
	sim_boot();
	assert_int_equal(init_node(&dev, "/outer/inner/dev"), 0);
	assert_int_equal(dma_to_pa(&dev, 0x10, 16), 0x180000010);
	assert_int_equal(dma_to_pa(&dev, 0x200000000, 0x2000), 0x1000);
	assert_int_equal(HOST_TRY((void)dma_to_pa(&dev, 0x1ffffff8, 16)), HOST_ASSERT_FAILED);
	assert_non_null(strstr(host_stop_text(), "DM3: dev: bus address 0x1ffffff8"));
	assert_int_equal(HOST_TRY((void)dma_to_pa(&dev, 0x200002000, 1)), HOST_ASSERT_FAILED);
	assert_int_equal(dma_to_bus(&dev, ~0ull, 0x2ff0, 16), 0x200001ff0);
	assert_int_equal(dma_to_bus(&dev, ~0ull, 0x2ff0, 17), DMA_MAPPING_ERROR);
	assert_int_equal(dma_to_bus(&dev, ~0ull, 0x3000, 1), DMA_MAPPING_ERROR);
	assert_int_equal(dma_to_bus(&dev, DMA_BIT_MASK(32), 0x1000, 1), DMA_MAPPING_ERROR);
}

static void too_many_pieces(void **state)
{
	u64 numbers[3 * (DMA_RANGES_MAX + 1)];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i += 3) {
		numbers[i] = numbers[i + 1] = i * GIB;
		numbers[i + 2] = 0x1000;
	}
	sim_tree_begin();
	bus("bus", 2, 2);
	tree_numbers("dma-ranges", numbers, ARRAY_SIZE(numbers));
	leaf("dev", NULL);
	tree_node_end();
	sim_boot();
	assert_int_equal(init_node(&dev, "/bus/dev"), -EINVAL);
	assert_log("more pieces than DMA_RANGES_MAX");
}

static void who_sees_caches(void **state)
{
	static const struct {
		const char *path;
		bool coherent;
	} rows[] = {
		{ "/plain", true }, { "/blind", false }, { "/bus/dev", false },
		{ "/bus/sees", true },
	};

	(void)state;
	sim_tree_begin();
	leaf("plain", NULL);
	leaf("blind", "dma-noncoherent");
	bus("bus", 2, 2);
	tree_flag("dma-noncoherent");
	leaf("dev", NULL);
	leaf("sees", "dma-coherent");
	tree_node_end();
	sim_boot();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(init_node(&dev, rows[i].path), 0);
		assert_int_equal(dev.coherent, rows[i].coherent);
		dma_device_exit(&dev);
	}
}

/* ---- masks ---- */

static void zone_of_coherent(u64 mask, phys_addr_t below)
{
	dma_addr_t handle;
	void *va;

	assert_int_equal(dma_set_coherent_mask(&dev, mask), 0);
	va = dma_alloc_coherent(&dev, PAGE_SIZE, &handle, GFP_KERNEL);
	assert_non_null(va);
	assert_true(__pa(va) + PAGE_SIZE <= below);
	assert_int_equal(handle, __pa(va));
	sim_check(1);
	dma_free_coherent(&dev, PAGE_SIZE, va, handle);
	sim_check(0);
}

/* proves DM2 */
static void masks_choose_zones(void **state)
{
	const u64 dma_limit = IS_ENABLED(CONFIG_ZONE_DMA) ? ZONE_DMA_LIMIT_MB * SZ_1M : 4 * GIB;

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	assert_int_equal(dev.mask, DMA_BIT_MASK(32));
	zone_of_coherent(DMA_BIT_MASK(64), ~0ull);
	assert_int_equal(dev.coherent_gfp, GFP_NOWAIT);
	zone_of_coherent(DMA_BIT_MASK(32), 4 * GIB);
	zone_of_coherent(dma_limit - 1, dma_limit);
	/* With one byte less the device does not reach the whole lowest zone. */
	assert_int_equal(dma_set_coherent_mask(&dev, min(dma_limit, LOW_RAM + BANK_BYTES) - 2),
			 -EIO);
	assert_log("made-up: mask 0x");
	assert_log("ZONE_DMA_LIMIT_MB to ");
	assert_int_equal(dev.coherent_mask, dma_limit - 1);
	host_log_clear();
	assert_int_equal(dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(31)), -EIO);
	assert_log("made-up: mask 0x7fffffff reaches no RAM, which begins at 0x80000000");
	assert_int_equal(dev.mask, DMA_BIT_MASK(32));
	/* Mappings can do with the bounce buffers; what is coherent cannot. */
	assert_int_equal(dma_set_mask_and_coherent(&dev, LOW_RAM + 8 * SZ_1M - 1), -EIO);
	assert_int_equal(dev.mask, DMA_BIT_MASK(32));
	assert_int_equal(dma_set_mask(&dev, LOW_RAM + 8 * SZ_1M - 1), 0);
	dma_device_exit(&dev);
}

static void devices_without_a_way(void **state)
{
	dma_addr_t handle;

	(void)state;
	sim_tree_begin();
	leaf("blind", "dma-noncoherent");
	sim_boot();
	/* Here nothing writes caches back, and nothing shows memory past the caches. */
	assert_int_equal(init_node(&dev, "/blind"), 0);
	assert_int_equal(dev.mask, 0);
	assert_int_equal(dma_set_mask(&dev, DMA_BIT_MASK(64)), -EIO);
	assert_log("blind: it is not coherent, and nothing here writes caches back");
	host_log_clear();
	assert_int_equal(dma_map_single(&dev, __va(LOW_RAM + 32 * SZ_1M), 64, DMA_TO_DEVICE),
			 DMA_MAPPING_ERROR);
	assert_log("writes caches back");
	host_log_clear();
	dev.told = 0;
	assert_null(dma_alloc_coherent(&dev, 1, &handle, GFP_KERNEL));
	assert_log("nothing here shows memory past the caches: give it a memory-region");
	host_log_clear();
	assert_null(dma_alloc_coherent(&dev, 1, &handle, GFP_KERNEL));
	assert_string_equal(host_log(), "");
	sim_check(0);
}

static void the_table_is_full(void **state)
{
	static struct dma_device many[CONFIG_DMA_DEVICES];
	struct dma_device_snapshot d;
	unsigned int row = 0, seen = 0;

	(void)state;
	sim_machine();
	for (unsigned int i = 0; i < CONFIG_DMA_DEVICES; i++)
		assert_int_equal(dma_device_init(&many[i], "one of many", -1), 0);
	assert_int_equal(dma_device_init(&dev, "late", -1), -ENOSPC);
	assert_log("late: there are ");
	assert_log(" devices already: raise CONFIG_DMA_DEVICES\n");
	dma_device_exit(&many[3]);
	assert_int_equal(HOST_TRY(dma_device_exit(&many[3])), HOST_ASSERT_FAILED);
	assert_int_equal(dma_device_init(&dev, "late", -1), 0);
	while (dma_device_next(&row, &d))
		seen += !strcmp(d.name, "late") ? 100 : 1;
	assert_int_equal(seen, 100 + CONFIG_DMA_DEVICES - 1);
}

/* ---- coherent memory ---- */

/* proves DC1, DM4 */
static void coherent_blocks(void **state)
{
	static const size_t sizes[] = { 1, 4096, 4097, 3 * 4096, 1 << 20 };
	dma_addr_t handle[ARRAY_SIZE(sizes)];
	char *va[ARRAY_SIZE(sizes)];
	unsigned long pages = 0;

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		va[i] = dma_alloc_coherent(&dev, sizes[i], &handle[i], GFP_KERNEL);
		assert_non_null(va[i]);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(va[i][at], 0);
		memset(va[i], 0xa5, sizes[i]);
		pages += roundup_pow_of_two(DIV_ROUND_UP(sizes[i], PAGE_SIZE));
		assert_true(IS_ALIGNED(handle[i], PAGE_SIZE * (sizes[i] > PAGE_SIZE ? 2 : 1)));
		sim_check(pages);
	}
	assert_int_equal(dev.coherent_pages, pages);
	assert_int_equal(HOST_TRY(dma_device_exit(&dev)), HOST_ASSERT_FAILED);
	assert_null(dma_alloc_coherent(&dev, 0, &handle[0], GFP_KERNEL));
	assert_null(dma_alloc_coherent(&dev, (PAGE_SIZE << MAX_ORDER) + 1, &handle[0], GFP_KERNEL));
	assert_int_equal(handle[0], DMA_MAPPING_ERROR);
	handle[0] = __pa(va[0]);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		dma_free_coherent(&dev, sizes[i], va[i], handle[i]);
	sim_check(0);
	dma_device_exit(&dev);
}

/* proves DC2 */
static void wrong_frees_stop(void **state)
{
	/* Bytes, and by how much the addresses are off. */
	static const u64 rows[][3] = { { PAGES(2) }, { PAGES(4), 1 }, { PAGES(4), 0, PAGES(4) },
				       { PAGES(4), 8, 8 } };
	dma_addr_t handle;
	char *va;

	(void)state;
	sim_machine();
	assert_int_equal(dma_device_init(&dev, "made-up", -1), 0);
	va = dma_alloc_coherent(&dev, PAGES(4), &handle, GFP_KERNEL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(HOST_TRY(dma_free_coherent(&dev, rows[i][0], va + rows[i][1],
				 handle + rows[i][2])), HOST_ASSERT_FAILED);
	for (size_t i = 0; i < 2; i++)
		assert_true(HOST_TRY(dma_free_coherent(&dev, PAGES(4 * i), i ? 0 : va, handle)) &&
			    strstr(host_stop_text(), "DC2: made-up frees nothing"));
	sim_check(4);
	dma_free_coherent(&dev, PAGES(4), va, handle);
	assert_true(HOST_TRY(dma_free_coherent(&dev, PAGES(4), va, handle)) == HOST_ASSERT_FAILED);
	sim_check(0);
}

/* A device that sees no caches; offset: where the board shows RAM past them, or 0. */
static void boot_blind(u64 offset)
{
	sim_tree_begin();
	leaf("blind", "dma-noncoherent");
	sim_boot();
	sim_offer_cache(SIM_LINE, offset);
	assert_int_equal(init_node(&dev, "/blind"), 0);
	assert_int_equal(dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(64)), 0);
}

/* Where harts have Svpbmt it is the mapping that says so; where nothing does, there is none. */
static void past_the_caches_by_mapping(void **state)
{
	dma_addr_t handle;
	void *va;

	(void)state;
	boot_blind(0);
	assert_null(dma_alloc_coherent(&dev, PAGE_SIZE, &handle, GFP_KERNEL | __GFP_NOWARN));
	host_machine.maps_uncached = true;
	va = dma_alloc_coherent(&dev, PAGE_SIZE, &handle, GFP_KERNEL | __GFP_NOWARN);
	assert_non_null(va);
	assert_true((unsigned long)va - VMALLOC_START < VMALLOC_SIZE);
	sim_check(1);
	dma_free_coherent(&dev, PAGE_SIZE, va, handle);
	sim_check(0);
}

/* A device that sees no caches, where the board shows RAM past them; then without memory for the
 * page, for the area and for its table. */
static void past_the_caches(void **state)
{
	unsigned long nr, failed = 0;
	dma_addr_t handle;
	void *va;

	(void)state;
	boot_blind(1ull << 36);
	nr = sim_take_all();
	assert_null(dma_alloc_coherent(&dev, PAGE_SIZE, &handle, GFP_KERNEL | __GFP_NOWARN));
	do {
		sim_check(0);
		__free_page(sim_taken[--nr]);
		va = dma_alloc_coherent(&dev, PAGE_SIZE, &handle, GFP_KERNEL | __GFP_NOWARN);
		failed += !va;
	} while (!va && nr > 0);
	/* Memory was short at least once, and what the call had taken went back each time. */
	assert_true(failed > 0);
	assert_non_null(va);
	assert_true((unsigned long)va - VMALLOC_START < VMALLOC_SIZE);
	/* The device finds zeros, whatever the cache does. */
	for (size_t at = 0; at < PAGE_SIZE; at += SIM_LINE)
		sim_evict(handle + at);
	for (size_t at = 0; at < PAGE_SIZE; at++)
		assert_int_equal(*sim_memory(handle + at, false), 0);
	sim_check(1);
	dma_free_coherent(&dev, PAGE_SIZE, va, handle);
	sim_check(0);
	sim_release(nr);
}

/* ---- regions ---- */

#define REGION_PA	(HIGH_RAM + 8 * SZ_1M)
#define REGION_PAGES	9u

static void region_node(const char *name, u64 base, u64 bytes, u32 phandle, const char *flag)
{
	tree_node(name);
	tree_text("compatible", "shared-dma-pool");
	if (base)
		tree_reg(base, bytes);
	else
		tree_u64("size", bytes);
	tree_u32("phandle", phandle);
	if (flag && !strcmp(flag, "disabled"))
		tree_text("status", flag);
	else if (flag)
		tree_flag(flag);
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
	/* 9 whole frames and two halves. */
	region_node("own", REGION_PA + 0x800, PAGES(REGION_PAGES + 1), 1, NULL);
	region_node("lent", REGION_PA + SZ_2M, PAGES(4), 2, "reusable");
	region_node("placed", 0, PAGES(4), 3, NULL);
	region_node("hidden", REGION_PA + 2 * SZ_2M, PAGES(4), 4, "no-map");
	region_node("shared", HIGH_RAM + 32 * SZ_1M, 8 * SZ_1M, 6, "reusable");
	region_node("off", REGION_PA + 3 * SZ_2M, PAGES(4), 5, "disabled");
	tree_node_end();
	user_node("first", 1, NULL);
	user_node("second", 1, NULL);
	user_node("blind", 1, "dma-noncoherent");
	user_node("lender", 2, NULL);
	user_node("placed", 3, NULL);
	user_node("hidden", 4, NULL);
	user_node("lost", 5, NULL);
	user_node("dangling", 77, NULL);
	user_node("camera", 6, NULL);
	user_node("blind-camera", 6, "dma-noncoherent");
	sim_boot();
}

static void a_device_has_its_region(void **state)
{
	dma_addr_t handle[REGION_PAGES], none;
	char *va[REGION_PAGES];
	struct dma_device_snapshot d;
	unsigned int at = 0;

	(void)state;
	boot_regions();
	assert_int_equal(init_node(&dev, "/first"), 0);
	assert_int_equal(init_node(&other, "/second"), 0);
	assert_ptr_equal(dev.region, other.region);
	/* 32 bits do not reach it. */
	assert_int_equal(dev.coherent_mask, 0);
	assert_null(dma_alloc_coherent(&dev, 1, &none, GFP_KERNEL));
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(32)), -EIO);
	assert_log("first: mask 0xffffffff does not reach all of its memory-region own");
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(33)), 0);
	assert_int_equal(dma_set_coherent_mask(&other, DMA_BIT_MASK(64)), 0);
	memset(__va(REGION_PA + PAGE_SIZE), 0xa5, PAGES(REGION_PAGES));
	/* A request gets the first place that fits, at a multiple of the next power of two of pages
	 * from the region's start. */
	va[0] = dma_alloc_coherent(&dev, 1, &handle[0], GFP_KERNEL);
	va[1] = dma_alloc_coherent(&other, PAGES(3), &handle[1], GFP_KERNEL);
	va[2] = dma_alloc_coherent(&dev, PAGES(2), &handle[2], GFP_KERNEL);
	assert_int_equal(handle[0], REGION_PA + PAGES(1));
	assert_int_equal(handle[1], REGION_PA + PAGES(5));
	assert_int_equal(handle[2], REGION_PA + PAGES(3));
	assert_null(dma_alloc_coherent(&dev, PAGES(4), &none, GFP_KERNEL));
	assert_null(dma_alloc_coherent(&dev, PAGES(REGION_PAGES + 1), &none, GFP_KERNEL));
	for (size_t i = 0; i < PAGES(3); i++)
		assert_int_equal(va[1][i], 0);
	assert_true(dma_device_next(&at, &d));
	assert_string_equal(d.region, "own");
	assert_int_equal(d.region_pages, REGION_PAGES);
	assert_int_equal(d.region_used, 6);
	/* What the device does not reach goes back. */
	dev.coherent_mask = REGION_PA;
	assert_null(dma_alloc_coherent(&dev, 1, &none, GFP_KERNEL));
	dev.coherent_mask = DMA_BIT_MASK(33);
	assert_int_equal(dev.region->pages.used, 6);
	sim_check(0);
	assert_int_equal(HOST_TRY(dma_free_coherent(&dev, PAGES(2), va[1], handle[1])),
			 HOST_ASSERT_FAILED);
	assert_int_equal(HOST_TRY(dma_free_coherent(&dev, 1, va[0], handle[2])),
			 HOST_ASSERT_FAILED);
	dma_free_coherent(&other, PAGES(3), va[1], handle[1]);
	dma_free_coherent(&dev, 1, va[0], handle[0]);
	dma_free_coherent(&dev, PAGES(2), va[2], handle[2]);
	sim_check(0);
}

/* proves DR1, DR2 */
static void regions_that_cannot_be(void **state)
{
	unsigned long nr;

	(void)state;
	boot_regions();
	/* Nothing shows memory past the caches; then it does, but others see the caches. */
	assert_int_equal(init_node(&other, "/blind"), -ENOMEM);
	assert_log("nothing here shows memory past the caches");
	assert_int_equal(init_node(&dev, "/first"), 0);
	sim_offer_cache(SIM_LINE, 1ull << 36);
	assert_int_equal(init_node(&other, "/blind"), -EINVAL);
	assert_log("blind: memory-region own has devices that are coherent, and others");
	assert_int_equal(init_node(&other, "/lost"), -ENOMEM);
	assert_log("lost: memory-region off cannot be used");
	assert_int_equal(init_node(&other, "/dangling"), 0);
	assert_log("dangling: memory-region names no node");
	assert_null(other.region);
	dma_device_exit(&other);
	assert_int_equal(init_node(&other, "/lender"), 0);
	assert_null(other.region);
	dma_device_exit(&other);
	assert_int_equal(init_node(&other, "/placed"), 0);
	assert_int_equal(other.region->pages.nr, 4);
	dma_device_exit(&other);
	/* Without memory for the map of one, or for the region, there is none. */
	nr = sim_take_all();
	while (init_node(&other, "/hidden")) {
		assert_log("hidden cannot be used");
		host_log_clear();
		sim_check(0);
		assert_true(nr > 0);
		__free_page(sim_taken[--nr]);
	}
	assert_true((unsigned long)other.region->va - VMALLOC_START < VMALLOC_SIZE);
	assert_int_equal(other.region->pa, REGION_PA + 2 * SZ_2M);
	sim_release(nr);
	sim_check(0);
}

/* A reusable region gives any number of frames, which others use meanwhile. */
static void a_region_that_is_lent(void **state)
{
	const size_t bytes = PAGES(5) + 1;
	dma_addr_t handle, rest;
	char *va, *all;

	(void)state;
	boot_regions();
	assert_int_equal(cma_init(), 0);
	assert_int_equal(init_node(&dev, "/camera"), 0);
	assert_int_equal(dev.coherent_mask, 0);
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(32)), -EIO);
	assert_log("does not reach all of its memory-region shared");
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(40)), 0);
	memset(__va(HIGH_RAM + 32 * SZ_1M), 0xa5, 8 * SZ_1M);
	va = dma_alloc_coherent(&dev, bytes, &handle, GFP_KERNEL);
	assert_non_null(va);
	assert_true(handle - (HIGH_RAM + 32 * SZ_1M) < 8 * SZ_1M);
	for (size_t i = 0; i < PAGES(6); i++)
		assert_int_equal(va[i], 0);
	sim_check(6);
	assert_int_equal(HOST_TRY(dma_free_coherent(&dev, bytes, va + 1, handle)),
			 HOST_ASSERT_FAILED);
	/* The whole area is more than is left; then all of it is there again. */
	assert_null(dma_alloc_coherent(&dev, 8 * SZ_1M, &rest, GFP_KERNEL));
	assert_log("camera: 2048 pages of shared cannot be had: ");
	dma_free_coherent(&dev, bytes, va, handle);
	sim_check(0);
	all = dma_alloc_coherent(&dev, 8 * SZ_1M, &rest, GFP_KERNEL);
	assert_non_null(all);
	sim_check(2048);
	dma_free_coherent(&dev, 8 * SZ_1M, all, rest);
	sim_check(0);
	/* Whoever has no area gets no more than a largest block, for there is no default area. */
	assert_int_equal(init_node(&other, "/lender"), 0);
	assert_null(dma_alloc_coherent(&other, (PAGE_SIZE << MAX_ORDER) + 1, &rest, GFP_KERNEL));
}

/* Frames go back to the area when there is no memory for the map of them. */
static void lent_and_past_the_caches(void **state)
{
	dma_addr_t handle;
	unsigned long nr = 0;
	struct page *page;
	void *va;

	(void)state;
	boot_regions();
	assert_int_equal(cma_init(), 0);
	sim_offer_cache(SIM_LINE, 1ull << 36);
	assert_int_equal(init_node(&dev, "/blind-camera"), 0);
	assert_int_equal(dma_set_coherent_mask(&dev, DMA_BIT_MASK(64)), 0);
	while ((page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)))
		sim_taken[nr++] = page;
	assert_null(dma_alloc_coherent(&dev, PAGES(3), &handle, GFP_KERNEL | __GFP_NOWARN));
	sim_check(0);
	sim_release(nr);
	va = dma_alloc_coherent(&dev, PAGES(3), &handle, GFP_KERNEL);
	assert_non_null(va);
	sim_check(3);
	dma_free_coherent(&dev, PAGES(3), va, handle);
	sim_check(0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_to_memory),
		cmocka_unit_test(addresses_there_and_back),
		cmocka_unit_test(too_many_pieces),
		cmocka_unit_test(who_sees_caches),
		cmocka_unit_test(masks_choose_zones),
		cmocka_unit_test(devices_without_a_way),
		cmocka_unit_test(the_table_is_full),
		cmocka_unit_test(coherent_blocks),
		cmocka_unit_test(wrong_frees_stop),
		cmocka_unit_test(past_the_caches),
		cmocka_unit_test(past_the_caches_by_mapping),
		cmocka_unit_test(a_device_has_its_region),
		cmocka_unit_test(regions_that_cannot_be),
		cmocka_unit_test(a_region_that_is_lent),
		cmocka_unit_test(lent_and_past_the_caches),
	};

	return cmocka_run_group_tests_name("dma", tests, NULL, NULL);
}
