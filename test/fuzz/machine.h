/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_MACHINE_H
#define TEST_FUZZ_MACHINE_H

#include <stddef.h>

#include <kernel/types.h>

/* Once, before all that follows. */
void machine_init(void);

/* Takes an input's tree; false when it holds none. It stays until the next one. */
bool machine_take_tree(const u8 *input, size_t size);
const void *machine_tree(size_t *bytes);

/*
 * A new machine with that tree, as the input's head says. fill: what the bytes that boot takes
 * hold at first. holes: RAM has real ones, and is fresh; else it is what earlier machines left.
 * ram_most: with more RAM than that the linear map is so short that it shows no more.
 */
struct machine_way {
	u8 fill;
	bool holes;
	u64 ram_most;
};
void machine_reset(const u8 *head, struct machine_way way);

#endif /* TEST_FUZZ_MACHINE_H */
