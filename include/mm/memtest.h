/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_MEMTEST_H
#define MM_MEMTEST_H

#include <kernel/types.h>

/* What follows is there with CONFIG_MEMTEST alone. Boot only. */

/* Whose memory a bad frame is. */
#define MEMTEST_OWNER	"bad RAM"

/*
 * Tests the free RAM in [start, end) as often as memtest= says, and reserves frames that do not
 * hold what they were given. The linear map is there, and nothing that is not reserved matters.
 */
void early_memtest(phys_addr_t start, phys_addr_t end);

/* The halves of a pass over RAM, multiples of 8 bytes: gives each word its value of test nr, then
 * looks whether it has it. Returns the frames that were found bad, which are reserved. */
void memtest_fill(phys_addr_t start, phys_addr_t end, unsigned int nr);
unsigned long memtest_check(phys_addr_t start, phys_addr_t end, unsigned int nr);

#endif /* MM_MEMTEST_H */
