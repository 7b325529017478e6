/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PARTS_H
#define MM_PARTS_H

/* Parts of paths, each of which keeps interrupts off, for who measures for how long: `bench
 * bound`. One CPU is online. */
#include <kernel/compiler.h>
#include <kernel/types.h>

/* Slots of bounce buffers for [pa, pa + bytes); false: there are none. And they go back. */
bool part_bounce_claim(phys_addr_t pa, size_t bytes, phys_addr_t *bounce_pa) __must_check;
void part_bounce_put(phys_addr_t bounce_pa, size_t bytes);

/* The section of frame pfn, which is online, leaves its zone as if its pageblocks were set aside,
 * and enters it again; interrupts stay off between. False: it is none that may. */
bool part_section_leave(unsigned long pfn) __must_check;
void part_section_enter(unsigned long pfn);

/* A step by which the CPU's lists of all zones are closed; false: they are. Interrupts off from the
 * first step until they are opened. */
bool part_lists_close(void) __must_check;
void part_lists_open(void);

#endif /* MM_PARTS_H */
