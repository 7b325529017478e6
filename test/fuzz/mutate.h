/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_MUTATE_H
#define TEST_FUZZ_MUTATE_H

#include <stddef.h>

#include <kernel/types.h>

/* Returns a number from 0 to n - 1, by the mutation's seed. */
u64 chance(u64 n);

/* Returns a number in the place of old: a length, or an address for the machine of head. */
u64 mutate_number(u64 old, bool is_length, const u8 *head);

/* Edits a blob in place; returns its new size, which is at most most. */
size_t mutate_blob(u8 *blob, size_t size, size_t most, const u8 *head);

#endif /* TEST_FUZZ_MUTATE_H */
