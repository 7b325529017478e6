/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_DT_INTERNAL_H
#define MM_DT_INTERNAL_H

/* What mm/dt_*.c share. */

#include <kernel/types.h>
#include <mm/conflict.h>
#include <mm/memblock.h>
#include <mm/firmware_map.h>

/* Width of addresses and sizes in 32-bit cells, each 1 or 2. */
struct dt_cells {
	int address, size;
};

/* A property that lists (address, size) pairs. */
struct dt_pairs {
	const char *data;
	int count;			/* whole pairs */
	int odd_bytes;			/* what is left over behind them */
	struct dt_cells cells;
};

/* [i] [base, end); empty when both are equal. */
struct dt_range {
	phys_addr_t base, end;
};

/* ---- dt_read.c ---- */

/*
 * #address-cells and #size-cells of a node. Without the properties: fallback's, or with NULL the
 * specification's 2 and 1. Stops boot when a width is neither 1 nor 2: nothing that the tree says
 * about memory could be read.
 */
struct dt_cells dt_read_cells(const void *fdt, int node, const struct dt_cells *fallback);

/* False when the node has no such property. */
bool dt_read_pairs(const void *fdt, int node, const char *property, struct dt_cells cells,
		   struct dt_pairs *pairs);

/* Pair nr. False when it is empty. A size that wraps is cut, with *cut set. */
bool dt_pair(const struct dt_pairs *pairs, int nr, struct dt_range *range, bool *cut);

/* A number of one or two cells, the width taken from the property's length; false without. */
bool dt_read_number(const void *fdt, int node, const char *property, u64 *value);

bool dt_has(const void *fdt, int node, const char *property);
bool dt_text_is(const void *fdt, int node, const char *property, const char *text);

/* status is absent, "okay" or "ok". */
bool dt_available(const void *fdt, int node);

/* Name of a node as the tree has it, if it is printable and without spaces, else words that say
 * that it is not; lives as long as the blob. */
const char *dt_name(const void *fdt, int node);

/* ---- dt_capacity.c ---- */

/* From now on a full table is told how many regions this tree needs. */
void dt_count_regions_of(const void *fdt);

/* Sees a range of the tree. Those that claim the same are seen in the order in which they win. */
typedef void (*dt_see_t)(void *ctx, const struct memblock_region *r);

/* ---- dt_memory.c ---- */

/* Each range of RAM, as far as it lies within reach. Says nothing. */
void dt_each_ram(const void *fdt, dt_see_t see, void *ctx);
/* Ranges that it is then cut to; 0: it is not. */
int dt_count_usable_ranges(const void *fdt);

/* Is every byte of the range RAM? */
bool dt_range_is_ram(struct dt_range range);

/* ---- dt_reserved.c ---- */

/* Each /memreserve/ entry. Says nothing. */
void dt_each_memreserve(const void *fdt, dt_see_t see, void *ctx);

/* Frames that the range has bytes of. */
struct dt_range dt_whole_frames(struct dt_range range);

/* Reserves range for owner; whoever knows the claim makes it, too. */
void dt_reserve(struct dt_range range, const char *owner);

/* Keeps range out of the linear map, in whole pages, but for what the kernel itself needs there:
 * false when such a part was left mapped. */
bool dt_mark_nomap(struct dt_range range);

/* ---- dt_reserved_nodes.c ---- */

/*
 * Static nodes of /reserved-memory. below_kernel: RAM in which firmware may lie. Returns
 * whether a node says where it does.
 */
bool dt_reserve_static_nodes(const void *fdt, struct dt_range below_kernel);
/* Each of their ranges, flagged NOMAP where it is not to be mapped. Says nothing. */
void dt_each_static_node(const void *fdt, dt_see_t see, void *ctx);
/* Nodes that leave the address to us: how many, and of those are not to be mapped. Says nothing. */
struct dt_node_count {
	unsigned int all, nomap;
};
struct dt_node_count dt_count_dynamic_nodes(const void *fdt);
void dt_place_dynamic_nodes(const void *fdt);

/* ---- crash_kernel.c ---- */

/* What becomes of a crash kernel that is in conflict with anything. */
#define DT_NO_CRASH_KERNEL	"no crash kernel is kept"

/* What crashkernel= asks for, when all else is reserved. */
void dt_reserve_crash_kernel(const void *fdt);

/* ---- firmware_map.c ---- */

/* More than any crash kernel is given; a longer list is not searched. */
#define MAX_USABLE_RANGES	8

/* What the kernel itself needs. */
enum { NEED_IMAGE, NEED_INITRD, NEED_TREE, NEED_ELFCOREHDR, NR_NEEDED };

/* Who claims a range. */
enum claim_kind {
	CLAIM_RAM,
	/* What the kernel needs. */
	CLAIM_IMAGE, CLAIM_INITRD, CLAIM_TREE, CLAIM_ELFCOREHDR,
	CLAIM_MEMRESERVE,
	CLAIM_NODE,			/* a child of /reserved-memory */
	CLAIM_PLACED,			/* one that leaves its address to boot */
	CLAIM_FIRMWARE,			/* assumed, where nobody says */
	CLAIM_CRASH,			/* a wish, which gives way to every other */
	CLAIM_WORDS,			/* from here on: said, and compared with nothing */
	CLAIM_USABLE = CLAIM_WORDS, CLAIM_UNUSED_INITRD,
	NR_CLAIM_KINDS,
};

/* [i] */
struct claim {
	struct dt_range at;
	const char *name;
	enum claim_kind kind;
	bool nomap;
	unsigned int nr;		/* in the order of claiming */
};

static inline bool claim_is_needed(const struct claim *c)
{
	return c->kind >= CLAIM_IMAGE && c->kind <= CLAIM_ELFCOREHDR;
}

/* Notes that name (which lives for good) claims at, in the order in which claims win. */
void dt_claim(enum claim_kind kind, const char *name, struct dt_range at, bool nomap);

/* RAM, and claims to it, each by address; of those made at most so many are there. */
struct claim_table {
	const struct claim *ram, *others;
	unsigned int nr_ram, nr_others, made, most;
};
struct claim_table dt_sorted_claims(void);

/* The claim of RAM that holds the byte at pa; NULL without. */
const struct claim *dt_bank_at(phys_addr_t pa);

/* RAM from *next on as one bank, as far as it goes without a hole; false when there is no more. */
bool dt_next_bank(const struct claim_table *t, unsigned int *next, struct claim *bank);

/* RAM is claimed, and added to memblock as far as it lies within reach. */
void firmware_ram_added(struct dt_range reach);
/* memblock had so many bytes of RAM before they were cut. */
void firmware_ram_was_cut(enum firmware_cut cut, u64 before);

/* ---- dt_conflict.c ---- */

/* Is the number in a node's name the base of its first range? */
void dt_check_unit_address(const char *name, struct dt_range first);

/* A conflict of the range at of name; with: what the other side is, in words. */
void dt_conflict(enum conflict_kind kind, const char *name, struct dt_range at, const char *with,
		 const char *resolution);

/* A range whose size did not fit behind its base, after it was cut. */
static inline void dt_report_wrap(const char *name, struct dt_range at)
{
	dt_conflict(CONFLICT_WRAP, name, at, "the end of the address space", "cut there");
}

/* All claims are made: finds the conflicts among them. Once. */
void dt_compare_claims(void);

#endif /* MM_DT_INTERNAL_H */
