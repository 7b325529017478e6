/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which processes and threads there are, by number: the numbers go round, so that one is not used
 * again at once.
 */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <mm/slab.h>

#include "internal.h"

DEFINE_SPINLOCK(process_lock, LOCK_PROCESS);
struct process *init_process;						/* [p] */
static struct list_head all_processes = LIST_HEAD_INIT(all_processes);	/* [p] */
static struct task_slot tasks[CONFIG_MAX_PROCESSES];			/* [p] */
static int last_number;							/* [p] */

/* [f] both */
static DEFINE_KMEM_CACHE(process_cache, "process", sizeof(struct process), 0, 0);
static DEFINE_KMEM_CACHE(user_thread_cache, "user_thread", sizeof(struct user_thread), 0, 0);

struct list_head *process_list(void)
{
	return &all_processes;
}

int for_each_process(int (*fn)(struct process *p, void *ctx), void *ctx)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	int result = 0;

	list_for_each(at, &all_processes) {
		result = fn(list_entry(at, struct process, all), ctx);
		if (result)
			break;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

struct process *find_process(int pid)
{
	return pid > 0 && pid < CONFIG_MAX_PROCESSES ? tasks[pid].process : NULL;
}

struct user_thread *find_user_thread(int tid)
{
	return tid > 0 && tid < CONFIG_MAX_PROCESSES ? tasks[tid].thread : NULL;
}

/* A number that nobody has, not even as a group or a session. [p] */
static int take_number(void)
{
	for (int tries = 1; tries < CONFIG_MAX_PROCESSES; tries++) {
		int number = (last_number + tries - 1) % (CONFIG_MAX_PROCESSES - 1) + 1;

		if (tasks[number].process || tasks[number].thread)
			continue;
		last_number = number;
		return number;
	}
	return -EAGAIN;
}

struct process *process_new(struct process *parent)
{
	struct process *p = kmem_cache_alloc(&process_cache, GFP_KERNEL | __GFP_NOWARN);
	unsigned long flags;

	if (!p)
		return NULL;
	memset(p, 0, offsetof(struct process, limits));
	INIT_LIST_HEAD(&p->children);
	INIT_LIST_HEAD(&p->sibling);
	INIT_LIST_HEAD(&p->threads);
	INIT_LIST_HEAD(&p->all);
	wait_queue_init(&p->children_wait);
	p->start_us = time_us();
	p->parent = parent;
	flags = spin_lock_irqsave(&process_lock);
	p->pid = take_number();
	if (p->pid > 0)
		tasks[p->pid].process = p;
	spin_unlock_irqrestore(&process_lock, flags);
	if (p->pid > 0)
		return p;
	kmem_cache_free(&process_cache, p);
	return NULL;
}

void process_free(struct process *p)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);

	tasks[p->pid].process = NULL;
	list_del(&p->all);
	list_del(&p->sibling);
	spin_unlock_irqrestore(&process_lock, flags);
	kmem_cache_free(&process_cache, p);
}

struct user_thread *user_thread_new(struct process *p)
{
	struct user_thread *u = kmem_cache_zalloc(&user_thread_cache, GFP_KERNEL | __GFP_NOWARN);
	unsigned long flags;

	if (!u)
		return NULL;
	u->process = p;
	INIT_LIST_HEAD(&u->mates);
	flags = spin_lock_irqsave(&process_lock);
	u->tid = p->alone ? -EAGAIN : !p->nr_threads ? p->pid : take_number();
	if (u->tid > 0) {
		tasks[u->tid].thread = u;
		list_add_tail(&u->mates, &p->threads);
		p->nr_threads++;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	if (u->tid > 0)
		return u;
	kmem_cache_free(&user_thread_cache, u);
	return NULL;
}

bool user_thread_leave(struct user_thread *u)
{
	struct process *p = u->process;
	unsigned long flags = spin_lock_irqsave(&process_lock);
	bool last = !--p->nr_threads;

	p->user_ticks += u->thread ? u->thread->ran_ticks : 0;
	tasks[u->tid].thread = NULL;
	list_del(&u->mates);
	if (p->alone && p->nr_threads == 1)
		thread_wake(p->alone->thread);
	spin_unlock_irqrestore(&process_lock, flags);
	kmem_cache_free(&user_thread_cache, u);
	return last;
}

void user_thread_lead(struct user_thread *u)
{
	tasks[u->tid].thread = NULL;
	u->tid = u->process->pid;
	tasks[u->tid].thread = u;
}
