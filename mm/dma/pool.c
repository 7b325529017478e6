/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: small blocks of coherent memory.
 *
 * Structure: a pool has pieces of coherent memory, of a page or of one block if that is larger.
 * What is free is said by bits in the kernel's own memory: a device that writes too far damages
 * blocks and not the pool. Blocks of a piece, with size 96 and boundary 256:
 *
 *	| 0      | 1      |      | 2      | 3      |      | 4 ...
 *	0        96       192    256      352      448    512
 *
 * Invariants:
 * DP1 What comes back is a block of the pool that is handed out, with its own bus address.
 * DP2 When a pool ends all of its blocks are back.
 *
 * Locking: pool->lock covers pieces and bits. A piece is made without it, so that two CPUs may make
 * one each.
 *
 * Bounds: DMA_POOL_PAGES pieces looked at to free, BLOCK_WORDS words of bits to allocate; and once
 * for each piece dma_alloc_coherent() and kmalloc().
 *
 * Configuration: none.
 */
#include <kernel/assert.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/undo.h>
#include <mm/slab.h>

#include "internal.h"

#define BLOCK_BYTES_MIN	16u
#define BLOCK_WORDS	BITS_TO_LONGS(PAGE_SIZE / BLOCK_BYTES_MIN)

struct piece {
	char *va;			/* [c] */
	dma_addr_t handle;		/* [c] */
	unsigned int used;		/* [Q] */
	unsigned long taken[BLOCK_WORDS];	/* [Q] bit: the block is handed out */
};

struct dma_pool {
	spinlock_t lock;
	const char *name;		/* [c] */
	struct dma_device *dev;		/* [c] */
	size_t size, boundary;		/* [c] boundary: at most a piece */
	size_t piece_bytes;		/* [c] */
	unsigned int per_boundary;	/* [c] blocks between two multiples of it */
	unsigned int per_piece;		/* [c] */
	unsigned int nr;		/* [Q] pieces */
	u64 with_free;			/* [Q] bit: the piece has a free block */
	struct piece *pieces[DMA_POOL_PAGES];	/* [Q] */
};

BUILD_ASSERT(DMA_POOL_PAGES <= 64, "with_free has a bit for each piece");

struct dma_pool *dma_pool_create(const char *name, struct dma_device *dev, size_t size,
				 size_t align, size_t boundary)
{
	size_t piece_bytes;
	struct dma_pool *pool;

	if (!size || !is_power_of_2(align) || size > PAGE_SIZE << MAX_ORDER || align > PAGE_SIZE)
		return NULL;
	size = ALIGN_UP(max(size, (size_t)BLOCK_BYTES_MIN), max(align, sizeof(u64)));
	piece_bytes = max(ALIGN_UP(size, PAGE_SIZE), (size_t)PAGE_SIZE);
	boundary = boundary ? boundary : roundup_pow_of_two(piece_bytes);
	if (!is_power_of_2(boundary) || boundary < size || boundary < align)
		return NULL;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return NULL;
	spin_lock_init(&pool->lock, LOCK_DMA_POOL);
	pool->name = name;
	pool->dev = dev;
	pool->size = size;
	pool->piece_bytes = piece_bytes;
	pool->boundary = min(boundary, piece_bytes);
	pool->per_boundary = (unsigned int)(pool->boundary / size);
	pool->per_piece = (unsigned int)(piece_bytes / pool->boundary) * pool->per_boundary;
	return pool;
}

static void free_piece(struct dma_pool *pool, struct piece *piece)
{
	dma_free_coherent(pool->dev, pool->piece_bytes, piece->va, piece->handle);
	kfree(piece);
}

void dma_pool_destroy(struct dma_pool *pool)
{
	for (unsigned int i = 0; i < pool->nr; i++)
		ASSERT(!pool->pieces[i]->used, "DP2: pool %s of %s ends with blocks handed out",
		       pool->name, pool->dev->name);
	while (pool->nr)
		free_piece(pool, pool->pieces[--pool->nr]);
	kfree(pool);
}

