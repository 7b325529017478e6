/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/sprintf.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <shell/shell.h>

/* The CPUs that a thread may run on: the only one, or as a mask; "any". */
static const char *affinity_text(char *buf, size_t size, cpumask_t affinity)
{
	cpumask_t found = nr_cpus_found < 64 ? cpumask_of(nr_cpus_found) - 1 : ~(cpumask_t)0;

	if ((affinity & found) == found)
		scnprintf(buf, size, "any");
	else
		scnprintf(buf, size, "0x%llx", (unsigned long long)(affinity & found));
	return buf;
}

static u64 to_us(u64 ticks)
{
	return timebase_hz ? ticks / timebase_hz * 1000000 +
	       ticks % timebase_hz * 1000000 / timebase_hz : 0;
}

static void show_thread(struct seq_file *out, unsigned int index, const struct thread_snapshot *s)
{
	char priority[8] = "idle", affinity[24], used[16] = "-";

	if (IS_ENABLED(CONFIG_DEBUG_STACK_USAGE))
		scnprintf(used, sizeof(used), "%lu", thread_stack_used(index));
	if (!s->idle)
		scnprintf(priority, sizeof(priority), "%u", s->priority);
	seq_printf(out, "%-20s %-8s %8s %4u %10s %10llu %14llu %7lu %7s\n", s->name,
		   thread_state_name(s->state), priority, s->cpu,
		   affinity_text(affinity, sizeof(affinity), s->affinity),
		   (unsigned long long)s->switches, (unsigned long long)to_us(s->ran_ticks),
		   s->stack_bytes, used);
}

static int ps_run(struct seq_file *out, int argc, char **argv)
{
	struct thread_snapshot s;

	(void)argc;
	(void)argv;
	seq_puts(out, "thread               state    priority  CPU   may be on   switches    "
		 "CPU time/us   stack    used\n");
	for (unsigned int i = 0; thread_snapshot(i, &s); i++)
		show_thread(out, i, &s);
	return 0;
}

SHELL_COMMAND(ps, "", "list the threads", "ps", ps_run);
