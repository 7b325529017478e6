/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/stat, loadavg and uptime, in Linux's text. Times are hundredths of a second. Nobody counts
 * where the kernel spends them, so that all that is not idle is "system".
 */
#include <kernel/cpu.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <fs/view.h>
#include <arch/time.h>

#define HZ		100ull

static u64 hundredths(u64 ticks)
{
	return timebase_hz ? ticks / timebase_hz * HZ + ticks % timebase_hz * HZ / timebase_hz : 0;
}

/* ---- stat ---- */

static void show_cpu(struct seq_file *m, const char *name, u64 online, u64 idle)
{
	u64 all = hundredths(online), rest = min(hundredths(idle), all);

	seq_printf(m, "%s 0 0 %llu %llu 0 0 0 0 0 0\n", name, (unsigned long long)(all - rest),
		   (unsigned long long)rest);
}

static u64 timer_interrupts(void)
{
	struct timers_snapshot s;
	unsigned int cpu;
	u64 sum = 0;

	for_each_possible_cpu(cpu) {
		if (cpu >= nr_cpus_found)
			break;
		timers_snapshot(cpu, &s);
		sum += s.interrupts;
	}
	return sum;
}

static void stat_show(struct seq_file *m)
{
	u64 online, idle, all = 0, all_idle = 0;
	struct sched_snapshot s;
	char name[16];

	for (unsigned int cpu = 0; cpu < nr_cpus_found; cpu++) {
		sched_cpu_ticks(cpu, &online, &idle);
		all += online;
		all_idle += idle;
	}
	show_cpu(m, "cpu ", all, all_idle);
	for (unsigned int cpu = 0; cpu < nr_cpus_found; cpu++) {
		if (!cpu_online(cpu))
			continue;
		sched_cpu_ticks(cpu, &online, &idle);
		scnprintf(name, sizeof(name), "cpu%u", cpu);
		show_cpu(m, name, online, idle);
	}
	sched_snapshot(&s);
	seq_printf(m, "intr %llu\nctxt %llu\nbtime 0\nprocesses %llu\nprocs_running %u\n"
		   "procs_blocked 0\n", (unsigned long long)timer_interrupts(),
		   (unsigned long long)s.switches, (unsigned long long)s.made,
		   s.running + s.ready);
}

VIEW(stat, stat_show);

/* ---- loadavg ---- */

/* A part of 2^11 that is left of a load after 5 seconds: of 1, 5 and 15 minutes. */
#define FIXED_SHIFT	11
#define FIXED_ONE	(1ull << FIXED_SHIFT)
#define STEP_S		5u
static const u64 kept_of[3] = { 1884, 2014, 2037 };

static struct {
	u64 at, busy;			/* [s] ticks, of the last look */
	u64 load[3];			/* [s] of FIXED_ONE */
} seen;					/* [s] */

static u64 power_of(u64 base, u64 exponent)
{
	u64 result = FIXED_ONE;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result = result * base >> FIXED_SHIFT;
		base = base * base >> FIXED_SHIFT;
	}
	return result;
}

/* Nothing wakes up to count: between two looks the load is taken to have been what it was on
 * average, the CPUs that were busy. */
static void look_at_load(void)
{
	u64 now = arch_ticks(), busy = 0, online, idle, mean, steps;

	for (unsigned int cpu = 0; cpu < nr_cpus_found; cpu++) {
		sched_cpu_ticks(cpu, &online, &idle);
		busy += online - min(idle, online);
	}
	steps = timebase_hz ? (now - seen.at) / (STEP_S * timebase_hz) : 0;
	if (!steps)
		return;
	mean = (busy - seen.busy) * FIXED_ONE / (now - seen.at);
	for (unsigned int i = 0; i < ARRAY_SIZE(kept_of); i++) {
		u64 kept = power_of(kept_of[i], min(steps, 4096ull));

		seen.load[i] = (seen.load[i] * kept + mean * (FIXED_ONE - kept)) >> FIXED_SHIFT;
	}
	seen.at = now;
	seen.busy = busy;
}

static void loadavg_show(struct seq_file *m)
{
	struct sched_snapshot s;

	look_at_load();
	sched_snapshot(&s);
	for (unsigned int i = 0; i < ARRAY_SIZE(seen.load); i++)
		seq_printf(m, "%llu.%02llu ", (unsigned long long)(seen.load[i] >> FIXED_SHIFT),
			   (unsigned long long)((seen.load[i] & (FIXED_ONE - 1)) * 100 >>
						FIXED_SHIFT));
	seq_printf(m, "%u/%u %llu\n", s.running + s.ready, s.running + s.ready + s.blocked,
		   (unsigned long long)s.made);
}

VIEW(loadavg, loadavg_show);

/* ---- uptime ---- */

static void uptime_show(struct seq_file *m)
{
	u64 up = time_us() / 10000, online, idle, sum = 0;

	for (unsigned int cpu = 0; cpu < nr_cpus_found; cpu++) {
		sched_cpu_ticks(cpu, &online, &idle);
		sum += hundredths(idle);
	}
	seq_printf(m, "%llu.%02llu %llu.%02llu\n", (unsigned long long)(up / 100),
		   (unsigned long long)(up % 100), (unsigned long long)(sum / 100),
		   (unsigned long long)(sum % 100));
}

VIEW(uptime, uptime_show);
