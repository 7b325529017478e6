/* SPDX-License-Identifier: BSD-2-Clause */
/* clone(): fork, vfork, and threads. */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <fs/files.h>
#include <fs/path.h>
#include <process/syscalls.h>

#include "internal.h"

#define CLONE_VM		0x00000100ul
#define CLONE_FS		0x00000200ul
#define CLONE_FILES		0x00000400ul
#define CLONE_SIGHAND		0x00000800ul
#define CLONE_VFORK		0x00004000ul
#define CLONE_THREAD		0x00010000ul
#define CLONE_SETTLS		0x00080000ul
#define CLONE_PARENT_SETTID	0x00100000ul
#define CLONE_CHILD_CLEARTID	0x00200000ul
#define CLONE_CHILD_SETTID	0x01000000ul
#define CLONE_UNKNOWN		0x7e020000ul	/* namespaces, io */
#define CLONE_SIGNAL		0xfful

struct request {
	unsigned long flags, stack, parent_tid, tls, child_tid;
};

static void inherit(struct process *child, const struct process *parent)
{
	child->pgid = parent->pgid;
	child->sid = parent->sid;
	memcpy(child->name, parent->name, sizeof(child->name));
	memcpy(child->limits, parent->limits, sizeof(child->limits));
	child->arguments_start = parent->arguments_start;
	child->arguments_end = parent->arguments_end;
	child->environment_start = parent->environment_start;
	child->environment_end = parent->environment_end;
}

/* 0; -EAGAIN: there are as many processes as there may be; -ENOMEM. */
static int copy_process(struct process *parent, const struct request *q, struct process **copy)
{
	struct process *child = process_new(parent);

	if (!child)
		return -EAGAIN;
	inherit(child, parent);
	child->exit_signal = (int)(q->flags & CLONE_SIGNAL);
	child->files = q->flags & CLONE_FILES ? files_share(parent->files) :
						files_fork(parent->files);
	child->place = q->flags & CLONE_FS ? place_share(parent->place) :
					     place_fork(parent->place);
	child->actions = actions_new(parent->actions);
	if (q->flags & CLONE_VM) {
		space_get(parent->space);
		child->space = parent->space;
	} else {
		child->space = space_fork(parent->space);
	}
	if (child->files && child->place && child->actions && child->space) {
		*copy = child;
		return 0;
	}
	process_give_up(child);
	return -ENOMEM;
}

/* The registers, mask and numbers of the thread that is to begin. */
static int prepare_thread(struct user_thread *u, const struct request *q, struct pt_regs *regs)
{
	const struct user_thread *me = current_user();

	*regs = *user_regs();
	regs->a0 = 0;
	regs->cause = CAUSE_CALL_OVER;
	if (q->stack)
		regs->sp = q->stack;
	if (q->flags & CLONE_SETTLS)
		regs->tp = q->tls;
	if (me->arch.fp_used)
		arch_fp_keep(current_thread());
	if (me->arch.fp_used) {
		u->arch = me->arch;
		u->arch.fp_cpu = ~0u;
	}
	u->blocked = me->blocked;
	if (q->flags & CLONE_CHILD_CLEARTID)
		u->clear_tid = q->child_tid;
	if (!(q->flags & CLONE_THREAD)) {
		u->alternate_stack = me->alternate_stack;
		u->alternate_bytes = q->flags & CLONE_VM ? 0 : me->alternate_bytes;
	}
	if (q->flags & CLONE_PARENT_SETTID && copy_to_user(q->parent_tid, &u->tid, sizeof(u->tid)))
		return -EFAULT;
	return 0;
}

/* The child's number goes into its own memory, which only the child sees. */
static int set_child_tid(struct process *child, const struct user_thread *u,
			 const struct request *q)
{
	int tid = u->tid;

	if (!(q->flags & CLONE_CHILD_SETTID))
		return 0;
	if (child->space == current_process()->space)
		return copy_to_user(q->child_tid, &tid, sizeof(tid)) ? -EFAULT : 0;
	return space_write(child->space, q->child_tid, &tid, sizeof(tid));
}

static void publish(struct process *child)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);

	list_add_tail(&child->all, process_list());
	list_add_tail(&child->sibling, &child->parent->children);
	spin_unlock_irqrestore(&process_lock, flags);
}

static void wait_for_vfork(struct user_thread *me)
{
	while (READ_ONCE(me->in_vfork))
		thread_block();
}

static long make_process(const struct request *q)
{
	struct process *child = NULL;
	struct user_thread *u = NULL;
	struct pt_regs regs;
	int err = copy_process(current_process(), q, &child), pid;

	if (!err) {
		u = user_thread_new(child);
		err = u ? prepare_thread(u, q, &regs) : -EAGAIN;
	}
	if (!err)
		err = set_child_tid(child, u, q);
	if (!err) {
		pid = child->pid;
		if (q->flags & CLONE_VFORK) {
			current_user()->in_vfork = true;
			child->vfork_waiter = current_user();
		}
		publish(child);
		err = user_thread_start(u, &regs);
	}
	if (err) {
		current_user()->in_vfork = false;
		if (u)
			(void)user_thread_leave(u);
		if (child)
			process_give_up(child);
		return err;
	}
	if (q->flags & CLONE_VFORK)
		wait_for_vfork(current_user());
	return pid;
}

static long make_thread(const struct request *q)
{
	struct process *p = current_process();
	struct user_thread *u;
	struct pt_regs regs;
	int err, tid;

	if (!(q->flags & CLONE_SIGHAND) || !(q->flags & CLONE_VM))
		return -EINVAL;
	u = user_thread_new(p);
	if (!u)
		return -EAGAIN;
	tid = u->tid;
	err = prepare_thread(u, q, &regs);
	if (!err)
		err = set_child_tid(p, u, q);
	if (!err)
		err = user_thread_start(u, &regs);
	if (!err)
		return tid;
	(void)user_thread_leave(u);
	return err;
}

SYSCALL(clone)
{
	const struct request q = { a0, a1, a2, a3, a4 };

	if (q.flags & CLONE_UNKNOWN)
		return -EINVAL;
	if (q.flags & CLONE_SIGHAND && !(q.flags & CLONE_VM))
		return -EINVAL;
	return q.flags & CLONE_THREAD ? make_thread(&q) : make_process(&q);
}

SYSCALL(set_tid_address)
{
	current_user()->clear_tid = a0;
	return current_user()->tid;
}
