/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU an interrupt goes to. A controller believes what a CPU says of an interrupt only while
 * the line is on at that CPU: so a line is taken from a CPU on that CPU, with interrupts off, where
 * no handler is in the middle of it.
 */
#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/idle.h>
#include <kernel/smp.h>
#include <arch/irq.h>

#include "internal.h"

int irq_choose_cpu(const struct irq_desc *desc)
{
	cpumask_t able = desc->chip->cpus & cpus_online(), wanted = able & desc->affinity;

	if (!able)
		return -1;
	return (int)ctz64(wanted ? wanted : able);
}

/* [X] on the CPU that it leaves. */
static void move(struct irq_desc *desc)
{
	int cpu = irq_choose_cpu(desc);

	if (cpu < 0 || desc->cpu == (u32)cpu)
		return;
	desc->chip->ops->route(desc->chip, desc->hwirq, desc->cpu, false);
	WRITE_ONCE(desc->cpu, (u32)cpu);
	desc->unhandled = 0;
	desc->chip->ops->route(desc->chip, desc->hwirq, desc->cpu, true);
}

static void move_here(struct irq_desc *desc)
{
	spin_lock(&irq_lock);
	if (desc->handler)
		move(desc);
	spin_unlock(&irq_lock);
}

static int on_cpu(unsigned int cpu, smp_call_func_t fn, void *info)
{
	return smp_call_function_single(cpu, fn, info, true);
}

struct at_home {
	struct irq_desc *desc;
	void (*fn)(struct irq_desc *desc);
	bool done;
};

/* Meanwhile it may have got another home. */
static void run_if_home(void *info)
{
	struct at_home *h = info;

	if (READ_ONCE(h->desc->cpu) != smp_processor_id())
		return;
	h->fn(h->desc);
	h->done = true;
}

void irq_run_at_home(struct irq_desc *desc, void (*fn)(struct irq_desc *desc))
{
	struct at_home h = { .desc = desc, .fn = fn };
	unsigned int turns = 0;
	unsigned long flags;

	/* Each further turn takes another who moves it at the same moment. */
	while (!h.done && (!on_cpu(READ_ONCE(desc->cpu), run_if_home, &h) ||
			   !(READ_ONCE(desc->why_masked) & IRQ_NO_CPU)))
		cpu_wait_turn(&turns);
	if (h.done)
		return;
	/* Its home is offline, and no handler runs. */
	flags = arch_local_irq_save();
	fn(desc);
	arch_local_irq_restore(flags);
}

int irq_set_affinity(unsigned int irq, cpumask_t cpus)
{
	struct irq_desc *desc = irq_desc(irq);
	unsigned long flags;
	bool taken;

	if (!desc || !(cpus & desc->chip->cpus & cpus_online()))
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	desc->affinity = cpus;
	taken = desc->handler && !(desc->why_masked & IRQ_NO_CPU);
	spin_unlock_irqrestore(&irq_lock, flags);
	if (taken)
		irq_run_at_home(desc, move_here);
	return 0;
}

/* ---- CPUs that come and go ---- */

static void let_devices_in(void *unused)
{
	(void)unused;
	arch_device_irqs_enable();
}

void irq_set_root(unsigned int cpu, void (*handle)(void *arg), void *arg)
{
	struct irq_root *root = per_cpu_ptr(&irq_root, cpu);

	root->arg = arg;
	__atomic_store_n(&root->handle, handle, __ATOMIC_RELEASE);
	if (cpu_online(cpu))
		(void)on_cpu(cpu, let_devices_in, NULL);
}

/* [X] A controller that reaches only CPUs that were offline: this one has come. */
static void come_home(struct irq_desc *desc)
{
	unsigned int cpu = smp_processor_id();

	if (!(desc->why_masked & IRQ_NO_CPU) || !(desc->chip->cpus >> cpu & 1))
		return;
	WRITE_ONCE(desc->cpu, cpu);
	desc->chip->ops->route(desc->chip, desc->hwirq, cpu, true);
	irq_unmask_for(desc, IRQ_NO_CPU);
}

void irq_cpu_enter(void)
{
	if (!this_cpu_ptr(&irq_root)->handle)
		return;
	spin_lock(&irq_lock);
	for (struct irq_chip *chip = irq_chips; chip; chip = chip->next)
		if (chip->cpus >> smp_processor_id() & 1)
			chip->ops->enter(chip, smp_processor_id());
	for (unsigned int irq = 1; irq_desc(irq); irq++)
		come_home(&irq_descs[irq]);
	spin_unlock(&irq_lock);
	arch_device_irqs_enable();
}

/* It is not online any more, so nothing new is given to it. */
static __maybe_unused void leave(void)
{
	spin_lock(&irq_lock);
	for (unsigned int irq = 1; irq_desc(irq); irq++) {
		struct irq_desc *desc = &irq_descs[irq];

		if (!desc->handler || desc->cpu != smp_processor_id())
			continue;
		if (irq_choose_cpu(desc) >= 0) {
			move(desc);
			continue;
		}
		irq_mask_for(desc, IRQ_NO_CPU);
		desc->chip->ops->route(desc->chip, desc->hwirq, desc->cpu, false);
	}
	spin_unlock(&irq_lock);
}

CPU_HOOKS(irq, .leave = leave);
