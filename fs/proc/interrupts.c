/* SPDX-License-Identifier: BSD-2-Clause */
/* Linux's columns, as it prints them on this architecture; the timer has the number 0. */
#include <kernel/irq.h>
#include <kernel/timer.h>
#include <fs/view.h>
#include <arch/irq.h>

#define PRECISION	(CONFIG_NR_IRQS > 1000 ? 4 : 3)

static void show_timer(struct seq_file *m)
{
	struct timers_snapshot s;
	unsigned int cpu;

	seq_printf(m, "%*d: ", PRECISION, 0);
	for_each_online_cpu(cpu) {
		timers_snapshot(cpu, &s);
		seq_printf(m, "%10llu ", (unsigned long long)s.interrupts);
	}
	seq_printf(m, " %8s %*u %-8s  %s\n", ARCH_TIMER_CHIP, PRECISION, ARCH_TIMER_HWIRQ, "Edge",
		   ARCH_TIMER_NAME);
}

static void show_irq(struct seq_file *m, unsigned int irq, const struct irq_snapshot *s)
{
	unsigned int cpu;

	seq_printf(m, "%*u: ", PRECISION, irq);
	for_each_online_cpu(cpu)
		seq_printf(m, "%10llu ", (unsigned long long)irq_count_of(irq, cpu));
	seq_printf(m, " %8s %*u %-8s", s->chip, PRECISION, s->hwirq, "Edge");
	if (s->name)
		seq_printf(m, "  %s", s->name);
	seq_puts(m, "\n");
}

static void show_ipis(struct seq_file *m)
{
	unsigned int cpu;

	seq_printf(m, "%*s0:%s", PRECISION - 1, "IPI", PRECISION >= 4 ? " " : "");
	for_each_online_cpu(cpu)
		seq_printf(m, "%10llu ", (unsigned long long)READ_ONCE(*per_cpu_ptr(&ipi_count,
										 cpu)));
	seq_puts(m, " Function call interrupts\n");
}

static void interrupts_show(struct seq_file *m)
{
	struct irq_snapshot s;
	unsigned int cpu;

	seq_printf(m, "%*s", PRECISION + 8, "");
	for_each_online_cpu(cpu)
		seq_printf(m, "CPU%-8u", cpu);
	seq_puts(m, "\n");
	show_timer(m);
	for (unsigned int irq = 1; irq_snapshot(irq, &s); irq++)
		show_irq(m, irq, &s);
	if (IS_ENABLED(CONFIG_SMP))
		show_ipis(m);
}

VIEW(interrupts, interrupts_show);
