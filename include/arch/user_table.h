/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_USER_TABLE_H
#define ARCH_USER_TABLE_H

/*
 * The form of page tables of programs, for mm/vm/user_tables.c: asm/user_table.h gives
 *   USER_TOP                                  one past the last address that programs have
 *   ROOT_LEVEL, PTRS_PER_TABLE, LEVEL_SIZE(level), table_index(va, level)
 *   user_leaf(pa, rights, counted)            an entry that leads to a page, which has a count
 *   pte_is_leaf(), pte_pa()                   of an entry
 *   leaf_pfn()                                of such an entry
 *   leaf_is_writable(), leaf_read_only(), leaf_is_counted(), leaf_with_rights()
 *   leaf_away(), leaf_back()                  an entry that leads nowhere while its page moves
 *   table_entry(pa)                           an entry that leads to a table
 */
#include <asm/user_table.h>

#endif /* ARCH_USER_TABLE_H */
