/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of children: wait4() and SIGCHLD. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <process/syscalls.h>

#include "internal.h"

#define WNOHANG		1u
#define WUNTRACED	2u
#define WEXITED		4u
#define WCONTINUED	8u

struct wanted {
	int pid;			/* as wait4() says it */
	unsigned int options;
	/* What was found. */
	struct process *ended;		/* to be freed */
	int found;			/* a number; 0: nothing yet */
	int status;
	u64 ticks;
};

void tell_parent(struct process *p, int why)
{
	struct process *parent = p->parent;
	const struct signal_action *action;
	bool told = p->exit_signal == SIGCHLD || why == CLD_STOPPED || why == CLD_CONTINUED;

	if (!parent || !parent->actions)
		return;
	action = signal_action_of(parent, SIGCHLD);
	if (!((why == CLD_STOPPED || why == CLD_CONTINUED) && action->flags & SA_NOCLDSTOP) && told)
		signal_process_locked(parent, SIGCHLD);
	wake_up_all(&parent->children_wait);
}

static bool is_wanted(const struct process *p, const struct wanted *w, int pgid)
{
	if (w->pid > 0)
		return p->pid == w->pid;
	return w->pid == -1 || p->pgid == (w->pid ? -w->pid : pgid);
}

/* Does it have anything to tell? [p] */
static bool look(struct process *p, struct wanted *w)
{
	if (p->state == PROCESS_ZOMBIE) {
		w->ended = p;
		w->status = p->exit_code;
	} else if (p->stop_signal && w->options & WUNTRACED) {
		w->status = p->stop_signal << 8 | 0x7f;
		p->stop_signal = 0;
	} else if (p->continued && w->options & WCONTINUED) {
		w->status = 0xffff;
		p->continued = false;
	} else {
		return false;
	}
	w->found = p->pid;
	return true;
}

/* 0, or -ECHILD: there is none that could ever be found. */
static int look_at_children(struct process *parent, struct wanted *w)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	int err = -ECHILD;

	list_for_each(at, &parent->children) {
		struct process *p = list_entry(at, struct process, sibling);

		if (!is_wanted(p, w, parent->pgid))
			continue;
		err = 0;
		if (look(p, w))
			break;
	}
	if (w->ended) {
		w->ticks = w->ended->user_ticks + w->ended->children_ticks;
		parent->children_ticks += w->ticks;
		/* No other thread finds it now. */
		list_del(&w->ended->sibling);
		INIT_LIST_HEAD(&w->ended->sibling);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return err;
}

/* Is the wait over? *err says how, if nothing was found. */
static bool is_over(struct process *parent, struct wanted *w, int *err)
{
	/* Asked again: what was found is no child any more. */
	*err = w->found ? 0 : look_at_children(parent, w);
	return *err || w->found || w->options & WNOHANG;
}

static int wait_for_child(struct process *parent, struct wanted *w)
{
	int err, left = wait_event_interruptible(&parent->children_wait, is_over(parent, w, &err));

	return left ? left : err;
}

struct timeval64 {
	s64 seconds, microseconds;
};

struct rusage64 {
	struct timeval64 user, kernel;
	s64 rest[14];
};

SYSCALL(wait4)
{
	struct wanted w = { .pid = (int)a0, .options = (unsigned int)a2 };
	struct process *me = current_process();
	u64 us;
	int err;

	if (w.options & ~(WNOHANG | WUNTRACED | WCONTINUED | 0xe0000000u))
		return -EINVAL;
	err = wait_for_child(me, &w);
	if (err || !w.found)
		return err;
	if (w.ended)
		process_free(w.ended);
	if (a1 && copy_to_user(a1, &w.status, sizeof(w.status)))
		return -EFAULT;
	us = w.ticks * 1000000 / timebase_hz;
	if (a3) {
		struct rusage64 usage = { .user = { (s64)(us / 1000000), (s64)(us % 1000000) } };

		if (copy_to_user(a3, &usage, sizeof(usage)))
			return -EFAULT;
	}
	return w.found;
}
