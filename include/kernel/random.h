/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

/* CONFIG_RANDOM, which those options select that need it. */
#include <kernel/types.h>

/* Boot, once the device tree is there: the number before it are always the same. */
void random_init(void);

/* Mixes in a word that somebody could not guess. Any context. */
void random_add(u64 word);

/* A number that who has seen others cannot tell. Any context. */
u64 get_random_u64(void);

/* SipHash-2-4 of the eight bytes of word, least significant first. */
u64 siphash_u64(const u64 key[2], u64 word);

#endif /* KERNEL_RANDOM_H */
