/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_BLOCK_INTERNAL_H
#define DRIVERS_BLOCK_INTERNAL_H

#include <drivers/block.h>

/* ---- block.c ---- */

void block_prepare(struct block_device *disk);
/* Nothing of it is under way, and nothing more begins. Process context. */
void block_end(struct block_device *disk);

#endif /* DRIVERS_BLOCK_INTERNAL_H */
