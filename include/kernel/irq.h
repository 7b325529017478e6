/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <kernel/compiler.h>
#include <kernel/cpu.h>
#include <kernel/percpu.h>
#include <kernel/types.h>

/*
 * Interrupts of devices. A controller (struct irq_chip) has lines, by its own numbers (hwirq); a
 * line that somebody wants has a number of the kernel's (irq), from 1 to NR_IRQS - 1. An interrupt
 * goes to one CPU at a time. Its handler runs there with interrupts off, and may wake threads.
 *
 * An interrupt that nobody has asked for, or whose handler says 1,000 times in a row that it is not
 * its own, is counted, named and masked; whoever asks for it later gets it all the same.
 */
enum irqreturn { IRQ_NONE, IRQ_HANDLED, IRQ_WAKE_THREAD };
typedef enum irqreturn irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(unsigned int irq, void *arg);

/*
 * arg is given to handler, name is kept. The line is open when this returns, and the first
 * interrupt may have come. 0; -EINVAL no such interrupt, -EBUSY somebody has it, with a line that
 * names him; -ENXIO no CPU that is online gets interrupts of this controller. Process context, as
 * all that follows but where something else is said.
 */
int request_irq(unsigned int irq, irq_handler_t handler, const char *name,
		void *arg) __must_check;

/*
 * The same with a thread of priority IRQ_THREAD_PRIORITY, which runs fn each time that handler
 * returns IRQ_WAKE_THREAD, or at each interrupt where handler is NULL. The line stays masked until
 * fn has returned. -ENOMEM as well.
 */
int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t fn,
			 const char *name, void *arg) __must_check;

/* When this returns no handler of the interrupt runs, and none will. The line is masked. */
void free_irq(unsigned int irq);

/* Between the two no handler runs. They nest. */
void disable_irq(unsigned int irq);
void enable_irq(unsigned int irq);

/* The interrupt goes to the first of cpus that is online, also later. 0; -EINVAL no such interrupt
 * or CPU. A CPU that goes offline hands its interrupts to others. */
int irq_set_affinity(unsigned int irq, cpumask_t cpus);

/* Lets an interrupt through again that was masked as nobody's; the rest stays as it is. 0, or
 * -EINVAL: nobody has asked for it. */
int irq_let_through(unsigned int irq);

/*
 * The interrupt number index of a device tree's node, by interrupts-extended or interrupts; the
 * same number each time. -ENOENT the node has no such one, -EPROBE_DEFER its controller has no
 * driver yet, -EINVAL the tree makes no sense, -ENOSPC beyond NR_IRQS, with a line.
 */
int irq_of_node(int node, unsigned int index);
/* The node of the controller of this interrupt; -ENOENT or -EINVAL as above. */
int irq_parent_of_node(int node, unsigned int index);

/* ---- for controllers ---- */

struct irq_chip;

/* Called with irq_lock held: short, and no lock but the controller's own. */
struct irq_chip_ops {
	void (*mask)(struct irq_chip *chip, unsigned int hwirq);
	void (*unmask)(struct irq_chip *chip, unsigned int hwirq);
	/* The line is on or off at this CPU; off is said on that CPU, outside its handlers. */
	void (*route)(struct irq_chip *chip, unsigned int hwirq, unsigned int cpu, bool on);
	/* The CPU, which calls it, has come: firmware may have shut the controller's door to it. */
	void (*enter)(struct irq_chip *chip, unsigned int cpu);
};

struct irq_chip {
	const char *name;		/* [c] */
	const struct irq_chip_ops *ops;	/* [c] */
	int node;			/* [c] of the device tree */
	unsigned int nr_hwirqs;		/* [c] numbers are below */
	cpumask_t cpus;			/* [c] who can get its interrupts */
	struct irq_desc **lines;	/* [X*] by hwirq; NULL: nobody has asked for it ever */
	u64 unknown;			/* [a] interrupts of such */
	struct irq_chip *next;		/* [X*] */
};

/* From here on devices find their interrupts in it. It stays for good. */
void irq_chip_add(struct irq_chip *chip);

/*
 * What the CPU does for an interrupt from outside: asks its controller what it is, and calls
 * irq_deliver(). For CPUs that are online and for those that come.
 */
struct irq_root {
	void (*handle)(void *arg);	/* [c] */
	void *arg;			/* [c] */
};
void irq_set_root(unsigned int cpu, void (*handle)(void *arg), void *arg);

/* An interrupt came. Interrupts off. */
void irq_deliver(struct irq_chip *chip, unsigned int hwirq);

/* ---- for the arch and for CPUs that come ---- */

DECLARE_PER_CPU(struct irq_root, irq_root);
DECLARE_PER_CPU(u64, ipi_count);

/* False: no controller; the CPU is to leave such interrupts off. Interrupts off. */
static __always_inline bool irq_interrupt(void)
{
	const struct irq_root *root = this_cpu_ptr(&irq_root);

	if (unlikely(!root->handle))
		return false;
	root->handle(root->arg);
	return true;
}

/* An interrupt of another CPU came; only counted. Interrupts off. */
static __always_inline void irq_count_ipi(void)
{
	++*this_cpu_ptr(&ipi_count);
}

/* On a CPU that comes, interrupts off. */
void irq_cpu_enter(void);

/* ---- looking ---- */

/* Of one moment, but for the counts. False: no such interrupt. Any context. */
struct irq_snapshot {
	const char *chip, *name;	/* name NULL: nobody has it */
	unsigned int hwirq, cpu;
	bool masked, disabled, nobodys, threaded;
	cpumask_t affinity;
	u64 unhandled, longest_ticks;
};
bool irq_snapshot(unsigned int irq, struct irq_snapshot *s);
u64 irq_count_of(unsigned int irq, unsigned int cpu);
/* Interrupts of lines that never had a number, of all controllers. */
u64 irq_unknown_count(void);

/* Is there a controller? */
bool irq_has_chip(void);

/* NULL, or a rule that is broken. All others stand still. */
const char *irq_validate(void);

#endif /* KERNEL_IRQ_H */
