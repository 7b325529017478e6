/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/timer.h>
#include <shell/shell.h>
#include <arch/time.h>

static void show_cpu(struct seq_file *out, unsigned int cpu)
{
	struct timers_snapshot s;
	u64 now = arch_ticks();

	timers_snapshot(cpu, &s);
	seq_printf(out, "%3u %8lu %11llu %11llu %11llu  ", cpu, s.pending,
		   (unsigned long long)s.interrupts, (unsigned long long)s.called,
		   (unsigned long long)s.moved);
	if (s.armed == TIMER_NEVER)
		seq_puts(out, "never\n");
	else
		seq_printf(out, "%lld ticks\n", (long long)(s.armed - now));
}

static int timers_run(struct seq_file *out, int argc, char **argv)
{
	unsigned int cpu;

	(void)argc;
	(void)argv;
	seq_puts(out, "CPU  pending  interrupts      called       moved  next interrupt in\n");
	for_each_online_cpu(cpu)
		show_cpu(out, cpu);
	return 0;
}

static int sleep_run(struct seq_file *out, int argc, char **argv)
{
	u64 ms;

	if (argc != 2)
		return shell_usage(out, "sleep");
	if (!parse_number(out, argv[1], &ms))
		return -EINVAL;
	/* In short parts, so that Ctrl-C is heard. */
	for (u64 part; ms; ms -= part) {
		part = min(ms, (u64)100);
		msleep(part);
		if (console_interrupted())
			return -EINTR;
	}
	return 0;
}

SHELL_COMMAND(sleep, "<milliseconds>", "wait for so long", "sleep 100", sleep_run);
SHELL_COMMAND(timers, "", "list each CPU's timers and their interrupts", "timers", timers_run);
