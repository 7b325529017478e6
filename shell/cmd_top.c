/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads that use most CPU time, again and again until q or Ctrl-C. */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <shell/shell.h>
#include <arch/time.h>

#include "internal.h"

#define PERIOD_MS	2000u
#define PART_MS		50u		/* between two looks at the keyboard */
#define MOST_THREADS	256u
#define ROWS		15u
#define CLEAR		"\x1b[H\x1b[J"

struct top {
	u64 at;					/* [o] tick of the last look */
	unsigned int nr;
	struct top_thread {
		struct thread_snapshot s;
		u64 ticks;			/* used since the look before */
	} of[MOST_THREADS];
};

/* A thread of the look before has the same place, or a lower one where others have gone. */
static u64 former_ticks(const struct top *former, unsigned int place,
			const struct thread_snapshot *s)
{
	for (unsigned int i = min(place + 1, former->nr); i--;)
		if (former->of[i].s.id == s->id)
			return former->of[i].s.ran_ticks;
	return 0;
}

static void look(struct top *now, const struct top *former)
{
	now->at = arch_ticks();
	now->nr = 0;
	while (now->nr < MOST_THREADS && thread_snapshot(now->nr, &now->of[now->nr].s))
		now->nr++;
	for (unsigned int i = 0; i < now->nr; i++) {
		const struct thread_snapshot *s = &now->of[i].s;

		now->of[i].ticks = s->ran_ticks - min(former_ticks(former, i, s), s->ran_ticks);
	}
}

static struct top_thread *busiest(struct top *t)
{
	struct top_thread *most = NULL;

	for (unsigned int i = 0; i < t->nr; i++)
		if (!t->of[i].s.idle && (!most || t->of[i].ticks > most->ticks) &&
		    t->of[i].ticks != ~0ull)
			most = &t->of[i];
	return most;
}

static void show(struct seq_file *out, struct top *t, u64 passed)
{
	struct sched_snapshot s;
	u64 idle = 0;

	passed = max(passed, 1ull);
	sched_snapshot(&s);
	for (unsigned int i = 0; i < t->nr; i++)
		if (t->of[i].s.idle)
			idle += t->of[i].ticks;
	seq_printf(out, "up %llu s, %u CPUs %llu %% idle, threads: %u run, %u ready, %u wait; "
		   "%lu kB free\n", (unsigned long long)(time_us() / 1000000), num_online_cpus(),
		   (unsigned long long)min(idle * 100 / passed / num_online_cpus(), 100ull),
		   s.running, s.ready, s.blocked, nr_free_pages() << (PAGE_SHIFT - 10));
	seq_puts(out, "thread               state    priority  CPU  CPU time %\n");
	for (unsigned int row = 0; row < ROWS; row++) {
		struct top_thread *most = busiest(t);

		if (!most)
			break;
		seq_printf(out, "%-20s %-8s %8u %4u %9llu.%llu\n", most->s.name,
			   thread_state_name(most->s.state), most->s.priority, most->s.cpu,
			   (unsigned long long)(most->ticks * 100 / passed),
			   (unsigned long long)(most->ticks * 1000 / passed % 10));
		most->ticks = ~0ull;
	}
}

/* False: q or Ctrl-C was typed. */
static bool wait_for_next(unsigned int period_ms)
{
	for (unsigned int ms = 0; ms < period_ms; ms += PART_MS) {
		msleep(PART_MS);
		if (console_interrupted())
			return false;
		if (console_input_waiting() && console_getc() == 'q')
			return false;
	}
	return true;
}

static int top_run(struct seq_file *out, int argc, char **argv)
{
	struct top *now, *former;
	bool once = !shell_is_at_prompt();
	u64 rounds = once ? 1 : ~0ull;

	if (argc > 2)
		return shell_usage(out, "top");
	if (argc == 2 && !parse_number(out, argv[1], &rounds))
		return -EINVAL;
	now = kzalloc(sizeof(*now), GFP_KERNEL);
	former = kzalloc(sizeof(*former), GFP_KERNEL);
	if (!now || !former) {
		seq_puts(out, "top: no memory for its tables\n");
		rounds = 0;
	}
	for (u64 round = 0; round < rounds; round++) {
		struct top *last = now;

		look(now, former);
		if (!once && argc == 1)
			seq_puts(out, CLEAR);
		show(out, now, now->at - former->at);
		now = former;
		former = last;
		if (round + 1 < rounds && !wait_for_next(PERIOD_MS))
			break;
	}
	kfree(now);
	kfree(former);
	return now && former ? 0 : -ENOMEM;
}

SHELL_COMMAND(top, "[looks]", "the threads that use most CPU time; q ends", "top 1", top_run);
