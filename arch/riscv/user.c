/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hart does for programs: their registers of F and D, and which address space it sees.
 *
 * F and D: a thread begins with FS off. Its first use traps, and from then on it has registers,
 * which go to its struct when another thread takes the hart, if they have changed (FS), and come
 * back with it unless they are still there. As long as they never have changed they are all 0: then
 * nothing is kept, and FS goes off again.
 *
 * A thread's view says what the hart is to be for its program: satp, where F and D are off in its
 * frame; 0 for the kernel's own threads; and what no other thread has, the address of its struct,
 * where it uses F or D, or nobody has looked since something changed. So between two threads with
 * the same view there is nothing to do.
 */
#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/percpu.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <arch/irq.h>
#include <arch/pgtable.h>
#include <arch/smp.h>
#include <arch/user.h>
#include <asm/csr.h>
#include <asm/layout.h>
#include <asm/page.h>
#include <asm/user_table.h>
#include <process/process.h>

BUILD_ASSERT(offsetof(struct thread, interrupted) == THREAD_INTERRUPTED, "THREAD_INTERRUPTED");
BUILD_ASSERT(offsetof(struct pt_regs, thread) == PT_THREAD, "PT_THREAD");
BUILD_ASSERT(offsetof(struct arch_thread, gp) == AT_GP, "AT_GP");
BUILD_ASSERT(offsetof(struct arch_user, fcsr) == 256, "fcsr behind the registers");

#define SSTATUS_FS_CLEAN	0x4000

void fp_save(u64 *to);
void fp_load(const u64 *from);

extern char trap_entry[], user_trap_entry[];	/* trap_entry.S */
extern const unsigned long syscalls[];		/* process/syscalls.c: the address of each */

static void load_space(struct arch_space *s);

/* Whose registers are in the hart. */
static DEFINE_PER_CPU(struct arch_user *, fp_owner);	/* [P] */

static struct arch_user *arch_user_of(const struct thread *t)
{
	return &t->user->arch;
}

