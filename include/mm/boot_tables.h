/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_BOOT_TABLES_H
#define MM_BOOT_TABLES_H

#include <arch/pgtable.h>

/*
 * The kernel's page tables while boot lasts: tables come from memblock, under the owner "page
 * tables", and where there is none boot stops, so that a call with these cannot fail for lack of
 * one. Boot maps and unmaps nothing. The arch says where the root is before it maps the first.
 */
#define OWNER_PAGE_TABLES	"page tables"
extern struct pgtable boot_pgtable;

/* A cleared table, seen by way of pt; the plan counts those of the kernel it foresees with it. */
phys_addr_t boot_table_alloc(struct pgtable *pt);
extern unsigned int boot_table_pages;

#endif /* MM_BOOT_TABLES_H */
