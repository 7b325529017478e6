/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: where page tables come from while boot maps RAM and descriptors.
 *
 * Structure: operations for the arch's walker (arch/pgtable.h) over memblock. After boot the same
 * root is in mm/vm/kernel_tables.c's hands.
 *
 * Invariants:
 * BT1 A table is a frame that memblock keeps under the owner "page tables"; the kernel and the plan
 *     take it by the same function, in the same order.
 *
 * Locking: none; boot only.
 *
 * Configuration: none.
 */
#include <kernel/init.h>
#include <kernel/numa.h>
#include <kernel/string.h>
#include <mm/boot_tables.h>
#include <mm/memblock.h>

unsigned int boot_table_pages __initdata;				/* [i] */

phys_addr_t __init boot_table_alloc(struct pgtable *pt)
{
	phys_addr_t pa = memblock_phys_alloc_or_stop(PAGE_SIZE, PAGE_SIZE, NUMA_NO_NODE,
						     OWNER_PAGE_TABLES, NULL);

	memset(pt->ops->access(pt, pa), 0, PAGE_SIZE);
	boot_table_pages++;
	return pa;
}

static const struct pgtable_ops boot_ops __initconst = {
	.alloc = boot_table_alloc,
	.access = arch_table_access,
	.flush = arch_table_flush,
};

struct pgtable boot_pgtable __initdata = { .ops = &boot_ops };	/* [i] */
