/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps of programs, and of the kernel where it copies for them. */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/uaccess.h>
#include <arch/irq.h>
#include <arch/user.h>
#include <asm/csr.h>
#include <asm/ptrace.h>
#include <asm/user_table.h>
#include <mm/address_space.h>
#include <process/process.h>
#include <process/signal.h>

#define TRAP_HAS_ADDRESS	(1ul << CAUSE_INSN_ACCESS | 1ul << CAUSE_LOAD_ACCESS | \
				 1ul << CAUSE_STORE_ACCESS | 1ul << CAUSE_LOAD_MISALIGNED | \
				 1ul << CAUSE_STORE_MISALIGNED)

size_t user_copy(void *to, const void *from, size_t bytes);
size_t user_clear(void *to, size_t bytes);
long user_string(char *to, const void *from, size_t most);
int user_load_u32(u32 *to, const void *word);
int user_compare_exchange(u32 *word, u32 old, u32 new, u32 *was);

struct exception_row {
	unsigned long start, end, fixup;
};
extern const struct exception_row __exceptions_start[], __exceptions_end[];

static unsigned int access_of(unsigned long cause)
{
	return cause == CAUSE_STORE_PAGE ? VM_WRITE : cause == CAUSE_INSN_PAGE ? VM_EXEC : VM_READ;
}

static bool is_page_fault(unsigned long cause)
{
	return cause == CAUSE_LOAD_PAGE || cause == CAUSE_STORE_PAGE || cause == CAUSE_INSN_PAGE;
}

bool user_range_ok(uintptr_t start, size_t bytes)
{
	return start <= USER_TOP && bytes <= USER_TOP - start;
}

size_t copy_to_user(uintptr_t to, const void *from, size_t bytes)
{
	return user_range_ok(to, bytes) ? user_copy((void *)to, from, bytes) : bytes;
}

size_t copy_from_user(void *to, uintptr_t from, size_t bytes)
{
	return user_range_ok(from, bytes) ? user_copy(to, (const void *)from, bytes) : bytes;
}

size_t clear_user(uintptr_t to, size_t bytes)
{
	return user_range_ok(to, bytes) ? user_clear((void *)to, bytes) : bytes;
}

long copy_string_from_user(char *to, uintptr_t from, size_t most)
{
	size_t room = from < USER_TOP ? USER_TOP - from : 0;
	size_t limit = most < room ? most : room;
	long length = user_string(to, (const void *)from, limit);

	/* A fault is -1: of no length. */
	if (likely((size_t)length < limit))
		return length;
	return length < 0 || limit != most ? -EFAULT : -ENAMETOOLONG;
}

int user_load(u32 *to, uintptr_t word)
{
	return user_range_ok(word, sizeof(u32)) && !user_load_u32(to, (const void *)word) ? 0 :
											   -EFAULT;
}

int user_exchange(uintptr_t word, u32 old, u32 new, u32 *was)
{
	if (word % sizeof(u32) || !user_range_ok(word, sizeof(u32)))
		return word % sizeof(u32) ? -EINVAL : -EFAULT;
	return user_compare_exchange((u32 *)word, old, new, was) ? -EFAULT : 0;
}

/* A fault of the kernel at a program's address: served like the program's own, or the copy ends,
 * as it does where the kernel may not wait. */
bool user_copy_faulted(struct pt_regs *regs)
{
	const struct exception_row *row = __exceptions_start;
	int err = -EFAULT;

	if (regs->badaddr >= USER_TOP || !(is_page_fault(regs->cause) ||
					   (1ul << (regs->cause & 63) & TRAP_HAS_ADDRESS)))
		return false;
	while (row < __exceptions_end && (regs->epc < row->start || regs->epc >= row->end))
		row++;
	if (row == __exceptions_end)
		return false;
	csr_clear(sstatus, SSTATUS_SUM);
	if (is_page_fault(regs->cause) && current_user() && regs->status & SSTATUS_SPIE &&
	    !current_cpu()->preempt_off) {
		arch_local_irq_enable();
		err = space_fault(current_process()->space, regs->badaddr, access_of(regs->cause));
		arch_local_irq_disable();
	}
	if (err)
		regs->epc = row->fixup;
	return true;
}

static __always_inline void memory_fault(uintptr_t va, unsigned int access)
{
	int err = -EFAULT;

	arch_local_irq_enable();
	if (likely(va < USER_TOP))
		err = space_fault(calling_process()->space, va, access);
	if (unlikely(err))
		user_memory_fault(va, err);
	arch_local_irq_disable();
}

static void exception(struct pt_regs *regs)
{
	switch (regs->cause) {
	case CAUSE_ILLEGAL:
		if (!(regs->status & SSTATUS_FS) && current_user()) {
			/* It may be the first use of F or D; a second trap says it was none. */
			current_user()->arch.fp_used = true;
			arch_fp_take(current_thread());
			return;
		}
		user_fault_signal(SIGILL, ILL_ILLOPC, regs->epc);
		return;
	case CAUSE_BREAKPOINT:
		user_fault_signal(SIGTRAP, TRAP_BRKPT, regs->epc);
		return;
	case CAUSE_INSN_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		user_fault_signal(SIGBUS, BUS_ADRALN, regs->badaddr);
		return;
	default:
		user_fault_signal(SIGBUS, BUS_ADRERR, regs->badaddr);
		return;
	}
}

void handle_user_trap(struct pt_regs *regs)
{
	unsigned long cause = regs->cause;

	CHECK(csr_read(sscratch) == (unsigned long)&hart_traps[smp_processor_id()],
	      "a program's trap with the variables of CPU %u, which is another one",
	      smp_processor_id());
	if (likely(is_page_fault(cause))) {
		memory_fault(regs->badaddr, access_of(cause));
	} else if (cause & CAUSE_IRQ_FLAG) {
		sched_irq_enter();
		handle_interrupt(cause & ~CAUSE_IRQ_FLAG);
		sched_irq_exit();
	} else {
		arch_local_irq_enable();
		exception(regs);
		arch_local_irq_disable();
	}
}
