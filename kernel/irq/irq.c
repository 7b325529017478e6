/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: interrupts of devices, from the controller to the handler.
 *
 * Structure: a row for each interrupt in irq_descs[], by its number; a controller has for each of
 * its lines the row, or NULL. Numbers are given out once and stay. How often an interrupt came is
 * counted by each CPU for itself. Row 0 stands for no interrupt.
 *
 * Invariants:
 * IR1 Row and controller say the same of each other: chip->lines[desc->hwirq] is the row.
 * IR2 Nobody's interrupt is masked: a row without a handler has IRQ_FREE, and no thread.
 * IR3 An interrupt that somebody has goes to a CPU that is online and that its controller reaches.
 *
 * Locking: irq_lock for rows and controllers. A handler runs without it: a row changes hands on the
 * CPU that the interrupt goes to, with interrupts off, so outside of its handlers.
 *
 * Bounds: NR_IRQS rows are looked at when a CPU leaves; nothing else depends on a number of rows.
 *
 * Configuration: NR_IRQS, IRQ_WARN_US.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/thread.h>
#include <arch/time.h>

#include "internal.h"

#define UNHANDLED_MOST	1000u

struct irq_desc irq_descs[CONFIG_NR_IRQS];		/* [f] */
DEFINE_SPINLOCK(irq_lock, LOCK_IRQ);
struct irq_chip *irq_chips;				/* [X*] */
static unsigned int nr_irqs = 1;			/* [X*] numbers that are given out */

DEFINE_PER_CPU(struct irq_root, irq_root);		/* [P] */
DEFINE_PER_CPU(u64, ipi_count);				/* [P] */
static DEFINE_PER_CPU(u64, irq_counts[CONFIG_NR_IRQS]);	/* [P] */

/* ---- rows ---- */

struct irq_desc *irq_desc(unsigned int irq)
{
	return irq && irq < READ_ONCE(nr_irqs) ? &irq_descs[irq] : NULL;
}

void irq_mask_for(struct irq_desc *desc, u32 reason)
{
	if (!desc->why_masked)
		desc->chip->ops->mask(desc->chip, desc->hwirq);
	desc->why_masked |= reason;
}

void irq_unmask_for(struct irq_desc *desc, u32 reason)
{
	u32 before = desc->why_masked;

	desc->why_masked &= ~reason;
	if (before && !desc->why_masked)
		desc->chip->ops->unmask(desc->chip, desc->hwirq);
}

