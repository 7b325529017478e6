/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_ORACLE_PARTS_H
#define TEST_FUZZ_ORACLE_PARTS_H

/* What the oracle's files share. */

#include "claims.h"
#include "oracle.h"

/* Of this boot's tree, once oracle_read_tree() was called. */
extern struct claims oracle_claims;

/* All of a is in b, or this is a finding. */
void oracle_hold(const struct ranges *b, const struct ranges *a, const char *what);

/* Whole frames of RAM that the kernel is to use; those of torn may be missing. Where there are
 * torn frames, mem= is not applied. */
void oracle_expected_ram(struct ranges *ram, struct ranges *torn);

/* The RAM that boot's tables have is what the tree says. */
void oracle_check_ram(const struct ranges *ram);

/* The firmware's map is what the tree says, line by line, and its RAM adds up. */
void oracle_check_firmware_map(void);

#endif /* TEST_FUZZ_ORACLE_PARTS_H */
