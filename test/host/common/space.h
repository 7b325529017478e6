/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SPACE_H
#define TEST_HOST_SPACE_H

#include <kernel/types.h>

struct address_space;
struct page;

/* An address space of which the kernel may choose any place; more of them may be made. */
struct address_space *new_space(void);

/* The first one of a new machine, with so much RAM. */
struct address_space *begin_space(u64 ram_bytes);

/* A file of one page, the same at every place: its holder counts one. */
extern struct page *one_page;
void open_one_page(void);
void close_one_page(void);
/* A page of the space's own, or of that file. */
void map_page_at(struct address_space *s, unsigned long va, u32 rights, u32 flags, bool of_file);

/* All that the spaces' rules say holds. */
void check_spaces(void);

/* It was the last one: nothing is left. */
void end_space(struct address_space *s);

#endif /* TEST_HOST_SPACE_H */
