/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PLAN_H
#define KERNEL_PLAN_H

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

/* 64-bit FNV-1a over the description without the digest. */
u64 plan_digest(void);

#endif /* KERNEL_PLAN_H */
