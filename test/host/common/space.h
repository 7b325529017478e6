/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SPACE_H
#define TEST_HOST_SPACE_H

#include <kernel/types.h>

struct address_space;

/* An address space of which the kernel may choose any place; more of them may be made. */
struct address_space *new_space(void);

/* The first one of a new machine, with so much RAM. */
struct address_space *begin_space(u64 ram_bytes);

/* All that the spaces' rules say holds. */
void check_spaces(void);

/* It was the last one: nothing is left. */
void end_space(struct address_space *s);

#endif /* TEST_HOST_SPACE_H */