/* One more piece; false when it is not to be had. */
static bool grow(struct dma_pool *pool, gfp_t gfp)
{
	struct piece *piece = kzalloc(sizeof(*piece), gfp);
	unsigned long flags;
	bool room;

	if (!piece)
		return false;
	piece->va = dma_alloc_coherent(pool->dev, pool->piece_bytes, &piece->handle, gfp);
	if (!piece->va) {
		UNDO_PATH("no coherent memory for a piece of a pool");
		kfree(piece);
		return false;
	}
	flags = spin_lock_irqsave(&pool->lock);
	room = pool->nr < DMA_POOL_PAGES;
	if (room) {
		pool->with_free |= BIT(pool->nr);
		pool->pieces[pool->nr++] = piece;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	if (!room) {
		UNDO_PATH("the pool is full by the time that it has a piece");
		free_piece(pool, piece);
	}
	return room;
}

static size_t offset_of(const struct dma_pool *pool, unsigned int block)
{
	return block / pool->per_boundary * pool->boundary +
	       block % pool->per_boundary * pool->size;
}

/* The first block of a piece that is free; one is. */
static unsigned int free_block_of(const struct piece *piece)
{
	unsigned int word = 0;

	while (!~piece->taken[word])
		word++;
	return word * BITS_PER_LONG + ctz64(~piece->taken[word]);
}

/* NULL when no piece has a free block. */
static void *take(struct dma_pool *pool, dma_addr_t *handle)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	void *va = NULL;

	if (pool->with_free) {
		unsigned int nr = ctz64(pool->with_free);
		struct piece *piece = pool->pieces[nr];
		unsigned int block = free_block_of(piece);

		__set_bit(block, piece->taken);
		if (++piece->used == pool->per_piece)
			pool->with_free &= ~BIT(nr);
		va = piece->va + offset_of(pool, block);
		*handle = piece->handle + offset_of(pool, block);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return va;
}

void *dma_pool_alloc(struct dma_pool *pool, gfp_t gfp, dma_addr_t *handle)
{
	void *va = take(pool, handle);

	/* Somebody else may have what this one made: twice is enough. */
	if (!va && grow(pool, gfp & ~__GFP_ZERO))
		va = take(pool, handle);
	if (va && gfp & __GFP_ZERO)
		memset(va, 0, pool->size);
	return va;
}

/* The piece that va lies in, or pool->nr. */
static unsigned int piece_of(const struct dma_pool *pool, const char *va)
{
	unsigned int nr = 0;

	while (nr < pool->nr && !(va >= pool->pieces[nr]->va &&
				  va < pool->pieces[nr]->va + pool->piece_bytes))
		nr++;
	return nr;
}

/* DP1: the number of the block, or per_piece. */
static unsigned int block_of(const struct dma_pool *pool, const struct piece *piece, const char *va,
			     dma_addr_t handle)
{
	size_t offset = (size_t)(va - piece->va);
	size_t block = offset / pool->boundary * pool->per_boundary +
		       offset % pool->boundary / pool->size;

	if (block >= pool->per_piece || offset_of(pool, (unsigned int)block) != offset ||
	    handle != piece->handle + offset || !test_bit((unsigned int)block, piece->taken))
		return pool->per_piece;
	return (unsigned int)block;
}

void dma_pool_free(struct dma_pool *pool, void *va, dma_addr_t handle)
{
	unsigned long flags = spin_lock_irqsave(&pool->lock);
	unsigned int nr = piece_of(pool, va), block = pool->per_piece;

	if (nr < pool->nr)
		block = block_of(pool, pool->pieces[nr], va, handle);
	if (block < pool->per_piece) {
		__clear_bit(block, pool->pieces[nr]->taken);
		pool->pieces[nr]->used--;
		pool->with_free |= BIT(nr);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	ASSERT(block < pool->per_piece, "DP1: pool %s of %s: %p with bus address 0x%llx is no block "
	       "that is handed out", pool->name, pool->dev->name, va, (unsigned long long)handle);
}
