/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about signals. */
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <process/syscalls.h>

#include "internal.h"

#define SIGSET_BYTES	8

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

struct user_action {
	u64 handler, flags, mask;
};

SYSCALL(rt_sigaction)
{
	struct process *p = current_process();
	struct user_action new, old;
	const struct signal_action *action;
	unsigned long flags;
	int sig = (int)a0;

	if (sig < 1 || sig > NSIG || a3 != SIGSET_BYTES)
		return -EINVAL;
	if (a1 && (SIGNAL_BIT(sig) & NEVER_BLOCKED))
		return -EINVAL;
	if (a1 && copy_from_user(&new, a1, sizeof(new)))
		return -EFAULT;
	flags = spin_lock_irqsave(&process_lock);
	action = signal_action_of(p, sig);
	old = (struct user_action){ action->handler, action->flags, action->mask };
	if (a1) {
		p->actions->set |= SIGNAL_BIT(sig);
		p->actions->of[sig - 1] = (struct signal_action){
			new.handler, new.flags, 0, new.mask & ~NEVER_BLOCKED
		};
		if (new.handler == SIG_IGN)
			p->pending &= ~SIGNAL_BIT(sig);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return a2 && copy_to_user(a2, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL(rt_sigprocmask)
{
	struct user_thread *u = current_user();
	u64 set, old = u->blocked;
	unsigned long flags;

	if (a3 != SIGSET_BYTES)
		return -EINVAL;
	if (a1) {
		if (copy_from_user(&set, a1, sizeof(set)))
			return -EFAULT;
		if (a0 > SIG_SETMASK)
			return -EINVAL;
		set = a0 == SIG_BLOCK ? old | set : a0 == SIG_UNBLOCK ? old & ~set : set;
		flags = spin_lock_irqsave(&process_lock);
		u->blocked = set & ~NEVER_BLOCKED;
		if ((u->pending | u->process->pending) & ~u->blocked)
			signal_recheck(u);
		spin_unlock_irqrestore(&process_lock, flags);
	}
	return a2 && copy_to_user(a2, &old, sizeof(old)) ? -EFAULT : 0;
}

SYSCALL(rt_sigpending)
{
	struct user_thread *u = current_user();
	u64 set = (u->pending | u->process->pending) & u->blocked;

	if (a1 > SIGSET_BYTES)
		return -EINVAL;
	return copy_to_user(a0, &set, sizeof(set)) ? -EFAULT : 0;
}

/* Other signals are kept back until one of them has come and its handler has run. */
static int swap_blocked(u64 set)
{
	struct user_thread *u = current_user();
	unsigned long flags = spin_lock_irqsave(&process_lock);

	u->saved_blocked = u->blocked;
	u->restore_blocked = true;
	u->blocked = set & ~NEVER_BLOCKED;
	if ((u->pending | u->process->pending) & ~u->blocked)
		signal_recheck(u);
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

int signal_mask_for_wait(uintptr_t set, size_t bytes)
{
	u64 mask;

	if (!set)
		return 0;
	if (bytes != SIGSET_BYTES)
		return -EINVAL;
	return copy_from_user(&mask, set, sizeof(mask)) ? -EFAULT : swap_blocked(mask);
}

void signal_mask_after_wait(bool interrupted)
{
	struct user_thread *u = current_user();
	unsigned long flags = spin_lock_irqsave(&process_lock);

	if (u->restore_blocked && !interrupted) {
		u->blocked = u->saved_blocked;
		u->restore_blocked = false;
	}
	spin_unlock_irqrestore(&process_lock, flags);
}

SYSCALL(rt_sigsuspend)
{
	int err = a0 ? signal_mask_for_wait(a0, a1) : -EFAULT;

	if (err)
		return err;
	while (!thread_interrupted())
		thread_block();
	return -EINTR;
}

/* ---- a signal that is taken without a handler ---- */

/* The first of a set that has come; 0: none has. [p] */
static int take_one_of(struct user_thread *u, u64 set, struct signal_info *info)
{
	u64 ready = (u->pending | u->process->pending) & set;
	int sig = ready ? (int)ctz64(ready) + 1 : 0;

	if (sig) {
		u->pending &= ~SIGNAL_BIT(sig);
		u->process->pending &= ~SIGNAL_BIT(sig);
		*info = (struct signal_info){ .sig = sig };
		if (u->process->timers)
			program_timers_taken(u, info);
	}
	return sig;
}

/* The signal, -EAGAIN: none has come; -EINTR: another one has, or the process stands still. [p] */
static int look_for(struct user_thread *u, u64 set, bool over, struct signal_info *info)
{
	int sig = take_one_of(u, set, info);

	if (sig)
		return sig;
	if ((u->pending | u->process->pending) & ~u->blocked || is_to_end(u) ||
	    u->process->state == PROCESS_STOPPED)
		return -EINTR;
	/* What it was called in for is gone. */
	WRITE_ONCE(u->thread->interrupted, false);
	return over ? -EAGAIN : 0;
}

/* us: WAIT_FOREVER, or at most so long. */
static int wait_for_one_of(u64 set, u64 us, struct signal_info *info)
{
	struct user_thread *u = current_user();
	struct wake_timer timer;
	unsigned long flags;
	int found;

	if (us != WAIT_FOREVER)
		wake_timer_start(&timer, us);
	for (;;) {
		bool over = !us || (us != WAIT_FOREVER && wake_timer_over(&timer));

		flags = spin_lock_irqsave(&process_lock);
		u->awaited = set;
		found = look_for(u, set, over, info);
		if (found)
			u->awaited = 0;
		spin_unlock_irqrestore(&process_lock, flags);
		if (found)
			break;
		thread_block();
	}
	if (us != WAIT_FOREVER)
		wake_timer_stop(&timer);
	return found;
}

struct taken_info {
	s32 sig, error, code, pad;
	s32 timer, overrun;
	u64 value;
	s32 rest[24];
};

SYSCALL(rt_sigtimedwait)
{
	struct taken_info info = { .sig = 0 };
	struct signal_info taken = { .sig = 0 };
	u64 set, us = WAIT_FOREVER;
	s64 t[2];
	int sig;

	if (a3 != SIGSET_BYTES)
		return -EINVAL;
	if (copy_from_user(&set, a0, sizeof(set)) || (a2 && copy_from_user(t, a2, sizeof(t))))
		return -EFAULT;
	if (a2) {
		if (t[0] < 0 || t[1] < 0 || t[1] >= 1000000000)
			return -EINVAL;
		us = (u64)min(t[0], (s64)1000000000) * 1000000 + (u64)(t[1] + 999) / 1000;
	}
	sig = wait_for_one_of(set & ~NEVER_BLOCKED, us, &taken);
	info.sig = sig;
	info.code = taken.code;
	info.timer = taken.pid;
	info.overrun = (s32)taken.overrun;
	info.value = taken.value;
	return sig > 0 && a1 && copy_to_user(a1, &info, sizeof(info)) ? -EFAULT : sig;
}

static bool is_another(const struct process *p, int unused)
{
	(void)unused;
	return p != current_process() && p != init_process;
}

SYSCALL(kill)
{
	int pid = (int)a0, sig = (int)a1;

	if (sig < 0 || sig > NSIG)
		return -EINVAL;
	if (pid > 0)
		return process_signal(pid, sig);
	if (pid != -1)
		return process_signal_group(pid ? -pid : current_process()->pgid, sig);
	return process_signal_each(is_another, 0, sig);
}

static long signal_thread(int tgid, int tid, int sig)
{
	unsigned long flags;
	struct user_thread *u;

	if (tid <= 0 || sig < 0 || sig > NSIG)
		return -EINVAL;
	flags = spin_lock_irqsave(&process_lock);
	u = find_user_thread(tid);
	if (u && tgid > 0 && u->process->pid != tgid)
		u = NULL;
	if (u && sig)
		signal_thread_locked(u, sig);
	spin_unlock_irqrestore(&process_lock, flags);
	return u ? 0 : -ESRCH;
}

SYSCALL(tkill)
{
	return signal_thread(0, (int)a0, (int)a1);
}

SYSCALL(tgkill)
{
	return (int)a0 <= 0 ? -EINVAL : signal_thread((int)a0, (int)a1, (int)a2);
}
