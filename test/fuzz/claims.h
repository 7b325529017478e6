/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_CLAIMS_H
#define TEST_FUZZ_CLAIMS_H

#include "ranges.h"

/*
 * What a tree says of memory, read by code that uses nothing of mm/. The rules are those of the
 * device-tree specification and of docs/design.md. The tree must be one that fdt_check_full()
 * accepts.
 */
#define BANKS_MOST	1024

struct bank_claim {
	u64 base, end;
	u64 nid;
	bool hotplug;
};

struct claims {
	bool good_cells;		/* every width is 1 or 2; all fields below rely on it */
	struct bank_claim bank[BANKS_MOST];
	unsigned int nr_banks;
	bool too_many;			/* there is more than the struct holds: it proves nothing */
	struct ranges usable;		/* linux,usable-memory-range; empty if there is none */
	bool has_usable;
	struct ranges memreserve;	/* as the tree has them, unsorted; so are those below */
	struct ranges fixed;		/* static children of /reserved-memory */
	struct ranges fixed_nomap;	/* of these, what may not be mapped */
	struct ranges firmware;		/* of these, the firmware's */
	unsigned int nr_dynamic;
	bool has_initrd;
	u64 initrd_start, initrd_end;
	u64 elfcorehdr_start, elfcorehdr_end;	/* equal if there is none */
};

/* A tree that does not begin with its root has no node for a reader, whatever else the blob
 * holds. */
bool claims_begin_with_root(const void *fdt);

/* The tree must begin with its root. */
void claims_read(struct claims *c, const void *fdt);

/* Sets ram to the banks' RAM, without limits and sorted. */
void claims_ram(const struct claims *c, struct ranges *ram);

#endif /* TEST_FUZZ_CLAIMS_H */
