/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_TREE_H
#define PLAN_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct plan_options;

/* Reads the blob and makes the changes that the options ask for. *first_ram is the lowest RAM in
 * it. */
void *plan_load_tree(const struct plan_options *o, uint64_t *first_ram);

/* The tree with those changes, which is fdt itself where its size does not change. */
void *plan_change_tree(void *fdt, const struct plan_options *o);

/* The next memory node of a tree, the first one for after = -1; negative when there is none. */
int plan_memory_node(const void *fdt, int after);

/* Base and size of pair nr of a memory node; false behind the last pair. */
bool plan_memory_pair(const void *fdt, int node, int nr, uint64_t *base, uint64_t *size);

#endif /* PLAN_TREE_H */
