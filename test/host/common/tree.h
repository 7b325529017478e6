/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_TREE_H
#define TEST_HOST_TREE_H

#include <kernel/types.h>

/*
 * Builds a device tree, one at a time: tree_begin(), then what the root holds, then tree_end(). An
 * error of libfdt fails the test.
 */
#define TREE_BYTES	(256u << 10)

struct tree_reserve {
	u64 base, size;
};

/* Begins the root node with these cells; a count of 0 leaves the property out. reserve ends with an
 * entry of size 0, or is NULL. */
void tree_begin(unsigned int address_cells, unsigned int size_cells,
		const struct tree_reserve *reserve);
const void *tree_end(void);

void tree_node(const char *name);
void tree_node_end(void);

void tree_flag(const char *name);
void tree_text(const char *name, const char *text);
void tree_u32(const char *name, u32 value);
void tree_u64(const char *name, u64 value);
void tree_bytes(const char *name, const void *bytes, unsigned int count);

/* Sets the widths that tree_numbers() gives its numbers, in turn; tree_begin() sets them, too. */
void tree_cells(unsigned int address_cells, unsigned int size_cells);

#define TREE_COUNT(...)		(sizeof((u64[]){ __VA_ARGS__ }) / sizeof(u64))
#define tree_reg(...)		tree_list("reg", __VA_ARGS__)
/* Takes every argument as a 64-bit number. */
#define tree_list(name, ...) \
	tree_numbers(name, (u64[]){ __VA_ARGS__ }, TREE_COUNT(__VA_ARGS__))
void tree_numbers(const char *name, const u64 *numbers, unsigned int count);
/* Adds a reg of count ranges of 4 KiB from base on, each a claim of its own. */
void tree_pages(u64 base, unsigned int count);

/* tree_memory() adds a memory node of one range; tree_reserved_memory() opens the parent of
 * reserved nodes. */
void tree_memory(u64 base, u64 size);
void tree_reserved_memory(void);
/* Adds a static child of /reserved-memory with one flag, or none for NULL. */
void tree_reserved(const char *name, u64 base, u64 size, const char *flag);

#endif /* TEST_HOST_TREE_H */
