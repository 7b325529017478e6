/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts whose work a thread does. The line is masked from the interrupt until the thread has
 * done it, so that one word says whether there is something to do.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/sprintf.h>

#include "internal.h"

BUILD_ASSERT(CONFIG_IRQ_THREAD_PRIORITY < CONFIG_NR_PRIORITIES,
	     "IRQ_THREAD_PRIORITY is below NR_PRIORITIES");

void irq_wake_thread(struct irq_desc *desc)
{
	struct thread *t = READ_ONCE(desc->thread);

	ASSERT(t, "irq: the handler of an interrupt without a thread wants it to run");
	spin_lock(&irq_lock);
	irq_mask_for(desc, IRQ_THREAD);
	spin_unlock(&irq_lock);
	__atomic_store_n(&desc->pending, 1, __ATOMIC_RELEASE);
	thread_wake(t);
}

static void irq_thread_main(void *arg)
{
	struct irq_desc *desc = arg;
	unsigned long flags;

	while (!__atomic_load_n(&desc->end, __ATOMIC_ACQUIRE)) {
		if (!__atomic_exchange_n(&desc->pending, 0, __ATOMIC_ACQ_REL)) {
			thread_block();
			continue;
		}
		desc->fn(desc->irq, desc->arg);
		flags = spin_lock_irqsave(&irq_lock);
		irq_unmask_for(desc, IRQ_THREAD);
		spin_unlock_irqrestore(&irq_lock, flags);
	}
}

static irqreturn_t wake_only(unsigned int irq, void *arg)
{
	(void)irq;
	(void)arg;
	return IRQ_WAKE_THREAD;
}

/* The row belongs to the caller, whom the wait for a name's owner below would not serve. */
static int start_thread(struct irq_desc *desc, unsigned int irq, irq_handler_t fn,
			const char *name)
{
	struct thread *t;

	desc->fn = fn;
	desc->pending = 0;
	desc->end = false;
	scnprintf(desc->thread_name, sizeof(desc->thread_name), "irq/%u-%s", irq, name);
	t = thread_create(&(struct thread_params){
		.name = desc->thread_name, .fn = irq_thread_main, .arg = desc,
		.priority = CONFIG_IRQ_THREAD_PRIORITY,
	});
	if (!t)
		return -ENOMEM;
	WRITE_ONCE(desc->thread, t);
	return 0;
}

void irq_thread_end(struct irq_desc *desc)
{
	struct thread *t = desc->thread;

	if (!t)
		return;
	__atomic_store_n(&desc->end, true, __ATOMIC_RELEASE);
	thread_wake(t);
	thread_join(t);
	WRITE_ONCE(desc->thread, NULL);
}

int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t fn,
			 const char *name, void *arg)
{
	struct irq_desc *desc = irq_desc(irq);
	int err;

	if (!desc || !fn)
		return -EINVAL;
	/* Whoever has the row has its thread as well. */
	if (READ_ONCE(desc->handler))
		return request_irq(irq, wake_only, name, arg);
	err = start_thread(desc, irq, fn, name);
	if (err)
		return err;
	err = request_irq(irq, handler ? handler : wake_only, name, arg);
	if (err)
		irq_thread_end(desc);
	return err;
}
