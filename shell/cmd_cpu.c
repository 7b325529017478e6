/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <shell/shell.h>

#include "internal.h"

static int list_cpus(struct seq_file *out)
{
	unsigned int cpu;

	seq_puts(out, "CPU        hart id  node  state\n");
	for_each_possible_cpu(cpu)
		seq_printf(out, "%3u %14lu  %4d  %s%s\n", cpu, cpu_descs[cpu].hart_id,
			   cpu_descs[cpu].nid, cpu_state_name(cpu),
			   cpu == smp_processor_id() ? ", the boot CPU" : "");
	return 0;
}

static void drain_here(void *unused)
{
	(void)unused;
	drain_this_cpu();
}

static int drain(struct seq_file *out)
{
	unsigned long before = nr_free_pages();

	on_each_cpu(drain_here, NULL, true);
	seq_printf(out, "%ld pages went back to the buddy\n", (long)(nr_free_pages() - before));
	return 0;
}

/* Words for the errors of cpu_up() and cpu_down(); faults of the machine are in the log. */
static const char *reason(int err)
{
	switch (err) {
	case -EPERM:		return "it is the boot CPU, on which this shell runs";
	case -EEXIST:		return "it is online already";
	case -ENXIO:		return "it is offline already";
	case -ENOMEM:		return "there is no memory for its stack";
	case -EBUSY:		return "it has work that does not end";
	case -EOPNOTSUPP:	return "this kernel is for one CPU (CONFIG_NR_CPUS=1)";
	default:		return "the log says why";
	}
}

static int change(struct seq_file *out, const char *what, const char *number)
{
	bool up = !strcmp(what, "online");
	u64 cpu;
	int err;

	if (!parse_number(out, number, &cpu))
		return -EINVAL;
	if (cpu >= nr_cpus_found) {
		seq_printf(out, "there is no CPU %llu: the CPUs are 0 to %u\n", (unsigned long long)cpu,
			   nr_cpus_found - 1);
		return -ENXIO;
	}
	err = up ? cpu_up((unsigned int)cpu) : cpu_down((unsigned int)cpu);
	if (err)
		seq_printf(out, "CPU %llu cannot go %s: %s\n", (unsigned long long)cpu, what,
			   up && err == -EBUSY ? "it did not answer an earlier start, and may still do so" :
			   reason(err));
	else
		seq_printf(out, "CPU %llu is %s\n", (unsigned long long)cpu, what);
	return err;
}

static int cpu_run(struct seq_file *out, int argc, char **argv)
{
	if (argc == 1)
		return list_cpus(out);
	if (argc == 2 && !strcmp(argv[1], "drain"))
		return drain(out);
	if (argc == 3 && (!strcmp(argv[1], "online") || !strcmp(argv[1], "offline")))
		return change(out, argv[1], argv[2]);
	return shell_usage(out, argv[0]);
}

SHELL_COMMAND(cpu, "[online N | offline N | drain]",
	      "list CPUs, start or stop one, drain them", "cpu drain", cpu_run);
