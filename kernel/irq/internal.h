/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_IRQ_INTERNAL_H
#define KERNEL_IRQ_INTERNAL_H

/* What the files of kernel/irq/ share and nobody else may include, grouped by owning file. */

#include <kernel/irq.h>
#include <kernel/spinlock.h>
#include <kernel/thread.h>

/* ---- irq.c ---- */

/* Why a line is masked; it is open when none of these is set. */
#define IRQ_FREE	1u	/* nobody has it */
#define IRQ_DISABLED	2u	/* disable_irq() */
#define IRQ_NOBODYS	4u	/* its handler said too often that it is not its own */
#define IRQ_THREAD	8u	/* until its thread has run */
#define IRQ_NO_CPU	16u	/* no CPU is online that its controller reaches */

/* The letters say what guards a field: docs/locking.md. */
struct irq_desc {
	irq_handler_t handler;		/* [X*] NULL: nobody has it */
	void *arg;			/* [X*] */
	struct irq_chip *chip;		/* [X*] NULL: no such interrupt */
	u32 irq;			/* [X*] its number */
	u32 hwirq;			/* [X*] */
	u32 unhandled;			/* [P] of its CPU: so often in a row */
	u64 longest_ticks;		/* [P] of its CPU: of a handler */
	const char *name;		/* [X*] */
	u32 cpu;			/* [X*] where it goes */
	u32 why_masked;			/* [X*] */
	u32 disabled;			/* [X] depth of disable_irq() */
	u32 pending;			/* [a] the thread is to run */
	bool end;			/* [a] the thread is to end */
	bool told;			/* [P] its handler took too long, and a line said so */
	irq_handler_t fn;		/* [c] of the thread */
	struct thread *thread;		/* [X*] */
	u64 unhandled_total;		/* [P] of its CPU */
	cpumask_t affinity;		/* [X*] */
	char thread_name[24];		/* [c] */
};

extern struct irq_desc irq_descs[CONFIG_NR_IRQS];
extern spinlock_t irq_lock;

/* NULL where there is no such interrupt. */
struct irq_desc *irq_desc(unsigned int irq);
/* [X] One reason more, or less, to be masked. */
void irq_mask_for(struct irq_desc *desc, u32 reason);
void irq_unmask_for(struct irq_desc *desc, u32 reason);
/* The number of a line; 0: there is no room, and a line says so. */
unsigned int irq_map(struct irq_chip *chip, unsigned int hwirq);
extern struct irq_chip *irq_chips;	/* [X*] */

/* ---- route.c ---- */

/* [X] The CPU to which it is to go: the first that its affinity names, else any; -1: none. */
int irq_choose_cpu(const struct irq_desc *desc);
/* Runs fn(desc) on the CPU that the interrupt goes to, outside its handlers. */
void irq_run_at_home(struct irq_desc *desc, void (*fn)(struct irq_desc *desc));

/* ---- thread.c ---- */

/* [P] of its CPU. The handler wants its thread to run. */
void irq_wake_thread(struct irq_desc *desc);
void irq_thread_end(struct irq_desc *desc);

#endif /* KERNEL_IRQ_INTERNAL_H */
