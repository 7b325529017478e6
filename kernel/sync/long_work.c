/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the threads that do the long work of kernel/smp.h.
 *
 * Structure: each CPU but the boot CPU has one, beside the thread of its short works, which must
 * not wait for it. kernel/smp_call.c keeps what there is to do.
 *
 * Invariants: none of its own.
 *
 * Locking: none; the slot is a word.
 *
 * Bounds: none but the work's.
 *
 * Configuration: WORKQUEUE and SMP.
 */
#include <kernel/percpu.h>
#include <kernel/sched.h>
#include <kernel/smp.h>

#include "kernel/internal.h"

static DEFINE_PER_CPU(struct thread *, long_worker);	/* [H] */

static void work_long(void *arg)
{
	unsigned int cpu = (unsigned int)(unsigned long)arg;

	for (;;) {
		while (cpu_has_work(cpu))
			cpu_do_work();
		thread_block();
	}
}

void long_work_wake(unsigned int cpu)
{
	thread_wake(*per_cpu_ptr(&long_worker, cpu));
}

static int prepare_long_worker(unsigned int cpu)
{
	struct thread **t = per_cpu_ptr(&long_worker, cpu);

	if (!threads_run())
		return 0;
	if (!*t)
		*t = thread_create(&(struct thread_params){
			.name = "long worker", .fn = work_long, .arg = (void *)(unsigned long)cpu,
			.priority = CONFIG_SHELL_PRIORITY, .affinity = cpumask_of(cpu) });
	return *t ? 0 : -ENOMEM;
}

CPU_HOOKS(long_worker, .prepare = prepare_long_worker);
