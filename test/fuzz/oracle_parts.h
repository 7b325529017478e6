/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_ORACLE_PARTS_H
#define TEST_FUZZ_ORACLE_PARTS_H

/* Declarations that the oracle's files share. */

#include "claims.h"
#include "oracle.h"

/* The claims of this boot's tree, after oracle_read_tree(). */
extern struct claims oracle_claims;

/* All of a must be in b; otherwise there is a finding about what. */
void oracle_hold(const struct ranges *b, const struct ranges *a, const char *what);

/* Sets ram to the whole frames of RAM that the kernel must use; those of torn may be missing. Where
 * there are torn frames, mem= is not applied. */
void oracle_expected_ram(struct ranges *ram, struct ranges *torn);

/* The RAM in boot's tables must be what the tree says. */
void oracle_check_ram(const struct ranges *ram);

/* The firmware's map must be what the tree says, line by line, and its RAM must add up. */
void oracle_check_firmware_map(void);

#endif /* TEST_FUZZ_ORACLE_PARTS_H */
