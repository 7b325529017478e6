/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: who gets one, and what it does before the thread goes back to its program. */
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/wait_event.h>
#include <mm/slab.h>
#include <arch/irq.h>
#include <arch/smp.h>
#include <asm/csr.h>

#include "internal.h"

#define IGNORED_BY_DEFAULT	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGURG) | SIGNAL_BIT(SIGWINCH) | \
				 SIGNAL_BIT(SIGCONT))
#define STOPS			(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
				 SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
/* The call was broken off; it is made again, or is EINTR. */
#define WANTS_RESTART		(-ERESTARTSYS)

/* [f] */
static DEFINE_KMEM_CACHE(actions_cache, "signal_actions", sizeof(struct signal_actions), 0, 0);

struct signal_actions *actions_new(const struct signal_actions *from)
{
	struct signal_actions *a = kmem_cache_alloc(&actions_cache, GFP_KERNEL | __GFP_NOWARN);

	if (!a)
		return NULL;
	a->users = 1;
	a->set = from ? from->set : 0;
	for (u64 left = a->set; left; left &= left - 1)
		a->of[ctz64(left)] = from->of[ctz64(left)];
	return a;
}

void actions_put(struct signal_actions *a)
{
	if (__atomic_fetch_sub(&a->users, 1, __ATOMIC_ACQ_REL) == 1)
		kmem_cache_free(&actions_cache, a);
}

void actions_exec(struct signal_actions *a)
{
	for (u64 left = a->set; left; left &= left - 1)
		if (a->of[ctz64(left)].handler != SIG_IGN)
			a->set &= ~(left & -left);
}

static bool is_ignored(const struct process *p, int sig)
{
	uintptr_t handler = signal_action_of(p, sig)->handler;

	return handler == SIG_IGN ||
	       (handler == SIG_DFL && IGNORED_BY_DEFAULT & SIGNAL_BIT(sig));
}

/* What does not even call the thread in. [p] */
static u64 signals_kept(const struct user_thread *u)
{
	return u->blocked & ~u->awaited;
}

/* Out of a wait, or out of its program if that runs on another CPU. */
static void call_in(struct thread *t)
{
	unsigned int cpu;

	thread_wake(t);
	/* It may stop or move meanwhile, and then looks anyway. */
	cpu = READ_ONCE(t->cpu);
	if (IS_ENABLED(CONFIG_SMP) && READ_ONCE(t->state) == THREAD_RUNNING &&
	    cpu != smp_processor_id())
		arch_send_ipi(cpumask_of(cpu));
}

void signal_recheck(struct user_thread *u)
{
	struct process *p = u->process;

	if (!is_to_end(u) && p->state != PROCESS_STOPPED &&
	    !((u->pending | p->pending) & ~signals_kept(u)))
		return;
	/* It is being made, and looks itself before it enters its program. */
	if (unlikely(!u->thread))
		return;
	WRITE_ONCE(u->thread->interrupted, true);
	/* Who signals itself looks before it goes back to its program. */
	if (u->thread != current_thread() || current_cpu()->in_interrupt)
		call_in(u->thread);
}

/* A stop takes what would go on away, and the other way round. */
static __noinline void stop_or_go_on(struct process *p, int sig)
{
	struct list_head *at;
	u64 gone = SIGNAL_BIT(sig) & STOPS ? SIGNAL_BIT(SIGCONT) : sig == SIGCONT ? STOPS : 0;

	p->pending &= ~gone;
	list_for_each(at, &p->threads)
		list_entry(at, struct user_thread, mates)->pending &= ~gone;
	if ((sig != SIGCONT && sig != SIGKILL) || p->state != PROCESS_STOPPED)
		return;
	p->state = PROCESS_ALIVE;
	p->stop_signal = 0;
	if (sig == SIGCONT) {
		p->continued = true;
		tell_parent(p, CLD_CONTINUED);
	}
	list_for_each(at, &p->threads) {
		const struct user_thread *u = list_entry(at, struct user_thread, mates);

		if (u->thread)
			thread_wake(u->thread);
	}
}

static void settle_job_control(struct process *p, int sig)
{
	if (unlikely(SIGNAL_BIT(sig) & (STOPS | SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGKILL))))
		stop_or_go_on(p, sig);
}

