/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <shell/shell.h>

static u64 count_of(unsigned int irq)
{
	unsigned int cpu;
	u64 nr = 0;

	for_each_possible_cpu(cpu)
		nr += irq_count_of(irq, cpu);
	return nr;
}

static const char *state_of(const struct irq_snapshot *s)
{
	if (s->nobodys)
		return "masked: nobody's";
	if (s->disabled)
		return "disabled";
	return s->name ? "on" : "free";
}

static int list(struct seq_file *out)
{
	struct irq_snapshot s;

	seq_puts(out, "irq  controller    line  CPU  may go to           interrupts  not its own  "
		 "longest/us  state             name\n");
	for (unsigned int irq = 1; irq_snapshot(irq, &s); irq++)
		seq_printf(out, "%3u  %-12s %5u %4u  0x%016llx %12llu %12llu %11llu  %-16s  %s%s\n",
			   irq, s.chip, s.hwirq, s.cpu, (unsigned long long)s.affinity,
			   (unsigned long long)count_of(irq), (unsigned long long)s.unhandled,
			   timebase_hz ? (unsigned long long)(s.longest_ticks * 1000000 /
							      timebase_hz) : 0ull,
			   state_of(&s), s.name ? s.name : "-", s.threaded ? " (thread)" : "");
	if (irq_unknown_count())
		seq_printf(out, "%llu interrupts of lines that nobody ever asked for\n",
			   (unsigned long long)irq_unknown_count());
	return 0;
}

static int set_affinity(struct seq_file *out, unsigned int irq, u64 cpu)
{
	int err = cpu < CONFIG_NR_CPUS ? irq_set_affinity(irq, cpumask_of(cpu)) : -EINVAL;

	if (err)
		seq_printf(out, "irq: interrupt %u does not go to CPU %llu: no such interrupt, or the "
			   "CPU is offline or not its controller's\n", irq,
			   (unsigned long long)cpu);
	return err;
}

static int let_through(struct seq_file *out, unsigned int irq)
{
	int err = irq_let_through(irq);

	if (err)
		seq_printf(out, "irq: nobody has interrupt %u\n", irq);
	return err;
}

static int irq_run(struct seq_file *out, int argc, char **argv)
{
	u64 irq, cpu;

	if (argc == 1)
		return list(out);
	if (argc < 3)
		return shell_usage(out, "irq");
	if (!parse_number(out, argv[2], &irq))
		return -EINVAL;
	if (irq > CONFIG_NR_IRQS)
		irq = CONFIG_NR_IRQS;
	if (argc == 3 && !strcmp(argv[1], "unmask"))
		return let_through(out, (unsigned int)irq);
	if (argc != 4 || strcmp(argv[1], "affinity"))
		return shell_usage(out, "irq");
	return parse_number(out, argv[3], &cpu) ? set_affinity(out, (unsigned int)irq, cpu) :
	       -EINVAL;
}

SHELL_COMMAND(irq, "[affinity <irq> <cpu> | unmask <irq>]",
	      "list interrupts, move one, let one through", "irq", irq_run);