unsigned int irq_map(struct irq_chip *chip, unsigned int hwirq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	unsigned int irq = chip->lines[hwirq] ? chip->lines[hwirq]->irq : 0;

	if (!irq && nr_irqs < CONFIG_NR_IRQS) {
		irq = nr_irqs;
		irq_descs[irq] = (struct irq_desc){
			.chip = chip, .irq = irq, .hwirq = hwirq, .why_masked = IRQ_FREE,
			.affinity = ~(cpumask_t)0,
		};
		WRITE_ONCE(nr_irqs, irq + 1);
		__atomic_store_n(&chip->lines[hwirq], &irq_descs[irq], __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	if (!irq)
		pr_warn("irq: no number is left for line %u of %s: raise CONFIG_NR_IRQS, which is %d\n",
			hwirq, chip->name, CONFIG_NR_IRQS);
	return irq;
}

void irq_chip_add(struct irq_chip *chip)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	chip->next = irq_chips;
	WRITE_ONCE(irq_chips, chip);
	spin_unlock_irqrestore(&irq_lock, flags);
}

/* ---- an interrupt comes ---- */

static __noinline __cold void note_long(struct irq_desc *desc, irq_handler_t handler, u64 ticks)
{
	unsigned long offset, size;
	const char *name;

	desc->longest_ticks = ticks;
	if (desc->told || ticks <= ticks_of_us(CONFIG_IRQ_WARN_US))
		return;
	desc->told = true;
	name = symbol_lookup((unsigned long)handler, &offset, &size);
	pr_warn("irq: handler %s of interrupt %u (%s) took %llu us with interrupts off on CPU %u; "
		"CONFIG_IRQ_WARN_US is %d: let the handler do less, or give it a thread\n",
		name ? name : "?", desc->irq, desc->name ? desc->name : "?",
		(unsigned long long)(ticks * 1000000 / timebase_hz), smp_processor_id(),
		CONFIG_IRQ_WARN_US);
}

/* Nobody has the line: it stays masked until somebody asks for it. */
static __noinline __cold void masked_as_nobodys(struct irq_chip *chip, unsigned int hwirq,
						struct irq_desc *desc)
{
	spin_lock(&irq_lock);
	if (desc)
		irq_mask_for(desc, IRQ_NOBODYS);
	/* A row that is free is masked already, by its word; the line was not. */
	chip->ops->mask(chip, hwirq);
	spin_unlock(&irq_lock);
	pr_warn("irq: line %u of %s interrupts CPU %u and %s: masked\n", hwirq, chip->name,
		smp_processor_id(), desc && desc->name ? desc->name : "nobody has asked for it");
}

static __noinline __cold void note_unhandled(struct irq_desc *desc)
{
	desc->unhandled_total++;
	if (++desc->unhandled < UNHANDLED_MOST)
		return;
	desc->unhandled = 0;
	pr_warn("irq: the handler of interrupt %u (%s) said %u times in a row that it is not its "
		"own\n", desc->irq, desc->name, UNHANDLED_MOST);
	masked_as_nobodys(desc->chip, desc->hwirq, desc);
}

static __noinline __cold void deliver_to_nobody(struct irq_chip *chip, unsigned int hwirq,
						struct irq_desc *desc)
{
	bool first = false;

	if (desc)
		desc->unhandled_total++;
	else
		first = !__atomic_fetch_add(&chip->unknown, 1, __ATOMIC_RELAXED);
	if (hwirq < chip->nr_hwirqs)
		masked_as_nobodys(chip, hwirq, NULL);
	else if (first)
		pr_warn("irq: %s says line %u, and has lines below %u\n", chip->name, hwirq,
			chip->nr_hwirqs);
}

/* What is not the rule: no handler took as long, it was not its own, a thread goes on with it. */
static __noinline void after_handler(struct irq_desc *desc, irqreturn_t answer, u64 took)
{
	if (took > desc->longest_ticks)
		note_long(desc, desc->handler, took);
	if (unlikely(answer == IRQ_NONE))
		note_unhandled(desc);
	else
		desc->unhandled = 0;
	if (answer == IRQ_WAKE_THREAD)
		irq_wake_thread(desc);
}

void irq_deliver(struct irq_chip *chip, unsigned int hwirq)
{
	struct irq_desc *desc = likely(hwirq < chip->nr_hwirqs) ? READ_ONCE(chip->lines[hwirq]) :
				NULL;
	irqreturn_t answer;
	u64 took;

	if (unlikely(!desc || !desc->handler)) {
		deliver_to_nobody(chip, hwirq, desc);
		return;
	}
	(*this_cpu_ptr(&irq_counts))[desc->irq]++;
	took = arch_thread_clock();
	answer = desc->handler(desc->irq, desc->arg);
	took = arch_thread_clock() - took;
	if (unlikely(took > desc->longest_ticks || answer != IRQ_HANDLED || desc->unhandled))
		after_handler(desc, answer, took);
}

/* ---- who has it ---- */

/* [X] */
static int take(struct irq_desc *desc, irq_handler_t handler, const char *name, void *arg)
{
	int cpu = irq_choose_cpu(desc);

	if (cpu < 0)
		return -ENXIO;
	desc->arg = arg;
	desc->name = name;
	desc->cpu = (u32)cpu;
	desc->unhandled = 0;
	desc->told = false;
	desc->disabled = 0;
	desc->pending = 0;
	__atomic_store_n(&desc->handler, handler, __ATOMIC_RELEASE);
	desc->chip->ops->route(desc->chip, desc->hwirq, desc->cpu, true);
	irq_unmask_for(desc, IRQ_FREE | IRQ_DISABLED | IRQ_NOBODYS | IRQ_THREAD);
	return 0;
}

int request_irq(unsigned int irq, irq_handler_t handler, const char *name, void *arg)
{
	struct irq_desc *desc = irq_desc(irq);
	unsigned long flags;
	int err = -EBUSY;

	if (!desc || !handler)
		return -EINVAL;
	flags = spin_lock_irqsave(&irq_lock);
	if (!desc->handler)
		err = take(desc, handler, name, arg);
	spin_unlock_irqrestore(&irq_lock, flags);
	if (err == -EBUSY)
		pr_warn("irq: %s asks for interrupt %u, which %s has\n", name, irq,
			READ_ONCE(desc->name));
	else if (err)
		pr_warn("irq: %s asks for interrupt %u, which no CPU that is online gets\n", name,
			irq);
	return err;
}

/* On its CPU, interrupts off. */
static void release(struct irq_desc *desc)
{
	spin_lock(&irq_lock);
	irq_mask_for(desc, IRQ_FREE);
	desc->why_masked &= ~IRQ_NO_CPU;
	desc->chip->ops->route(desc->chip, desc->hwirq, desc->cpu, false);
	desc->handler = NULL;
	desc->name = NULL;
	spin_unlock(&irq_lock);
}

void free_irq(unsigned int irq)
{
	struct irq_desc *desc = irq_desc(irq);

	ASSERT(desc && READ_ONCE(desc->handler), "irq: interrupt %u is freed, and nobody has it",
	       irq);
	irq_run_at_home(desc, release);
	irq_thread_end(desc);
}

/* On its CPU, interrupts off. */
static void disable(struct irq_desc *desc)
{
	spin_lock(&irq_lock);
	if (!desc->disabled++)
		irq_mask_for(desc, IRQ_DISABLED);
	spin_unlock(&irq_lock);
}

void disable_irq(unsigned int irq)
{
	struct irq_desc *desc = irq_desc(irq);

	if (desc)
		irq_run_at_home(desc, disable);
}

void enable_irq(unsigned int irq)
{
	struct irq_desc *desc = irq_desc(irq);
	unsigned long flags;

	if (!desc)
		return;
	flags = spin_lock_irqsave(&irq_lock);
	ASSERT(desc->disabled, "irq: interrupt %u is enabled more often than it was disabled", irq);
	if (!--desc->disabled)
		irq_unmask_for(desc, IRQ_DISABLED);
	spin_unlock_irqrestore(&irq_lock, flags);
}

int irq_let_through(unsigned int irq)
{
	struct irq_desc *desc = irq_desc(irq);
	unsigned long flags;
	int err = -EINVAL;

	if (!desc)
		return err;
	flags = spin_lock_irqsave(&irq_lock);
	if (desc->handler) {
		irq_unmask_for(desc, IRQ_NOBODYS);
		err = 0;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	return err;
}

/* ---- looking ---- */

bool irq_snapshot(unsigned int irq, struct irq_snapshot *s)
{
	const struct irq_desc *desc = irq_desc(irq);
	unsigned long flags;

	if (!desc)
		return false;
	flags = spin_lock_irqsave(&irq_lock);
	*s = (struct irq_snapshot){
		.chip = desc->chip->name, .name = desc->name, .hwirq = desc->hwirq,
		.cpu = desc->cpu, .masked = desc->why_masked,
		.disabled = desc->why_masked & IRQ_DISABLED,
		.nobodys = desc->why_masked & IRQ_NOBODYS, .threaded = desc->thread,
		.affinity = desc->affinity, .unhandled = READ_ONCE(desc->unhandled_total),
		.longest_ticks = READ_ONCE(desc->longest_ticks),
	};
	spin_unlock_irqrestore(&irq_lock, flags);
	return true;
}

u64 irq_count_of(unsigned int irq, unsigned int cpu)
{
	return irq < CONFIG_NR_IRQS ? READ_ONCE((*per_cpu_ptr(&irq_counts, cpu))[irq]) : 0;
}

u64 irq_unknown_count(void)
{
	u64 nr = 0;

	for (const struct irq_chip *chip = READ_ONCE(irq_chips); chip; chip = chip->next)
		nr += READ_ONCE(chip->unknown);
	return nr;
}

bool irq_has_chip(void)
{
	return READ_ONCE(irq_chips);
}

const char *irq_validate(void)
{
	for (unsigned int irq = 1; irq < nr_irqs; irq++) {
		const struct irq_desc *desc = &irq_descs[irq];

		if (desc->chip->lines[desc->hwirq] != desc || desc->irq != irq)
			return "IR1: an interrupt's controller knows it by another number";
		if (!desc->handler && (!(desc->why_masked & IRQ_FREE) || desc->name))
			return "IR2: nobody has an interrupt, and it is not masked";
		if (desc->handler && !(desc->why_masked & IRQ_NO_CPU) &&
		    (!cpu_online(desc->cpu) || !(desc->chip->cpus >> desc->cpu & 1)))
			return "IR3: an interrupt goes to a CPU that cannot take it";
	}
	return NULL;
}
