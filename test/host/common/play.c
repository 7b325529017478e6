/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/timer.h>
#include <kernel/workqueue.h>
#include <mm/slab.h>
#include <asm/irqflags.h>
#include <host/context.h>

#include "play.h"

/* [t] The preemptions of this run: at these points, counted from its start, another CPU goes on. */
static struct {
	unsigned long at[64];
	unsigned int nr;
	struct rng rng;
	unsigned int rank[CONFIG_NR_CPUS], last_rank;
	bool ranked;
	unsigned long first_point;
} plan;

static unsigned int first_of(unsigned long cpus)
{
	return (unsigned int)__builtin_ctzl(cpus);
}

static unsigned int ranked_first(unsigned long cpus)
{
	unsigned int best = first_of(cpus);

	for (unsigned long left = cpus; left; left &= left - 1)
		if (plan.rank[first_of(left)] < plan.rank[best])
			best = first_of(left);
	return best;
}

static bool preempted_here(void)
{
	for (unsigned int i = 0; i < plan.nr; i++)
		if (host_points - plan.first_point == plan.at[i])
			return true;
	return false;
}

/* The next one round the circle. */
static unsigned int after(unsigned long cpus, unsigned int cpu)
{
	unsigned long above = cpus & ~((2ul << cpu) - 1);

	return first_of(above ? above : cpus);
}

static unsigned int choose(unsigned long cpus, unsigned int running, bool forced)
{
	bool may_stay = cpus >> running & 1;

	if (forced || !may_stay || preempted_here()) {
		/* A CPU that spins goes to the end of the ranks, or the lock's holder would never
		 * run. */
		plan.rank[running] = ++plan.last_rank;
		return plan.ranked ? ranked_first(cpus) : after(cpus, running);
	}
	return plan.ranked ? ranked_first(cpus) : running;
}

void play_boot(unsigned int cpus)
{
	static const struct bank bank = { 0x80000000, 64ul << 20 };
	struct host_machine m = host_default_machine;

	plan.nr = 0;
	plan.ranked = false;
	m.virtual_time = true;
	boot_banks(&m, &bank, 1);
	boot_page_allocator(cpus);
	kmem_cache_init();
	timers_init();
	sched_init();
	if (IS_ENABLED(CONFIG_WORKQUEUE))
		workqueues_init();
	host_play(choose);
	host_start_cpus();
	assert_int_equal(num_online_cpus(), cpus);
}

/* The compiler calls this at each branch of files that are compiled with trace-pc. */
void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
	host_point();
}

static void run(const struct scenario *s)
{
	plan.first_point = host_points;
	s->run();
}

void play_random(const struct scenario *s, u64 seed, unsigned int depth)
{
	plan.rng.state = seed * 2 + 1;
	for (unsigned int cpu = 0; cpu < s->cpus; cpu++)
		plan.rank[cpu] = (unsigned int)rng_below(&plan.rng, 1000);
	plan.last_rank = 1000;
	plan.ranked = true;
	plan.nr = depth;
	for (unsigned int i = 0; i < depth; i++)
		plan.at[i] = rng_below(&plan.rng, 400);
	run(s);
	plan.ranked = false;
	plan.nr = 0;
}

static unsigned long length_of(const struct scenario *s)
{
	plan.nr = 0;
	run(s);
	return host_points - plan.first_point;
}

unsigned long play_all(const struct scenario *s, unsigned int pairs)
{
	unsigned long length = length_of(s), runs = 1;

	for (unsigned long first = 1; first <= length; first++) {
		for (unsigned int apart = 0; apart <= pairs; apart++) {
			plan.at[0] = first;
			plan.at[1] = first + apart;
			plan.nr = apart ? 2 : 1;
			run(s);
			runs++;
		}
	}
	plan.nr = 0;
	return runs;
}

struct thread *play_thread(thread_fn fn, void *arg, unsigned int priority, cpumask_t cpus)
{
	struct thread *t = thread_create(&(struct thread_params){
		.name = "test", .fn = fn, .arg = arg, .priority = priority, .affinity = cpus });

	assert_non_null(t);
	return t;
}
