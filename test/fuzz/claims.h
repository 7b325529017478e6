/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_CLAIMS_H
#define TEST_FUZZ_CLAIMS_H

#include "ranges.h"

/*
 * What a tree says of memory, read anew: nothing of mm/ is used, and the rules are those of the
 * device-tree specification and of docs/design.md. For a tree that fdt_check_full() takes.
 */
#define BANKS_MOST	1024

struct bank_claim {
	u64 base, end;
	u64 nid;
	bool hotplug;
};

struct claims {
	bool good_cells;		/* every width is 1 or 2; all that follows relies on it */
	struct bank_claim bank[BANKS_MOST];
	unsigned int nr_banks;
	bool too_many;			/* of something; nothing can be held against this */
	struct ranges usable;		/* linux,usable-memory-range; empty without */
	bool has_usable;
	struct ranges memreserve;	/* each as it stands, not sorted; so are those below */
	struct ranges fixed;		/* static children of /reserved-memory */
	struct ranges fixed_nomap;	/* of these, what may not be mapped */
	struct ranges firmware;		/* of these, the firmware's */
	unsigned int nr_dynamic;
	bool has_initrd;
	u64 initrd_start, initrd_end;
	u64 elfcorehdr_start, elfcorehdr_end;	/* equal without */
};

/* Without it there is no node for a reader to begin with, whatever else the blob holds. */
bool claims_begin_with_root(const void *fdt);

/* For a tree that begins with its root. */
void claims_read(struct claims *c, const void *fdt);

/* RAM as the banks give it, without limits; sorted. */
void claims_ram(const struct claims *c, struct ranges *ram);

#endif /* TEST_FUZZ_CLAIMS_H */
