/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/types.h>

/*
 * An input has a head of HEAD_BYTES, which says where the boot loader put things, and a body: the
 * tree's blob itself or, with INPUT_RECIPE, a recipe for it (see recipe.h).
 */
enum { HEAD_KIND, HEAD_KERNEL, HEAD_TREE, HEAD_MISC, HEAD_BYTES };

#define INPUT_RECIPE	'r'
#define INPUT_BLOB	'b'

/* HEAD_KERNEL: the image lies at kernel_bases[value >> 6] + (value & 63) * 2 MiB. */
extern const u64 kernel_bases[4];

/* HEAD_TREE: the tree lies value * 512 KiB above that base; the last few values mean bad places. */
#define TREE_UNIT	0x80000ull
enum { TREE_NOWHERE = 253, TREE_ODD, TREE_IN_IMAGE };

/* HEAD_MISC */
#define MISC_SHORT		0x01	/* the blob's second half cannot be read */
#define MISC_HART		0x02	/* the boot hart is 1 */
#define MISC_IMAGE_SHIFT	2	/* two bits: the image's size */
#define MISC_REACH_SHIFT	4	/* two bits: how far the linear map reaches */

/* The longest blob. Bytes behind a blob's end cannot be read. */
#define BLOB_BYTES	(64u << 10)

/* Says what was found, and ends the process so that the input is kept. */
__attribute__((__noreturn__, __format__(__printf__, 1, 2))) void finding(const char *fmt, ...);

#endif /* TEST_FUZZ_FUZZ_H */
