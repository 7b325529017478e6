/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_ORACLE_H
#define TEST_FUZZ_ORACLE_H

#include <kernel/types.h>

/* Compares what became of a tree with what the tree says. Whatever does not agree is a finding. */

/* To be called before each boot. */
void oracle_reset(void);

/* To be called when the tree was accepted as whole, before RAM is read from it. Returns the bytes
 * of RAM that it claims below max_bytes. */
u64 oracle_read_tree(const void *fdt, u64 max_bytes);

/* To be called when boot takes [base, base + size) of RAM. oracle_placed() is for a node that
 * leaves the place to boot, and for a crash kernel (wanted between start and end; 0: no bound),
 * oracle_took() for an object of boot's own. */
void oracle_placed(u64 base, u64 size, u64 align, u64 start, u64 end);
void oracle_took(u64 base, u64 size, const char *owner);

/* Boot ended well: its map, its reservations and its free blocks must be those of the tree. */
void oracle_check_boot(const void *fdt);

/* Boot gave up: it must have said one clear sentence that is true. Returns the kind of refusal. */
enum refusal {
	REFUSED_BLOB, REFUSED_CELLS, REFUSED_NO_MEMORY, REFUSED_IMAGE, REFUSED_REGIONS,
	REFUSED_ROOM, REFUSED_OTHER, NR_REFUSALS
};
enum refusal oracle_check_refusal(const char *sentence);

#endif /* TEST_FUZZ_ORACLE_H */
