/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for devices on the machine itself: a device made up here, and those that the tree has for
 * this test. Nothing is lost, and every rule holds. */
#include <libfdt.h>

#include <kernel/bitops.h>
#include <kernel/fdt.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/dma.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define NR_BLOCKS	100u

static void expect_sound(struct ktest *t, unsigned long device_pages)
{
	struct audit audit;

	KTEST_EXPECT_EQ(t, machine_audit(&audit, NULL, NULL), 0);
	KTEST_EXPECT_EQ(t, audit.pages[PG_DMA], device_pages);
}

static bool all_bytes(const char *va, char value, size_t n)
{
	while (n && *va == value) {
		va++;
		n--;
	}
	return n == 0;
}

/* Allocates, writes and frees; the bus address must lie in a range of the device. */
static void use_coherent(struct ktest *t, struct dma_device *dev, size_t bytes)
{
	dma_addr_t handle;
	char *va = dma_alloc_coherent(dev, bytes, &handle, GFP_KERNEL);
	bool reached = false;

	KTEST_ASSERT(t, va);
	for (unsigned int i = 0; i < dev->nr_ranges; i++)
		reached |= handle - dev->ranges[i].bus <= dev->ranges[i].last;
	KTEST_EXPECT(t, reached);
	KTEST_EXPECT(t, all_bytes(va, 0, bytes));
	memset(va, 0xa5, bytes);
	KTEST_EXPECT(t, all_bytes(va, (char)0xa5, bytes));
	if (!dev->region)
		expect_sound(t, roundup_pow_of_two(DIV_ROUND_UP(bytes, PAGE_SIZE)));
	dma_free_coherent(dev, bytes, va, handle);
}

static void coherent_and_pools(struct ktest *t)
{
	static struct dma_device dev;
	static void *blocks[NR_BLOCKS];
	static dma_addr_t handles[NR_BLOCKS];
	struct dma_pool *pool;

	KTEST_ASSERT(t, !dma_device_init(&dev, "test", -1));
	KTEST_EXPECT(t, !dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(64)));
	use_coherent(t, &dev, 1);
	use_coherent(t, &dev, min(3 * PAGE_SIZE, PAGE_SIZE << MAX_ORDER));
	pool = dma_pool_create("test", &dev, 200, 64, 0);
	KTEST_ASSERT(t, pool);
	for (unsigned int i = 0; i < NR_BLOCKS; i++) {
		blocks[i] = dma_pool_zalloc(pool, GFP_KERNEL, &handles[i]);
		KTEST_ASSERT(t, blocks[i]);
		KTEST_EXPECT(t, all_bytes(blocks[i], 0, 200));
		memset(blocks[i], (int)i + 1, 200);
	}
	for (unsigned int i = 0; i < NR_BLOCKS; i++) {
		KTEST_EXPECT(t, all_bytes(blocks[i], (char)(i + 1), 200));
		dma_pool_free(pool, blocks[i], handles[i]);
	}
	dma_pool_destroy(pool);
	dma_device_exit(&dev);
	expect_sound(t, 0);
}

/* A device that reaches the bounce buffers and nothing above them: what it reads and writes there
 * is what the buffer above gets to see. */
static void bounced(struct ktest *t)
{
	static struct dma_device dev;
	struct dma_bounce_snapshot b;
	struct page *page = alloc_page(GFP_KERNEL);
	char *buffer, *seen;
	dma_addr_t handle;

	KTEST_ASSERT(t, page);
	buffer = page_address(page);
	dma_bounce_read(&b);
	if (!b.slots || page_to_phys(page) < b.pa) {
		t->skip = "there are no bounce buffers below the page";
		__free_page(page);
		return;
	}
	KTEST_ASSERT(t, !dma_device_init(&dev, "test", -1));
	KTEST_ASSERT(t, !dma_set_mask(&dev, b.pa + (u64)b.slots * b.slot_bytes - 1));
	memset(buffer, 0x11, PAGE_SIZE);
	handle = dma_map_page(&dev, page, 8, 1000, DMA_BIDIRECTIONAL);
	KTEST_ASSERT(t, !dma_mapping_error(&dev, handle));
	KTEST_EXPECT(t, handle <= dev.mask && handle != page_to_phys(page) + 8);
	seen = __va(handle);
	KTEST_EXPECT(t, all_bytes(seen, 0x11, 1000));
	memset(seen, 0x22, 500);
	dma_sync_single_for_cpu(&dev, handle, 1000, DMA_BIDIRECTIONAL);
	KTEST_EXPECT(t, all_bytes(buffer + 8, 0x22, 500) && all_bytes(buffer + 508, 0x11, 500));
	memset(buffer + 8, 0x33, 1000);
	dma_sync_single_for_device(&dev, handle, 1000, DMA_BIDIRECTIONAL);
	KTEST_EXPECT(t, all_bytes(seen, 0x33, 1000));
	memset(seen, 0x44, 1000);
	dma_unmap_page(&dev, handle, 1000, DMA_BIDIRECTIONAL);
	KTEST_EXPECT(t, all_bytes(buffer, 0x11, 8) && all_bytes(buffer + 8, 0x44, 1000));
	KTEST_EXPECT(t, all_bytes(buffer + 1008, 0x11, PAGE_SIZE - 1008));
	dma_device_exit(&dev);
	__free_page(page);
	expect_sound(t, 0);
}

#define TREE_DEVICES	8u

static void use_device(struct ktest *t, struct dma_device *dev)
{
	struct page *page = alloc_page(GFP_KERNEL);
	dma_addr_t handle;

	KTEST_ASSERT(t, page);
	if (dev->coherent) {
		if (dev->coherent_mask)
			use_coherent(t, dev, 2 * PAGE_SIZE);
		else
			ktest_note(t, "%s has no coherent memory", dev->name);
	}
	handle = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, handle)) {
		ktest_note(t, "%s maps nothing", dev->name);
	} else {
		ktest_note(t, "%s sees 0x%llx at 0x%llx", dev->name,
			   (unsigned long long)page_to_phys(page), (unsigned long long)handle);
		dma_unmap_page(dev, handle, PAGE_SIZE, DMA_TO_DEVICE);
	}
	__free_page(page);
}

/* They stay, for whoever looks at them with the shell's command. */
static void devices_of_the_tree(struct ktest *t)
{
	static struct dma_device devices[TREE_DEVICES];
	static unsigned int found;
	int node = -1;

	for (unsigned int i = 0; i < TREE_DEVICES; i++) {
		node = fdt_node_offset_by_compatible(boot_fdt, node, "test,bus-master");
		if (node < 0)
			break;
		if (found > i)
			continue;
		if (dma_device_init(&devices[i], fdt_get_name(boot_fdt, node, NULL), node)) {
			ktest_note(t, "%s cannot be used", devices[i].name);
			devices[i].name = NULL;
		}
		found = i + 1;
	}
	if (!found)
		t->skip = "the device tree has no node test,bus-master";
	for (unsigned int i = 0; i < found; i++)
		if (devices[i].name)
			use_device(t, &devices[i]);
	expect_sound(t, 0);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(coherent_and_pools),
	KTEST_CASE(bounced),
	KTEST_CASE(devices_of_the_tree),
	{ .name = NULL },
};

KTEST_SUITE(dma, cases, false);
