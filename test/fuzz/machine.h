/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FUZZ_MACHINE_H
#define TEST_FUZZ_MACHINE_H

#include <stddef.h>

#include <kernel/types.h>

/* Must be called once, before all other functions. */
void machine_init(void);

/* Takes an input's tree, which stays until the next one; false when the input holds none. */
bool machine_take_tree(const u8 *input, size_t size);
const void *machine_tree(size_t *bytes);

/*
 * How to make a machine with that tree, as the input's head says. fill: what the bytes that boot
 * takes hold at first. holes: RAM has real holes and is fresh; otherwise it is what earlier
 * machines left. ram_most: a tree with more RAM gets a linear map that shows no more than this.
 */
struct machine_way {
	u8 fill;
	bool holes;
	u64 ram_most;
};
void machine_reset(const u8 *head, struct machine_way way);

#endif /* TEST_FUZZ_MACHINE_H */
