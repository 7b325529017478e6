/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_RECIPE_H
#define TEST_FUZZ_RECIPE_H

#include <stddef.h>

#include <kernel/types.h>

/*
 * A recipe is a list of steps of STEP_BYTES, each of which puts something into a tree. Any bytes
 * are a recipe: a step without a meaning does nothing, and a last step that is cut off does not
 * count.
 */
struct step {
	u8 op, flags, n, m;
	u64 a, b;
};

#define STEP_BYTES	20u
#define STEPS_MOST	32u

enum step_op {
	STEP_BANK,		/* a memory node: base a, size b, node n; m of them, with gaps */
	STEP_BANK_ALSO,		/* one more pair in the last memory node */
	STEP_STATIC,		/* a child of /reserved-memory: base a, size b, name n; m of them */
	STEP_STATIC_ALSO,	/* one more pair in the last child */
	STEP_DYNAMIC,		/* a child without reg: size a, alignment b */
	STEP_ALLOC_RANGE,	/* a pair of its alloc-ranges */
	STEP_MEMRESERVE,	/* an entry of the reservation block; m of them */
	STEP_INITRD,		/* from a to b */
	STEP_USABLE,		/* a pair of linux,usable-memory-range */
	STEP_ELFCOREHDR,	/* linux,elfcorehdr: base a, size b */
	STEP_ARGUMENT,		/* of bootargs: word n with number a (and b) in form m */
	STEP_CPU,		/* hart a of node n */
	STEP_DISTANCE,		/* from n to m: a */
	STEP_CELLS,		/* the root's: addresses n, sizes m; 0 leaves the property out */
	STEP_RESERVED_CELLS,	/* those of /reserved-memory */
	STEP_NEST,		/* n nodes below 32, or 1000 for 255, one in the other */
	STEP_PROPERTY,		/* named by n, of the node named by m: a and b, flags bytes long */
	STEP_HEADER,		/* when all is built: field n of the header becomes a */
	STEP_DAMAGE,		/* when all is built: word a of the blob becomes b */
	NR_STEP_OPS
};

/* STEP_BANK, STEP_STATIC, STEP_DYNAMIC */
#define STEP_DISABLED		0x01	/* status is not okay */
#define STEP_NODE_ID		0x02	/* numa-node-id = n */
#define STEP_NO_MAP		0x02
#define STEP_HOTPLUG		0x04
#define STEP_REUSABLE		0x04
#define STEP_USABLE_MEMORY	0x08	/* linux,usable-memory stands for reg */
#define STEP_FIRMWARE		0x08	/* mmode_resv */
#define STEP_ODD		0x10	/* bytes left over behind the last pair */
#define STEP_OTHER_TYPE		0x20	/* device_type is another */
#define STEP_WRONG_UNIT		0x20	/* the name gives another address */
#define STEP_NARROW		0x40	/* numbers of one cell, whatever #size-cells says */
#define STEP_ALIKE		0x80	/* the name is one of those that the kernel uses, see n */

struct step step_get(const u8 *at);
void step_put(u8 *at, struct step s);

/* Builds the tree in blob (room bytes, a multiple of 8); returns its size, or 0 when it does not
 * fit. */
size_t recipe_build(const u8 *recipe, size_t bytes, void *blob, size_t room);

#endif /* TEST_FUZZ_RECIPE_H */
