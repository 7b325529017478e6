/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: parts of paths of memory for devices, one at a time, for who measures them.
 *
 * Structure: calls of the functions that the paths call themselves.
 *
 * Invariants: none of its own.
 *
 * Locking: that of the parts.
 *
 * Configuration: DMA.
 */
#include <mm/parts.h>

#include "mm/dma/internal.h"

bool part_bounce_claim(phys_addr_t pa, size_t bytes, phys_addr_t *bounce_pa)
{
	*bounce_pa = dma_bounce_claim(pa, bytes);
	return *bounce_pa != DMA_NO_PA;
}

void part_bounce_put(phys_addr_t bounce_pa, size_t bytes)
{
	dma_bounce_put(bounce_pa, bytes);
}