void signal_process_locked(struct process *p, int sig)
{
	struct user_thread *best = NULL;
	struct list_head *at;

	if (p->state == PROCESS_ZOMBIE || !p->actions || list_empty(&p->threads))
		return;
	settle_job_control(p, sig);
	/* init gets nothing that it does not catch. */
	if (p == init_process && signal_action_of(p, sig)->handler == SIG_DFL && p->pid != p->sid)
		return;
	list_for_each(at, &p->threads) {
		struct user_thread *u = list_entry(at, struct user_thread, mates);

		if (!best || signals_kept(best) & SIGNAL_BIT(sig))
			best = u;
	}
	if (is_ignored(p, sig) && !((best->blocked | best->awaited) & SIGNAL_BIT(sig)))
		return;
	p->pending |= SIGNAL_BIT(sig);
	signal_recheck(best);
}

void signal_thread_locked(struct user_thread *u, int sig)
{
	settle_job_control(u->process, sig);
	if (is_ignored(u->process, sig) && !((u->blocked | u->awaited) & SIGNAL_BIT(sig)))
		return;
	u->pending |= SIGNAL_BIT(sig);
	signal_recheck(u);
}

int process_signal(int pid, int sig)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *p = find_process(pid);
	int err = p ? 0 : -ESRCH;

	if (p && sig)
		signal_process_locked(p, sig);
	spin_unlock_irqrestore(&process_lock, flags);
	return err;
}

int process_signal_each(bool (*wanted)(const struct process *p, int ctx), int ctx, int sig)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	int err = -ESRCH;

	list_for_each(at, process_list()) {
		struct process *p = list_entry(at, struct process, all);

		if (!wanted(p, ctx))
			continue;
		err = 0;
		if (sig)
			signal_process_locked(p, sig);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return err;
}

static bool in_group(const struct process *p, int pgid)
{
	return p->pgid == pgid;
}

int process_signal_group(int pgid, int sig)
{
	return process_signal_each(in_group, pgid, sig);
}

void process_signal_self(int sig)
{
	if (current_process())
		(void)process_signal(current_process()->pid, sig);
}

bool signal_pending(void)
{
	return current_user() && READ_ONCE(current_thread()->interrupted);
}

