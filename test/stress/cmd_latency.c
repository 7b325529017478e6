/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How late threads come that are to wake up at a given time, while all CPUs are busy: on each CPU a
 * thread of the most urgent priority sleeps until the next multiple of an interval, and writes down
 * how much later it runs. Meanwhile stress runs on all CPUs.
 */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/histogram.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/slab.h>
#include <shell/shell.h>
#include <test/stress.h>
#include <arch/time.h>

#define WAKE_UPS	10000u
#define INTERVAL_US	1000u
#define PRIORITY	0u
#define LOAD_OPERATIONS	256u		/* of stress, between two looks whether all are through */

struct sleeper {
	struct histogram late;			/* [o] of its thread until done */
	struct thread *thread;			/* [s] */
	u64 wake_ups, interval_ticks, start;	/* [c] */
	u32 cpu;				/* [c] */
	u32 done;				/* [a] */
	bool *stop;				/* [a] */
};

static u64 ns_of_ticks(u64 ticks)
{
	return ticks / timebase_hz * 1000000000ull + ticks % timebase_hz * 1000000000ull /
	       timebase_hz;
}

static void sleep_and_measure(void *arg)
{
	struct sleeper *s = arg;
	u64 next = s->start;

	while (s->late.count < s->wake_ups && !READ_ONCE(*s->stop)) {
		sleep_until_tick(next);
		histogram_add(&s->late, ns_of_ticks(arch_ticks() - next));
		next += s->interval_ticks;
	}
	__atomic_store_n(&s->done, 1, __ATOMIC_RELEASE);
}

static bool all_done(const struct sleeper *all, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (all[i].thread && !__atomic_load_n(&all[i].done, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

/* Returns 0, or what stress found. */
static int load_until_done(struct seq_file *out, struct sleeper *all, unsigned int nr,
			   bool load)
{
	u64 seed = arch_ticks();
	int err = 0;

	while (!all_done(all, nr)) {
		if (load && !err)
			err = stress_load(out, LOAD_OPERATIONS, seed++);
		else
			msleep(10);
		if (err == -EINTR || console_interrupted()) {
			WRITE_ONCE(*all->stop, true);
			err = -EINTR;
		}
	}
	return err;
}

static void show_row(struct seq_file *out, const char *name, const struct histogram *h)
{
	seq_printf(out, "%5s %9llu %9llu %9llu %9llu %9llu %9llu\n", name,
		   (unsigned long long)h->count, (unsigned long long)h->min,
		   (unsigned long long)(h->count ? h->sum / h->count : 0),
		   (unsigned long long)histogram_permille(h, 500),
		   (unsigned long long)histogram_permille(h, 999), (unsigned long long)h->max);
}

static void report(struct seq_file *out, const struct sleeper *all, unsigned int nr)
{
	struct histogram sum = { .count = 0 };

	seq_puts(out, "  CPU  wake-ups    min/ns   mean/ns    p50/ns  p99.9/ns    max/ns\n");
	for (unsigned int i = 0; i < nr; i++) {
		char name[8];

		scnprintf(name, sizeof(name), "%u", all[i].cpu);
		show_row(out, name, &all[i].late);
		histogram_join(&sum, &all[i].late);
	}
	show_row(out, "all", &sum);
	histogram_show(out, &sum, "ns");
}

static bool start_sleepers(struct sleeper *all, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		all[i].thread = thread_create(&(struct thread_params){
			.name = "latency", .fn = sleep_and_measure, .arg = &all[i],
			.priority = PRIORITY, .affinity = cpumask_of(all[i].cpu) });
		if (!all[i].thread)
			return false;
	}
	return true;
}

static int measure(struct seq_file *out, u64 wake_ups, u64 interval_us, bool load)
{
	unsigned int nr = num_online_cpus(), i = 0, cpu;
	struct sleeper *all = kzalloc(nr * sizeof(*all), GFP_KERNEL);
	bool stop = false, started;
	u64 lost = 0;
	int err;

	if (!all) {
		seq_puts(out, "latency: no memory for its tables, nothing was measured\n");
		return -ENOMEM;
	}
	for_each_online_cpu(cpu) {
		all[i] = (struct sleeper){
			.cpu = cpu, .wake_ups = wake_ups, .stop = &stop,
			.interval_ticks = ticks_of_us(interval_us),
			.start = ticks_in_us(20000 + interval_us * i / nr) };
		i++;
	}
	started = start_sleepers(all, nr);
	WRITE_ONCE(stop, !started);
	err = load_until_done(out, all, nr, load);
	for (i = 0; i < nr; i++) {
		if (all[i].thread)
			thread_join(all[i].thread);
		lost += wake_ups - all[i].late.count;
	}
	report(out, all, nr);
	if (!started)
		seq_puts(out, "latency: no memory for a thread on each CPU\n");
	seq_printf(out, "latency: %u CPUs, %llu wake-ups each, every %llu us, %s: %llu lost%s\n", nr,
		   (unsigned long long)wake_ups, (unsigned long long)interval_us,
		   load ? "under stress" : "at rest", (unsigned long long)lost,
		   err && err != -EINTR ? ", and stress failed" : "");
	kfree(all);
	return started ? err : -ENOMEM;
}

static int latency_run(struct seq_file *out, int argc, char **argv)
{
	u64 wake_ups = WAKE_UPS, interval_us = INTERVAL_US;
	bool load = argc < 4 || strcmp(argv[3], "idle");

	if (!timebase_hz) {
		seq_puts(out, "latency: the machine has no clock that runs\n");
		return -ENODEV;
	}
	if (argc > 4 || (argc == 4 && load))
		return shell_usage(out, "latency");
	if ((argc > 1 && !parse_number(out, argv[1], &wake_ups)) ||
	    (argc > 2 && !parse_number(out, argv[2], &interval_us)))
		return -EINVAL;
	if (!wake_ups || interval_us < 10 || interval_us > 1000000) {
		seq_puts(out, "latency: at least 1 wake-up and an interval of 10 to 1000000 us are "
			 "expected\n");
		return -EINVAL;
	}
	return measure(out, wake_ups, interval_us, load);
}

SHELL_COMMAND(latency, "[wake-ups [interval in us [idle]]]",
	      "how late threads wake up under stress", "latency 1000 1000",
	      latency_run);
