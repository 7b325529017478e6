/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults in the vmalloc window that are none: the hart remembered that nothing was mapped
 * there, and something is. Whoever maps an area lets no other hart forget (arch/pgtable.h), so a
 * hart may fault once for what it remembers; it reads the tables anew and goes on. Or the page is
 * on its way to another frame (mm/vm/vm_movable.c): then the hart waits until it has arrived.
 *
 * The tables are read without a lock, for the fault may come from anywhere. A table that was
 * reached by an entry which still says the same is that entry's table, and what was read in it
 * counts; a table that was freed meanwhile is memory all the same.
 */
#include <kernel/percpu.h>
#include <kernel/time.h>
#include <mm/vmalloc.h>
#include <arch/processor.h>
#include <arch/smp.h>
#include <asm/csr.h>
#include <asm/image.h>
#include <asm/layout.h>
#include <asm/pgtable.h>
#include <asm/ptrace.h>

/* So often in a row may one instruction fault at one address: then no hart remembers wrongly. */
#define STALE_MOST	100

static struct stale {
	unsigned long epc, va;		/* [P] */
	unsigned int times;		/* [P] */
} last_stale[CONFIG_NR_CPUS];		/* [P] of the CPU that is the index */

/* The entry at which the walk for va ends; false: tables change beneath it. */
static bool read_leaf(unsigned long va, u64 *leaf)
{
	phys_addr_t table_pa = arch_kernel_root();
	const u64 *above = NULL;
	u64 entry = 0, from = 0;

	for (int level = ROOT_LEVEL; level >= 0; level--) {
		const u64 *table = arch_table_access(NULL, table_pa);
		const u64 *slot = &table[table_index(va, (unsigned int)level)];

		from = entry;
		entry = READ_ONCE(*slot);
		if (above && READ_ONCE(*above) != from)
			return false;
		if (!pte_is_table(entry))
			break;
		above = slot;
		table_pa = pte_pa(entry);
	}
	*leaf = entry;
	return true;
}

/* A page that is being copied arrives soon; a simulated CPU that copies may be kept waiting
 * itself. */
#define MOVE_US		1000000

/* The page at va is on its way: it comes back, or has arrived. False: neither in that time. */
static bool await_page(unsigned long va)
{
	struct deadline end = deadline_in(MOVE_US);
	u64 leaf;

	while (!read_leaf(va, &leaf) || pte_is_moving(leaf)) {
		if (deadline_over(&end))
			return false;
		vm_call_back(va);
		arch_cpu_relax();
	}
	return true;
}

bool vm_fault_is_stale(const struct pt_regs *regs)
{
	u64 leaf = 0, need = PTE_V | PTE_R | (regs->cause == CAUSE_STORE_PAGE ? PTE_W : 0);
	unsigned long va = regs->badaddr;
	struct stale *last = &last_stale[trap_cpu()];

	if ((regs->cause != CAUSE_LOAD_PAGE && regs->cause != CAUSE_STORE_PAGE) ||
	    va - VMALLOC_START >= VMALLOC_SIZE)
		return false;
	if (last->epc != regs->epc || last->va != va)
		*last = (struct stale){ regs->epc, va, 0 };
	if (last->times++ >= STALE_MOST)
		return false;
	if (read_leaf(va, &leaf) && (leaf & need) != need) {
		if (!IS_ENABLED(CONFIG_MIGRATION) || !pte_is_moving(leaf) || !await_page(va))
			return false;
		/* It may go again, as often as somebody wants its frame. */
		last->times = 0;
	}
	local_flush_tlb_all();
	return true;
}
