/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_CONFLICT_H
#define MM_CONFLICT_H

#include <kernel/types.h>

/*
 * What does not add up among the ranges that the device tree and boot claim, and what was done
 * about it. Boot tells each in one sentence; the plan shows the same. None of them stops boot.
 */
enum conflict_kind {
	CONFLICT_DUPLICATE,		/* two claims to one range */
	CONFLICT_NESTING,		/* one claim lies within another */
	CONFLICT_OVERLAP,		/* two claims have a part in common */
	CONFLICT_OUTSIDE_RAM,		/* a reservation of what the tree does not call RAM */
	CONFLICT_MISALIGNED,		/* not whole frames where frames count */
	CONFLICT_UNIT_ADDRESS,		/* a node's name gives another address than its reg */
	CONFLICT_WRAP,			/* a size runs past the end of the address space */
	CONFLICT_IGNORED,		/* what the kernel cannot use */
	CONFLICT_INITRD_DISABLED,
	CONFLICT_FIRMWARE_ASSUMED,	/* nothing says where the firmware lies */
	CONFLICT_NO_PLACE,		/* a dynamic region that fits nowhere */
	CONFLICT_NODE_BORDER,		/* a largest block of RAM is of two nodes */
	CONFLICT_BAD_DISTANCE_MAP,
	CONFLICT_UNLISTED,		/* more than there is room for */
	NR_CONFLICT_KINDS,
};

/* One side of a conflict: a name, and the range or the number that goes with it. */
enum conflict_form { SIDE_NAME, SIDE_RANGE, SIDE_ADDRESS, SIDE_NUMBER };

/* [i] Words of it stay: struct conflict_words. */
struct conflict_side {
	const char *name;		/* a text of the tree's or the image's */
	phys_addr_t base, end;		/* SIDE_RANGE: [base, end); a number is in base */
	enum conflict_form form;
};

/* [i] */
struct conflict {
	enum conflict_kind kind;
	struct conflict_side a, b;
	const char *resolution;		/* what was done; lives for good */
};

/* As many as are told, the last of which then says that there are more. */
#define CONFLICTS_MOST		64

/* ---- boot only ---- */

/* Keeps *c and logs its sentence. False when the table is full. */
bool conflict_add(const struct conflict *c);

/* Once, when memblock gives memory that is mapped: puts what was found into words that stay. */
void conflicts_keep(void);

/* The first nr_conflicts have been found so far. */
extern struct conflict conflicts_found[CONFLICTS_MOST];

/* Long enough for any side and any sentence, which cut what is longer. */
#define CONFLICT_SIDE_BYTES	112
#define CONFLICT_TEXT_BYTES	320

const char *conflict_kind_name(enum conflict_kind kind);
/* As in struct conflict_words, into buf (size bytes); returns its length. */
size_t conflict_side_text(const struct conflict_side *side, char *buf, size_t size);
/* The sentence, without a line's end, into buf (size bytes). */
void conflict_text(const struct conflict *c, char *buf, size_t size);

/* ---- for good ---- */

struct conflict_words {
	const char *kind;		/* "unit-address", as in the plan's key kind */
	const char *a, *b;		/* "pool@90000000 (0x90000000-0x97ffffff)", a last byte */
	const char *resolution;
};

/* All of this boot, in the order in which they were found; constant after boot, NULL without any
 * and before conflicts_keep(). */
extern const struct conflict_words *conflicts;
extern unsigned int nr_conflicts;

#endif /* MM_CONFLICT_H */
