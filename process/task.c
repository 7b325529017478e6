/* SPDX-License-Identifier: BSD-2-Clause */
/* How threads of programs begin and end, and with the last of them their process. */
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/uaccess.h>
#include <fs/files.h>
#include <fs/path.h>
#include <fs/tty.h>
#include <process/syscalls.h>
#include <arch/irq.h>

#include "internal.h"

#define USER_STACK_BYTES	0	/* STACK_SHIFT decides */

void user_thread_enter(void)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);

	signal_recheck(current_user());
	spin_unlock_irqrestore(&process_lock, flags);
	arch_enter_user();
}

static void first_steps(void *unused)
{
	(void)unused;
	user_thread_enter();
}

int user_thread_begin(struct user_thread *u, thread_fn fn, void *arg, const struct pt_regs *regs)
{
	struct thread *t = thread_create(&(struct thread_params){
		.name = u->process->name, .fn = fn, .arg = arg, .priority = CONFIG_USER_PRIORITY,
		.stack_bytes = USER_STACK_BYTES, .frame = regs, .frame_bytes = sizeof(*regs),
		.user = u, .made = &u->thread,
	});

	if (!t)
		return -ENOMEM;
	thread_detach(t);
	return 0;
}

int user_thread_start(struct user_thread *u, const struct pt_regs *regs)
{
	return user_thread_begin(u, first_steps, NULL, regs);
}

void process_give_up(struct process *p)
{
	files_exit(p->files);
	place_put(p->place);
	if (p->space)
		space_put(p->space);
	if (p->actions)
		actions_put(p->actions);
	process_free(p);
}

void process_end_threads(struct process *p, int code)
{
	struct list_head *at;

	if (p->group_exits)
		return;
	p->group_exits = true;
	p->exit_code = code;
	p->state = PROCESS_ALIVE;
	list_for_each(at, &p->threads) {
		struct user_thread *u = list_entry(at, struct user_thread, mates);

		signal_recheck(u);
	}
}

int process_be_alone(struct process *p)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct user_thread *me = current_user();
	struct list_head *at;
	int err = 0;

	if (!is_to_end(me)) {
		p->alone = me;
		list_for_each(at, &p->threads) {
			struct user_thread *u = list_entry(at, struct user_thread, mates);

			if (u != me)
				signal_recheck(u);
		}
	}
	/* Whoever leaves last wakes this one. */
	while (p->nr_threads > 1 && !is_to_end(me)) {
		spin_unlock_irqrestore(&process_lock, flags);
		thread_block();
		flags = spin_lock_irqsave(&process_lock);
	}
	if (is_to_end(me))
		err = -EAGAIN;
	else
		user_thread_lead(me);
	if (p->alone == me)
		p->alone = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
	return err;
}

/* Children without a parent are init's, or the kernel's, which waits for nobody. [p] */
static void leave_children(struct process *p)
{
	while (!list_empty(&p->children)) {
		struct process *child = list_first_entry(&p->children, struct process, sibling);

		list_del(&child->sibling);
		INIT_LIST_HEAD(&child->sibling);
		child->parent = init_process && init_process != p ? init_process : NULL;
		if (!child->parent) {
			if (child->state == PROCESS_ZOMBIE)
				process_init_ended();
			continue;
		}
		list_add_tail(&child->sibling, &child->parent->children);
		if (child->state == PROCESS_ZOMBIE)
			tell_parent(child, CLD_EXITED);
	}
}

/* A parent that waits for vfork() goes on. [p] */
static void end_vfork(struct process *p)
{
	struct user_thread *waiter = p->vfork_waiter;

	p->vfork_waiter = NULL;
	if (!waiter)
		return;
	waiter->in_vfork = false;
	thread_wake(waiter->thread);
}

void process_released_parent(struct process *p)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);

	end_vfork(p);
	spin_unlock_irqrestore(&process_lock, flags);
}

static void tell_of_abnormal_end(const struct process *p)
{
	int sig = p->exit_code & 0x7f;

	if (!sig || sig == SIGINT || sig == SIGPIPE || sig == SIGTERM || sig == SIGKILL ||
	    sig == SIGHUP)
		return;
	pr_info("process %d (%s) was ended by signal %d\n", p->pid, p->name, sig);
}

/* The last thread of p has left: all goes but what the parent asks for. */
static void end_process(struct process *p)
{
	struct files *files = p->files;
	struct fs_place *place = p->place;
	struct address_space *space = p->space;
	unsigned long flags = spin_lock_irqsave(&process_lock);

	/* Whoever looks at it finds nothing that is about to go. */
	p->files = NULL;
	p->place = NULL;
	p->space = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
	alarm_end(p);
	program_timers_end(p);
	files_exit(files);
	place_put(place);
	space_put(space);
	if (p->pid == p->sid)
		tty_session_ended(p->sid);
	tell_of_abnormal_end(p);
	actions_put(p->actions);
	flags = spin_lock_irqsave(&process_lock);
	p->actions = NULL;
	leave_children(p);
	end_vfork(p);
	if (p == init_process)
		init_process = NULL;
	p->state = PROCESS_ZOMBIE;
	tell_parent(p, p->exit_code & 0x7f ? CLD_KILLED : CLD_EXITED);
	if (!p->parent)
		process_init_ended();
	spin_unlock_irqrestore(&process_lock, flags);
}

/* From here on the thread is one of the kernel's. */
static void leave_program(struct thread *t)
{
	arch_local_irq_disable();
	arch_space_load(NULL);
	t->name = "ended";
	t->user = NULL;
	t->interrupted = false;
	arch_local_irq_enable();
}

void user_thread_exit(void)
{
	struct thread *t = current_thread();
	struct user_thread *u = t->user;
	struct process *p = u->process;
	u32 none = 0;

	if (u->clear_tid && p->nr_threads > 1 &&
	    !copy_to_user(u->clear_tid, &none, sizeof(none)))
		futex_wake_address(u->clear_tid, 1);
	leave_program(t);
	if (user_thread_leave(u))
		end_process(p);
	thread_exit(0);
}

void process_exit(int code)
{
	struct process *p = current_process();
	unsigned long flags = spin_lock_irqsave(&process_lock);

	process_end_threads(p, code);
	spin_unlock_irqrestore(&process_lock, flags);
	user_thread_exit();
}

SYSCALL(exit)
{
	struct process *p = current_process();
	unsigned long flags = spin_lock_irqsave(&process_lock);

	if (!p->group_exits && p->nr_threads == 1)
		p->exit_code = (int)(a0 & 0xff) << 8;
	spin_unlock_irqrestore(&process_lock, flags);
	user_thread_exit();
}

SYSCALL(exit_group)
{
	process_exit((int)(a0 & 0xff) << 8);
}
