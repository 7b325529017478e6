/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_ORACLE_H
#define TEST_FUZZ_ORACLE_H

#include <kernel/types.h>

/* What became of a tree, held against what the tree says. Whatever does not agree is a finding. */

/* Before each boot. */
void oracle_reset(void);

/* The tree was taken for whole, and RAM is about to be read from it. Returns bytes of RAM that
 * it claims below max_bytes. */
u64 oracle_read_tree(const void *fdt, u64 max_bytes);

/* Boot took [base, base + size) of RAM: for a node that leaves the place to it, or for a crash
 * kernel (wanted between start and end, 0 for no bound), or for an object of its own. */
void oracle_placed(u64 base, u64 size, u64 align, u64 start, u64 end);
void oracle_took(u64 base, u64 size, const char *owner);

/* Boot ended well: its map, its reservations and its free blocks are those of the tree. */
void oracle_check_boot(const void *fdt);

/* Why boot gave up: one clear sentence, and true. Returns the kind of refusal. */
enum refusal {
	REFUSED_BLOB, REFUSED_CELLS, REFUSED_NO_MEMORY, REFUSED_IMAGE, REFUSED_REGIONS,
	REFUSED_ROOM, REFUSED_OTHER, NR_REFUSALS
};
enum refusal oracle_check_refusal(const char *sentence);

#endif /* TEST_FUZZ_ORACLE_H */
