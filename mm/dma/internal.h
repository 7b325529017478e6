/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_DMA_INTERNAL_H
#define MM_DMA_INTERNAL_H

/* What the files of mm/dma/ share, grouped by owning file. */

#include <kernel/bitops.h>
#include <kernel/spinlock.h>
#include <mm/dma.h>

/* No physical address is this one. */
#define DMA_NO_PA		(~(phys_addr_t)0)

/* ---- slots.c ---- */

/* Slots in a row, of which runs are taken and put back. */
struct dma_slots {
	spinlock_t lock;
	unsigned int nr;	/* [c] */
	unsigned int used;	/* [D*] */
	unsigned int most;	/* [D*] that were used at a time */
	unsigned long *taken;	/* [D] bit: the slot is taken */
	unsigned long *head;	/* [D] bit: a run that is taken begins there */
};

/* map has room for two bits a slot, all 0. */
#define DMA_SLOTS_WORDS(nr)	(2 * BITS_TO_LONGS(nr))
void dma_slots_init(struct dma_slots *s, unsigned int nr, unsigned long *map);
/* The first run of count free slots that begins at a multiple of align; s->nr when there is none.
 * Any context. */
unsigned int dma_slots_take(struct dma_slots *s, unsigned int count, unsigned int align);
/* The run that was taken so; the kernel stops for any other. */
void dma_slots_put(struct dma_slots *s, unsigned int first, unsigned int count);
/* NULL, or the rule that is broken. */
const char *dma_slots_validate(const struct dma_slots *s);

/* ---- dt_dma.c ---- */

/* dev's ranges and whether it is coherent, from its node; 0 or -Exxx with a line. */
int dma_read_node(struct dma_device *dev);
/* Calls fn for each node that memory-region names, until it returns something else than 0. */
int dma_for_each_memory_region(const struct dma_device *dev, int (*fn)(struct dma_device *dev,
								       int node),
			       struct dma_device *arg);

/* ---- reach.c ---- */

/* The bus address of [pa, pa + bytes), if a device with that mask sees it in one piece; else
 * DMA_MAPPING_ERROR. */
dma_addr_t dma_to_bus(const struct dma_device *dev, u64 mask, phys_addr_t pa, u64 bytes);
/* And back; the kernel stops where no memory lies there. */
phys_addr_t dma_to_pa(const struct dma_device *dev, dma_addr_t handle, u64 bytes);
/* Does a device with that mask reach all of it? */
bool dma_reaches(const struct dma_device *dev, u64 mask, phys_addr_t pa, u64 bytes);
/* Flags for the highest zone that lies within reach, with all below it; false: there is none with
 * memory. */
bool dma_zone_for(const struct dma_device *dev, u64 mask, gfp_t *gfp);
/* Says so, and what would help. Returns -EIO. */
int dma_say_no_zone(const struct dma_device *dev, u64 mask);

/* ---- device.c ---- */

/* One line, for the first time that something could not be had. */
__printf(2, 3) void dma_tell_once(struct dma_device *dev, const char *fmt, ...);
/* The device of a row; NULL: none. To be looked at until devices_unlock(). */
struct dma_device *dma_devices_lock(unsigned int nr, unsigned long *flags);
void dma_devices_unlock(unsigned long flags);

/* ---- cache.c ---- */

/* Can a buffer change hands at all between CPUs and dev? */
bool dma_can_sync(const struct dma_device *dev);
/* Bytes of a line that dev does not see; 1 for one that is coherent. */
unsigned int dma_line_bytes(const struct dma_device *dev);
/* Memory of the linear map. */
void dma_cache_for_device(const struct dma_device *dev, phys_addr_t pa, size_t bytes);
void dma_cache_for_cpu(const struct dma_device *dev, phys_addr_t pa, size_t bytes,
		       enum dma_data_direction dir);
/* What cached access left of memory that is seen uncached from now on, or was so far. */
void dma_cache_forget(phys_addr_t pa, size_t bytes);
/* Can RAM be seen past the caches? */
bool dma_maps_uncached(void);
/* There: where the board shows it a second time, else by a mapping that says so; NULL: it cannot be
 * had. iounmap() ends it. */
void *dma_map_uncached(phys_addr_t pa, size_t bytes);

/* ---- bounce.c ---- */

/* Is it a bounce buffer's address? */
bool dma_bounce_has(phys_addr_t pa);
/* Does a device with that mask reach all bounce buffers, and are there any? */
bool dma_bounce_reached(const struct dma_device *dev, u64 mask);
/* A buffer for [pa, pa + bytes), with no copy of it yet; DMA_NO_PA when there is none. */
phys_addr_t dma_bounce_claim(phys_addr_t pa, size_t bytes);
/* The same with the copy. */
phys_addr_t dma_bounce_take(phys_addr_t pa, size_t bytes);
/* Gives it back. */
void dma_bounce_put(phys_addr_t bounce_pa, size_t bytes);
/* Copies what the buffer stands for into it, or its contents back; any part of it. */
void dma_bounce_copy(phys_addr_t bounce_pa, size_t bytes, bool to_bounce);
const char *dma_bounce_validate(void);
void dma_bounce_snapshot_of(phys_addr_t *pa, unsigned int *slots, unsigned int *used,
			    unsigned int *most);
#define DMA_BOUNCE_SLOT_SHIFT	11
#define DMA_BOUNCE_SLOTS	(CONFIG_DMA_BOUNCE_KB << 10 >> DMA_BOUNCE_SLOT_SHIFT)

/* ---- region.c ---- */

/* Memory that the tree keeps for one device or more. */
struct dma_region {
	const char *name;	/* [c] */
	phys_addr_t pa;		/* [c] */
	char *va;		/* [c] */
	bool coherent;		/* [c] of its devices */
	struct dma_slots pages;	/* [f] */
};

/* dev->region by memory-region, if the tree names one; 0 or -Exxx with a line. */
int dma_region_of_node(struct dma_device *dev);
void *dma_region_alloc(struct dma_device *dev, size_t bytes, dma_addr_t *handle);
void dma_region_free(struct dma_device *dev, size_t bytes, void *va, dma_addr_t handle);
const char *dma_region_validate(void);

/* ---- contig.c: with CMA ---- */

/* The area of that name, or the default one for NULL; false when there is none. */
bool dma_contig_find(const char *name, unsigned int *area);
bool dma_contig_reached(const struct dma_device *dev, u64 mask, unsigned int area);
const char *dma_contig_name(unsigned int area);
/* Frames in state PG_DMA; NULL when there are none, and dma_tell_once() says why. */
struct page *dma_contig_take(struct dma_device *dev, unsigned int area, unsigned long pages,
			     unsigned int align_order);
void dma_contig_put(struct page *page, unsigned long pages);

/* ---- coherent.c ---- */

const char *dma_coherent_validate(void);

#endif /* MM_DMA_INTERNAL_H */
