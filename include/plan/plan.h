/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <kernel/seq_file.h>
#include <kernel/types.h>

/*
 * The plan: what memory this configuration makes of this device tree, when boot has given its
 * init memory back and nothing is allocated. The kernel and the plan program describe it with
 * this same code, so that the one can be held against the other byte for byte.
 */

/* Boot, after kmem_cache_init() and before anything is allocated: keeps what changes later. */
void plan_capture(void);

/* The description, one line of JSON with the digest as its last key. */
void plan_show_json(struct seq_file *m);

/* 64-bit FNV-1a over the description up to its conflicts: who described memory is no part of it. */
u64 plan_digest(void);

/* Pages that are free then, and the order of the largest free block; -1 when there is none. */
unsigned long plan_free_pages(void);
int plan_largest_free_order(void);

/*
 * CONFIG_PLAN_DIGEST is a list of words, one for each amount of RAM that the kernel may find:
 *
 *	8192M:0x0123456789abcdef:00112233445566778899aa
 *	RAM   digest             a byte of hash for each thing that can differ
 *
 * RAM and the bytes may be left out: then a mismatch is told with less to go by. Room for the
 * list is the same however long it is, so that setting it moves nothing in the image, whose
 * layout is part of what is planned.
 */
#define PLAN_DIGEST_BYTES	512	/* the final NUL included */
extern const char plan_expected[PLAN_DIGEST_BYTES];

/* The word for the memory at hand. */
void plan_show_word(struct seq_file *m);

enum plan_verdict { PLAN_UNCHECKED, PLAN_AS_PLANNED, PLAN_DIFFERS };

/* Holds the memory at hand against such a list; why: what is said of it, in words. */
#define PLAN_WHY_BYTES		200
enum plan_verdict plan_compare(const char *list, char *why, size_t size);

/* Boot, with a console: says whether memory is as planned, and stops if it must be. */
void plan_verify(void);

#endif /* PLAN_PLAN_H */