/* Interrupts off. */
static void fp_put(struct thread *t)
{
	struct arch_user *u = arch_user_of(t);
	struct pt_regs *regs = user_regs_of(t);

	if ((regs->status & SSTATUS_FS) != SSTATUS_FS) {
		if (!u->fp_kept) {
			u->fp_used = false;
			regs->status &= ~(unsigned long)SSTATUS_FS;
		}
		return;
	}
	fp_save(u->fp);
	u->fp_kept = true;
	regs->status = (regs->status & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

/* Interrupts off. */
static __noinline void fp_get_used(struct thread *t)
{
	struct arch_user *u = arch_user_of(t);
	struct pt_regs *regs = user_regs_of(t);

	if (*this_cpu_ptr(&fp_owner) != u || u->fp_cpu != smp_processor_id()) {
		fp_load(u->fp);
		*this_cpu_ptr(&fp_owner) = u;
		u->fp_cpu = smp_processor_id();
	}
	regs->status = (regs->status & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

/* Interrupts off. */
static __always_inline void fp_get(struct thread *t)
{
	if (unlikely(arch_user_of(t)->fp_used))
		fp_get_used(t);
	else
		user_regs_of(t)->status &= ~(unsigned long)SSTATUS_FS;
}

void arch_fp_keep(struct thread *t)
{
	unsigned long flags = arch_local_irq_save();

	if (arch_user_of(t)->fp_used)
		fp_put(t);
	arch_local_irq_restore(flags);
}

void arch_fp_take(struct thread *t)
{
	unsigned long flags = arch_local_irq_save();

	*this_cpu_ptr(&fp_owner) = NULL;
	fp_get(t);
	arch_user_unseen(&t->context);
	arch_local_irq_restore(flags);
}

void arch_fp_clear(struct thread *t)
{
	memset(arch_user_of(t), 0, sizeof(struct arch_user));
	arch_fp_take(t);
}

/* Whatever there may be to do. */
static __noinline void switch_programs(struct thread *prev, struct thread *next)
{
	struct arch_space *s;

	if (prev->user && unlikely(arch_user_of(prev)->fp_used))
		fp_put(prev);
	if (!next->user) {
		load_space(NULL);
		next->context.view = 0;
		arch_thread_switch(&prev->context, &next->context);
		return;
	}
	s = user_arch_space(next->user);
	if (!s || csr_read(satp) != s->satp)
		load_space(s);
	fp_get(next);
	if (s && likely(!arch_user_of(next)->fp_used))
		next->context.view = s->satp;
	else
		arch_user_unseen(&next->context);
	arch_thread_switch(&prev->context, &next->context);
}

static __always_inline bool view_is_known(const struct thread *t)
{
	return t->context.view != (unsigned long)&t->context;
}

/* Most often from one program to another, neither of which uses F or D, on a hart that has seen the
 * other before: then satp is all, and this is a leaf. */
void arch_user_switch(struct thread *prev, struct thread *next)
{
	const struct arch_space *s;
	u64 self;

	if (likely(next->user) && likely(view_is_known(next)) && likely(view_is_known(prev)) &&
	    likely(next->context.view)) {
		s = &next->user->process->space->arch;
		self = cpumask_of(next->cpu);
		if (likely(READ_ONCE(s->ran) & READ_ONCE(s->fetched) & self) && likely(s->asid)) {
			csr_write(satp, s->satp);
			arch_thread_switch(&prev->context, &next->context);
			return;
		}
	}
	switch_programs(prev, next);
}

/* ---- the way from programs to the kernel ---- */

static int __init user_traps_init(void)
{
	BUILD_ASSERT(sizeof(struct pt_regs) == PT_SIZE, "PT_SIZE");
	ASSERT((unsigned long)user_trap_entry == ((unsigned long)trap_entry | TRAP_OF_USER),
	       "user_trap_entry lies %ld bytes behind trap_entry",
	       (long)(user_trap_entry - trap_entry));
	for (unsigned int cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		hart_traps[cpu].percpu = __per_cpu_offset[cpu];
		hart_traps[cpu].calls = (unsigned long)syscalls;
	}
	return 0;
}
initcall(user_traps_init);

/* ---- address spaces ---- */

#define ASID_SHIFT	44
#define ASID_MASK	0xfffful

static u64 kernel_satp;			/* [c] of the kernel alone */
static u32 asid_most;			/* [c] the largest number that harts tell apart */

/* Any context; the first caller is the boot CPU's. */
static void learn_asids(void)
{
	unsigned long flags = arch_local_irq_save();
	u64 satp = csr_read(satp);

	csr_write(satp, satp | ASID_MASK << ASID_SHIFT);
	asid_most = csr_read(satp) >> ASID_SHIFT & ASID_MASK;
	csr_write(satp, satp);
	local_flush_tlb_all();
	kernel_satp = satp;
	arch_local_irq_restore(flags);
}

void arch_space_init(struct arch_space *s, phys_addr_t root_pa, unsigned int slot)
{
	if (!kernel_satp)
		learn_asids();
	*s = (struct arch_space){ .asid = slot < asid_most ? slot + 1 : 0 };
	s->satp = (kernel_satp & ~((1ul << ASID_SHIFT) - 1)) | (u64)s->asid << ASID_SHIFT |
		  (root_pa >> PAGE_SHIFT);
}

static void load_space(struct arch_space *s)
{
	u64 satp = s ? s->satp : kernel_satp, self;

	if (!kernel_satp || csr_read(satp) == satp)
		return;
	if (s) {
		self = cpumask_of(smp_processor_id());
		if (!(READ_ONCE(s->ran) & self))
			__atomic_fetch_or(&s->ran, self, __ATOMIC_SEQ_CST);
		if (unlikely(!(READ_ONCE(s->fetched) & self))) {
			__atomic_fetch_or(&s->fetched, self, __ATOMIC_SEQ_CST);
			__asm__ volatile("fence.i" : : : "memory");
		}
	}
	csr_write(satp, satp);
	if (unlikely(s && !s->asid))
		local_flush_tlb_all();
}

void arch_space_load(struct arch_space *s)
{
	arch_user_unseen(&current_thread()->context);
	load_space(s);
}

static void flush_here(const struct arch_space *s, unsigned long start, unsigned long end)
{
	if (!s->asid)
		local_flush_tlb_all();
	else if (end - start == PAGE_SIZE)
		__asm__ volatile("sfence.vma %0, %1" : : "r"(start), "r"((u64)s->asid) : "memory");
	else
		__asm__ volatile("sfence.vma zero, %0" : : "r"((u64)s->asid) : "memory");
}

/* A thread that went to another CPU behind its fence is on one that is asked like the others. */
void arch_space_flush(struct arch_space *s, unsigned long start, unsigned long end)
{
	unsigned long flags = arch_local_irq_save();
	u64 others, self = cpumask_of(smp_processor_id());

	flush_here(s, start, end);
	arch_local_irq_restore(flags);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	others = READ_ONCE(s->ran) & cpus_online() & ~self;
	if (unlikely(others))
		flush_tlb_others(others, start, end);
}

void arch_space_forget_here(struct arch_space *s, unsigned long va)
{
	flush_here(s, va, va + PAGE_SIZE);
}

void arch_space_fini(struct arch_space *s)
{
	arch_space_flush(s, 0, ~0ul);
}

void arch_space_wrote_code(struct arch_space *s)
{
	u64 self = cpumask_of(smp_processor_id());

	__asm__ volatile("fence.i" : : : "memory");
	/* Who fetches from now on sees what was written. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (READ_ONCE(s->fetched) & ~self)
		__atomic_fetch_and(&s->fetched, self, __ATOMIC_SEQ_CST);
	if (unlikely(READ_ONCE(s->ran) & cpus_online() & ~self))
		flush_icache_all();
}
