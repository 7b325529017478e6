/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: buffers that stand in for memory that a device does not reach, or may not have.
 *
 * Structure: one piece of RAM, kept at boot as low as there is any, in slots of 2 KiB; a mapping
 * has a run of them, and for each slot a record:
 *
 *	slots     | run of 3: a copy of [pa, pa + 5000)  | free | ...
 *	records   | pa, bytes, first | first | first     |      |
 *
 * Invariants:
 * DB1 A mapping is given back as it was made: from its start, and as long.
 * DB2 Every slot of a mapping says which slot is its first.
 *
 * Locking: the slots' own (slots.c). A record belongs to whoever has the mapping.
 *
 * Bounds: slots.c, with as many slots as there are in DMA_BOUNCE_KB, and the bytes copied, which
 * nobody is kept out for: interrupts are as they were.
 *
 * Configuration: DMA_BOUNCE_KB.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/memblock.h>

#include "internal.h"

#define SLOT_BYTES	(1u << DMA_BOUNCE_SLOT_SHIFT)
#define BOUNCE_BYTES	((size_t)DMA_BOUNCE_SLOTS << DMA_BOUNCE_SLOT_SHIFT)

struct bounce_record {
	phys_addr_t pa;		/* [o] of a run's first slot: what the buffer stands for */
	u32 bytes;		/* [o] */
	u32 first;		/* [o] of every slot of a run: its first */
};

static phys_addr_t bounce_start_pa = DMA_NO_PA;			/* [c] */
static unsigned long slot_map[DMA_SLOTS_WORDS(DMA_BOUNCE_SLOTS)];	/* [D] */
static struct dma_slots slots = {						/* [f] */
	.lock = SPINLOCK_INIT(LOCK_DMA_SLOTS),
	.taken = slot_map, .head = slot_map + BITS_TO_LONGS(DMA_BOUNCE_SLOTS),
};
static struct bounce_record records[DMA_BOUNCE_SLOTS];		/* [f] */

void __init dma_bounce_reserve(void)
{
	const char *former = memblock_set_alloc_owner("DMA bounce buffers");
	bool up = memblock_bottom_up();
	phys_addr_t at;

	memblock_set_bottom_up(true);
	at = memblock_phys_alloc_range(BOUNCE_BYTES, PAGE_SIZE, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
	memblock_set_bottom_up(up);
	memblock_set_alloc_owner(former);
	if (!at) {
		pr_warn("dma: no room for DMA_BOUNCE_KB (%u KiB) of bounce buffers: there are none\n",
			CONFIG_DMA_BOUNCE_KB);
		return;
	}
	bounce_start_pa = at;
	slots.nr = DMA_BOUNCE_SLOTS;
}

bool dma_bounce_has(phys_addr_t pa)
{
	return slots.nr && pa - bounce_start_pa < BOUNCE_BYTES;
}

bool dma_bounce_reached(const struct dma_device *dev, u64 mask)
{
	return slots.nr &&
	       dma_to_bus(dev, mask, bounce_start_pa, BOUNCE_BYTES) != DMA_MAPPING_ERROR;
}

phys_addr_t dma_bounce_claim(phys_addr_t pa, size_t bytes)
{
	unsigned int count = (unsigned int)DIV_ROUND_UP(bytes, SLOT_BYTES), first;
	unsigned long flags;

	if (bytes > (size_t)slots.nr * SLOT_BYTES)
		return DMA_NO_PA;
	/* DB2 holds whenever all CPUs stand still. */
	flags = arch_local_irq_save();
	first = dma_slots_take(&slots, count, 1);
	if (first < slots.nr) {
		for (unsigned int i = 0; i < count; i++)
			records[first + i].first = first;
		records[first].pa = pa;
		records[first].bytes = (u32)bytes;
	}
	arch_local_irq_restore(flags);
	return first < slots.nr ? bounce_start_pa + (u64)first * SLOT_BYTES : DMA_NO_PA;
}

phys_addr_t dma_bounce_take(phys_addr_t pa, size_t bytes)
{
	phys_addr_t bounce_pa = dma_bounce_claim(pa, bytes);

	if (bounce_pa != DMA_NO_PA)
		dma_bounce_copy(bounce_pa, bytes, true);
	return bounce_pa;
}

static unsigned int slot_of(phys_addr_t bounce_pa)
{
	return (unsigned int)((bounce_pa - bounce_start_pa) >> DMA_BOUNCE_SLOT_SHIFT);
}

void dma_bounce_put(phys_addr_t bounce_pa, size_t bytes)
{
	unsigned int slot = slot_of(bounce_pa);

	ASSERT((bounce_pa - bounce_start_pa) % SLOT_BYTES == 0 && records[slot].bytes == bytes,
	       "DB1: %zu bytes of the bounce buffer at 0x%llx are unmapped, %u were mapped", bytes,
	       (unsigned long long)bounce_pa, records[slot].bytes);
	dma_slots_put(&slots, slot, (unsigned int)DIV_ROUND_UP(bytes, SLOT_BYTES));
}

void dma_bounce_copy(phys_addr_t bounce_pa, size_t bytes, bool to_bounce)
{
	unsigned int first = records[slot_of(bounce_pa)].first;
	u64 offset = bounce_pa - bounce_start_pa - (u64)first * SLOT_BYTES;
	const struct bounce_record *run = &records[first];
	char *stands_for;

	ASSERT(offset < run->bytes && bytes <= run->bytes - offset,
	       "DB2: %zu bytes from 0x%llx on are not in the mapping of %u bytes", bytes,
	       (unsigned long long)bounce_pa, run->bytes);
	stands_for = (char *)__va(run->pa) + offset;
	if (to_bounce)
		memcpy(__va(bounce_pa), stands_for, bytes);
	else
		memcpy(stands_for, __va(bounce_pa), bytes);
}

const char *dma_bounce_validate(void)
{
	unsigned int first = 0;

	for (unsigned int i = 0; i < slots.nr; i++) {
		if (test_bit(i, slots.head))
			first = i;
		if (test_bit(i, slots.taken) && records[i].first != first)
			return "DB2: a slot of a bounce buffer names another first one";
	}
	return dma_slots_validate(&slots);
}

void dma_bounce_snapshot_of(phys_addr_t *pa, unsigned int *nr, unsigned int *used,
			    unsigned int *most)
{
	*pa = bounce_start_pa;
	*nr = slots.nr;
	*used = READ_ONCE(slots.used);
	*most = READ_ONCE(slots.most);
}
