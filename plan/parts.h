/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PARTS_H
#define PLAN_PARTS_H

#include "json.h"

/* The description in parts, each of them a key of its JSON, in the order of the keys. */
typedef void plan_part_fn(struct json *j);

enum plan_part {
	PART_CONFIG, PART_MEMORY, PART_RESERVED, PART_SECTIONS, PART_NODES,
	PART_SLAB, PART_PCP, PART_OVERHEAD, PART_CONFLICTS,
	NR_PLAN_PARTS,
};
extern plan_part_fn *const plan_parts[];

/* Threads and accounts that the image declares. */
void plan_show_image_rows(struct json *j);

/* Writes the reserved regions of one owner, for a caller that asks whether just these differ. */
void plan_show_owned(struct json *j, const char *owner);

/* Bytes of a number in hexadecimal, its NUL included. */
#define PLAN_NUMBER_BYTES	19

#endif /* PLAN_PARTS_H */
