/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_REGIONS_H
#define TEST_HOST_REGIONS_H

#include <mm/memblock.h>

#include "boot.h"

#define MB	(1ull << 20)

/*
 * A table as words, in MiB: "1-3 5-7" is [1 MiB, 3 MiB) and [5 MiB, 7 MiB). A region that is not in
 * whole MiB is in bytes, "0x80000000-0x80080000". Behind a region stand f4 for flags 4, n1 for node
 * 1 and (name) for an owner, but not where these are 0, NULL or the default. The text is valid
 * until the next call for the same table. The call also checks the table's invariants.
 */
const char *regions_text(const struct memblock_type *type);

/* The result that a test expects with nodes, and the one where all RAM is node 0's. */
#define BY_NODES(with, without)	(IS_ENABLED(CONFIG_NUMA) ? (with) : (without))

/* From now on regions_text() leaves out the regions of these owners; NULL ends the list. */
void regions_leave_out(const char *const *owners);

#define assert_memory(text)	assert_string_equal(regions_text(&memblock.memory), text)
#define assert_reserved(text)	assert_string_equal(regions_text(&memblock.reserved), text)

#endif /* TEST_HOST_REGIONS_H */
