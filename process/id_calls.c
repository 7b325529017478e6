/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about numbers: of processes, groups, sessions. Everybody is user and group 0. */
#include <kernel/errno.h>
#include <kernel/uaccess.h>
#include <process/syscalls.h>

#include "internal.h"

SYSCALL(getpid)
{
	return current_process()->pid;
}

/* Not locked: the number of whoever was the parent a moment ago. */
SYSCALL(getppid)
{
	const struct process *parent = READ_ONCE(current_process()->parent);

	return parent ? parent->pid : 0;
}

SYSCALL(gettid)
{
	return current_user()->tid;
}

SYSCALL(getuid)
{
	return 0;
}

SYSCALL(geteuid)
{
	return 0;
}

SYSCALL(getgid)
{
	return 0;
}

SYSCALL(getegid)
{
	return 0;
}

SYSCALL(getgroups)
{
	return (int)a0 < 0 ? -EINVAL : 0;
}

SYSCALL(setgroups)
{
	return 0;
}

/* Changes to the only user and group there are. */
static long only_root(unsigned long id)
{
	return (int)id == 0 || (int)id == -1 ? 0 : -EPERM;
}

SYSCALL(setuid)
{
	return only_root(a0);
}

SYSCALL(setgid)
{
	return only_root(a0);
}

SYSCALL(setresuid)
{
	long err = only_root(a0);

	if (!err)
		err = only_root(a1);
	return err ? err : only_root(a2);
}

SYSCALL(setresgid)
{
	return sys_setresuid(a0, a1, a2, a3, a4, a5);
}

static long three_zeros(uintptr_t a, uintptr_t b, uintptr_t c)
{
	return clear_user(a, 4) || clear_user(b, 4) || clear_user(c, 4) ? -EFAULT : 0;
}

SYSCALL(getresuid)
{
	return three_zeros(a0, a1, a2);
}

SYSCALL(getresgid)
{
	return three_zeros(a0, a1, a2);
}

/* [p] The process that a call names, 0 being the caller's. */
static struct process *named(unsigned long pid)
{
	return pid ? find_process((int)pid) : current_process();
}

SYSCALL(getpgid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	const struct process *p = named(a0);
	long result = p ? p->pgid : -ESRCH;

	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

SYSCALL(getsid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	const struct process *p = named(a0);
	long result = p ? p->sid : -ESRCH;

	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

/* [p] Is there such a group in the session? */
static bool has_group(int pgid, int sid)
{
	struct list_head *at;

	list_for_each(at, process_list()) {
		const struct process *p = list_entry(at, struct process, all);

		if (p->pgid == pgid && p->sid == sid)
			return true;
	}
	return false;
}

/* [p] */
static long set_group(struct process *p, int pgid)
{
	struct process *me = current_process();

	if (!p || (p != me && p->parent != me))
		return -ESRCH;
	if (p != me && p->sid != me->sid)
		return -EPERM;
	if (p != me && p->has_execed)
		return -EACCES;
	if (p->pid == p->sid || (pgid != p->pid && !has_group(pgid, me->sid)))
		return -EPERM;
	p->pgid = pgid;
	return 0;
}

SYSCALL(setpgid)
{
	unsigned long flags;
	struct process *p;
	long result;

	if ((int)a0 < 0 || (int)a1 < 0)
		return -EINVAL;
	flags = spin_lock_irqsave(&process_lock);
	p = named(a0);
	result = set_group(p, a1 || !p ? (int)a1 : p->pid);
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

SYSCALL(setsid)
{
	struct process *me = current_process();
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	long result = me->pid;

	list_for_each(at, process_list())
		if (list_entry(at, struct process, all)->pgid == me->pid)
			result = -EPERM;
	if (result > 0)
		me->sid = me->pgid = me->pid;
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}
