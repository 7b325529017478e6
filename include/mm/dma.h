/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_DMA_H
#define MM_DMA_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/gfp.h>

/*
 * Memory for devices that read and write it by themselves, with Linux's names and contracts. A
 * device sees memory at bus addresses. A coherent device sees what the CPUs see; with any other one
 * whoever uses a buffer says by map, unmap and sync whose turn it is.
 */
typedef u64 dma_addr_t;

#define DMA_MAPPING_ERROR	(~(dma_addr_t)0)
/* 2^n - 1: what a device with n address bits reaches. */
#define DMA_BIT_MASK(n)		((n) >= 64 ? ~0ull : (1ull << (n)) - 1)

enum dma_data_direction { DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE };

/* Bus addresses from bus to bus + last are memory from cpu_pa to cpu_pa + last. */
struct dma_range {
	dma_addr_t bus;		/* [c] */
	phys_addr_t cpu_pa;	/* [c] */
	u64 last;		/* [c] */
};

/* Pieces that all dma-ranges between a device and memory may come to. */
#define DMA_RANGES_MAX	8

struct dma_region;

/* What DMA knows of a device. Its driver keeps it, and looks at nothing but name. */
struct dma_device {
	const char *name;			/* [c] */
	int node;				/* [c] of the device tree; negative: none */
	bool coherent;				/* [c] */
	unsigned int nr_ranges;			/* [c] */
	struct dma_range ranges[DMA_RANGES_MAX];	/* [c] */
	struct dma_region *region;		/* [c] of its own, by memory-region; NULL: none */
	unsigned int contig;			/* [c] 1 + the CMA area that is its own; 0: none */
	u64 mask, coherent_mask;		/* [o] bus addresses that it can send */
	gfp_t coherent_gfp;			/* [o] the zone that coherent_mask chooses */
	unsigned long coherent_pages;		/* [a] it has so many of the page allocator's */
	u32 told;				/* [a] its first failure has been logged */
};

/*
 * Makes dev from a node of boot_fdt (dma-ranges of its buses, dma-coherent and dma-noncoherent,
 * memory-region), or without one for -1: coherent, all memory where it is. Both masks are 32 bits
 * where these bits reach something, else 0 until the driver says better. 0; -ENXIO when a bus does
 * not let DMA through, -EINVAL for ranges that make no sense, -ENOSPC beyond DMA_DEVICES, -ENOMEM:
 * each with a line that names the device. dev and name stay until dma_device_exit(). Process
 * context of the boot CPU.
 */
int dma_device_init(struct dma_device *dev, const char *name, int node) __must_check;
/* All that was mapped and allocated for dev is back. Process context. */
void dma_device_exit(struct dma_device *dev);

/*
 * Before the first use of dev: the bus addresses that it can send. 0; or -EIO, with nothing changed
 * and a line that says which option helps, when no zone (for mappings: nor the bounce buffers) lies
 * within reach as a whole.
 */
int dma_set_mask(struct dma_device *dev, u64 mask) __must_check;
int dma_set_coherent_mask(struct dma_device *dev, u64 mask) __must_check;
int dma_set_mask_and_coherent(struct dma_device *dev, u64 mask) __must_check;

/*
 * Cleared memory that device and CPUs see alike, with its bus address in *handle: whole pages,
 * naturally aligned up to the largest block; from dev's own region if it has one, and then from
 * there alone. What is larger than the largest block, or of a region that is lent (reusable), comes
 * from areas of contiguous memory (mm/cma.h): process context. NULL when there is none. gfp says
 * who may wait; it chooses no zone. To free, bytes
 * and both addresses are those of the allocation: anything else stops the kernel. Any context that
 * gfp allows; to free, any.
 */
void *dma_alloc_coherent(struct dma_device *dev, size_t bytes, dma_addr_t *handle,
			 gfp_t gfp) __must_check;
void dma_free_coherent(struct dma_device *dev, size_t bytes, void *va, dma_addr_t handle);

/*
 * Lends [va, va + bytes), memory of the linear map, to the device until dma_unmap_single(), and
 * returns the bus address. No CPU touches it meanwhile, but between dma_sync_single_for_cpu() and
 * dma_sync_single_for_device(). Where dev does not reach it, or is not coherent and would share a
 * line of the cache with what lies beside it, a bounce buffer stands in. DMA_MAPPING_ERROR when
 * there is none; the first time a line says so. Any context. bytes is not 0. What is unmapped or
 * synced was mapped, with this direction.
 */
dma_addr_t dma_map_single(struct dma_device *dev, void *va, size_t bytes,
			  enum dma_data_direction dir) __must_check;
dma_addr_t dma_map_page(struct dma_device *dev, struct page *page, size_t offset, size_t bytes,
			enum dma_data_direction dir) __must_check;
void dma_unmap_single(struct dma_device *dev, dma_addr_t handle, size_t bytes,
		      enum dma_data_direction dir);
#define dma_unmap_page(dev, handle, bytes, dir)	dma_unmap_single(dev, handle, bytes, dir)

/* A part of a mapping, or all of it, changes hands. Any context. */
void dma_sync_single_for_cpu(struct dma_device *dev, dma_addr_t handle, size_t bytes,
			     enum dma_data_direction dir);
void dma_sync_single_for_device(struct dma_device *dev, dma_addr_t handle, size_t bytes,
				enum dma_data_direction dir);

static inline bool dma_mapping_error(const struct dma_device *dev, dma_addr_t handle)
{
	(void)dev;
	return handle == DMA_MAPPING_ERROR;
}

/*
 * Small blocks of coherent memory: size bytes at multiples of align (a power of two), none across a
 * multiple of boundary (a power of two that is not less than size; 0: a page). A pool grows by
 * pages, at most DMA_POOL_PAGES of them, and gives them back when it ends.
 */
#define DMA_POOL_PAGES	64

struct dma_pool;

/* NULL without memory, or when the numbers do not go together. Process context. */
struct dma_pool *dma_pool_create(const char *name, struct dma_device *dev, size_t size,
				 size_t align, size_t boundary) __must_check;
/* Every block is back; the kernel stops otherwise. Process context. */
void dma_pool_destroy(struct dma_pool *pool);
/* A block, cleared with __GFP_ZERO. NULL when there is none. Any context that gfp allows. */
void *dma_pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle) __must_check;
static inline __must_check void *dma_pool_zalloc(struct dma_pool *pool, gfp_t gfp,
						 dma_addr_t *handle)
{
	return dma_pool_alloc(pool, gfp | __GFP_ZERO, handle);
}
/* Anything but a block that is handed out, with its own bus address, stops the kernel. */
void dma_pool_free(struct dma_pool *pool, void *va, dma_addr_t handle);

/* Boot steps: keeps RAM for bounce buffers, as low as there is; looks for what cleans caches. */
void dma_bounce_reserve(void);
int dma_init(void);

/* NULL, or the rule that regions, bounce buffers or counters break. All others stand still. */
const char *dma_validate(void);

#endif /* MM_DMA_H */