bool signal_is_ignored_or_blocked(int sig)
{
	struct user_thread *u = current_user();
	unsigned long flags;
	bool result;

	if (!u)
		return true;
	flags = spin_lock_irqsave(&process_lock);
	result = u->blocked & SIGNAL_BIT(sig) ||
		 signal_action_of(u->process, sig)->handler == SIG_IGN;
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

/* ---- what a fault becomes ---- */

void user_fault_signal(int sig, int code, uintptr_t address)
{
	struct user_thread *u = current_user();
	unsigned long flags = spin_lock_irqsave(&process_lock);

	/* It cannot wait: a program that keeps it back is ended by it. */
	if (u->blocked & SIGNAL_BIT(sig) ||
	    signal_action_of(u->process, sig)->handler == SIG_IGN) {
		u->blocked &= ~SIGNAL_BIT(sig);
		u->process->actions->set &= ~SIGNAL_BIT(sig);
	}
	u->fault_signal = sig;
	u->fault_code = code;
	u->fault_address = address;
	u->pending |= SIGNAL_BIT(sig);
	WRITE_ONCE(u->thread->interrupted, true);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* Other processes have the memory: this one ends, and the machine goes on. */
static void end_without_memory(uintptr_t address)
{
	const struct process *p = current_process();

	pr_warn("process %d (%s) is ended: there is no memory for its page at 0x%lx. Run fewer "
		"programs, or give the machine more RAM\n", p->pid, p->name,
		(unsigned long)address);
	user_fault_signal(SIGKILL, SI_KERNEL, address);
}

void user_memory_fault(uintptr_t address, int err)
{
	if (err == -ENXIO)
		user_fault_signal(SIGBUS, BUS_ADRERR, address);
	else if (err == -ENOMEM)
		end_without_memory(address);
	else
		user_fault_signal(SIGSEGV, err == -EACCES ? SEGV_ACCERR : SEGV_MAPERR, address);
}

/* ---- before the thread goes back ---- */

/* The next signal to act on, faults first; 0: none. [p] */
static int take_signal(struct user_thread *u, struct signal_info *info)
{
	u64 ready = (u->pending | u->process->pending) & ~u->blocked;
	u64 first = u->fault_signal ? SIGNAL_BIT(u->fault_signal) & ready : 0;

	if (!ready)
		return 0;
	if (ready & SIGNAL_BIT(SIGKILL))
		first = SIGNAL_BIT(SIGKILL);
	*info = (struct signal_info){ .sig = (int)ctz64(first ? first : ready) + 1 };
	if (info->sig == u->fault_signal) {
		info->code = u->fault_code;
		info->address = u->fault_address;
		u->fault_signal = 0;
	}
	u->pending &= ~SIGNAL_BIT(info->sig);
	u->process->pending &= ~SIGNAL_BIT(info->sig);
	if (unlikely(u->process->timers) && !info->code)
		program_timers_taken(u, info);
	return info->sig;
}

/* Every thread of the process waits until it is continued. [p] is held, released and taken. */
static unsigned long stop(struct user_thread *u, int sig, unsigned long flags)
{
	struct process *p = u->process;

	if (sig) {
		struct list_head *at;

		p->state = PROCESS_STOPPED;
		p->stop_signal = sig;
		p->continued = false;
		tell_parent(p, CLD_STOPPED);
		list_for_each(at, &p->threads)
			signal_recheck(list_entry(at, struct user_thread, mates));
	}
	while (p->state == PROCESS_STOPPED && !is_to_end(u)) {
		spin_unlock_irqrestore(&process_lock, flags);
		thread_block();
		flags = spin_lock_irqsave(&process_lock);
	}
	return flags;
}

/* A call that was broken off is made again, unless a handler comes in between that does not want
 * it. */
static void settle_restart(struct pt_regs *regs, const struct signal_action *action)
{
	if (regs->cause != CAUSE_IS_CALL || (long)regs->a0 != WANTS_RESTART)
		return;
	regs->cause = CAUSE_CALL_OVER;
	if (action && !(action->flags & SA_RESTART)) {
		regs->a0 = (unsigned long)-EINTR;
		return;
	}
	regs->a0 = regs->badaddr;
	regs->epc -= 4;
}

/* What is kept back while the handler runs; returns what was. [p] */
static u64 block_for_handler(struct user_thread *u, const struct signal_action *action, int sig)
{
	u64 before = u->restore_blocked ? u->saved_blocked : u->blocked;

	u->restore_blocked = false;
	u->blocked |= action->mask;
	if (!(action->flags & SA_NODEFER))
		u->blocked |= SIGNAL_BIT(sig);
	u->blocked &= ~NEVER_BLOCKED;
	if (action->flags & SA_RESETHAND)
		u->process->actions->of[sig - 1].handler = SIG_DFL;
	return before;
}

static void handle(struct pt_regs *regs, struct user_thread *u, const struct signal_action *action,
		   const struct signal_info *info, u64 blocked)
{
	unsigned long flags;

	settle_restart(regs, action);
	if (!signal_frame_push(regs, action, info, blocked))
		return;
	flags = spin_lock_irqsave(&process_lock);
	process_end_threads(u->process, SIGSEGV);
	spin_unlock_irqrestore(&process_lock, flags);
}

static bool has_more(const struct user_thread *u)
{
	return (u->pending | u->process->pending) & ~u->blocked ||
	       is_to_end(u) || u->process->state == PROCESS_STOPPED;
}

/* True: another look is due. */
static bool act(struct pt_regs *regs, struct user_thread *u)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *p = u->process;
	struct signal_action action;
	struct signal_info info;
	bool more = true;
	u64 blocked;
	int sig;

	WRITE_ONCE(u->thread->interrupted, false);
	if (p->state == PROCESS_STOPPED)
		flags = stop(u, 0, flags);
	if (is_to_end(u)) {
		spin_unlock_irqrestore(&process_lock, flags);
		user_thread_exit();
	}
	sig = take_signal(u, &info);
	if (!sig) {
		if (u->restore_blocked)
			u->blocked = u->saved_blocked;
		u->restore_blocked = more = false;
	} else {
		action = *signal_action_of(p, sig);
		if (action.handler > SIG_IGN) {
			blocked = block_for_handler(u, &action, sig);
			more = has_more(u);
			spin_unlock_irqrestore(&process_lock, flags);
			handle(regs, u, &action, &info, blocked);
			return more;
		}
		if (action.handler == SIG_IGN || IGNORED_BY_DEFAULT & SIGNAL_BIT(sig))
			more = true;
		else if (STOPS & SIGNAL_BIT(sig))
			flags = stop(u, sig, flags);
		else
			process_end_threads(p, sig);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return more;
}

void user_work(struct pt_regs *regs)
{
	struct user_thread *u = current_user();

	arch_local_irq_enable();
	do {
		while (act(regs, u))
			;
		settle_restart(regs, NULL);
		arch_local_irq_disable();
		if (!READ_ONCE(u->thread->interrupted))
			return;
		arch_local_irq_enable();
	} while (true);
}
