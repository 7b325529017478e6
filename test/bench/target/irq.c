/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts: from a device to the thread that waits for it, and from this CPU to itself by way of
 * the firmware. The device is the machine's clock, whose alarm for the past comes at once. */
#include <kernel/irq.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <drivers/rtc.h>
#include <arch/irq.h>
#include <arch/smp.h>

#include "internal.h"

#define ROUNDS		2000u

struct waiting {
	struct thread *thread;		/* [t] */
	u64 woken_at;			/* [t] */
	u32 end;			/* [t] */
};

static void wait_for_alarm(void *arg)
{
	struct waiting *w = arg;

	while (!READ_ONCE(w->end)) {
		thread_block();
		w->woken_at = arch_instret();
	}
}

static void wake_waiting(void *arg)
{
	struct waiting *w = arg;

	thread_wake(w->thread);
}

static void bench_to_thread(struct bench *b, struct rtc *rtc, struct waiting *w)
{
	u64 total = 0, most = 0;

	for (unsigned int i = 0; i < ROUNDS + BENCH_WARM_UPS; i++) {
		unsigned long flags = arch_local_irq_save();
		u64 start, took;

		w->woken_at = 0;
		rtc->set_alarm(rtc, 0, wake_waiting, w);
		start = arch_instret();
		arch_local_irq_restore(flags);
		while (!READ_ONCE(w->woken_at))
			;
		took = w->woken_at - start;
		if (i < BENCH_WARM_UPS)
			continue;
		total += took;
		most = max(most, took);
	}
	bench_mean_max(b, "irq to_thread", total, ROUNDS, most);
}

/* The thread is more urgent than this one, and on this CPU. */
static void bench_alarm(struct bench *b)
{
	struct rtc *rtc = rtc_get();
	struct waiting w = { .end = 0 };

	if (!rtc || !rtc->set_alarm || !CONFIG_SHELL_PRIORITY) {
		bench_skip(b, "irq to_thread", "no clock with an alarm");
		return;
	}
	w.thread = thread_create(&(struct thread_params){
		.name = "bench", .fn = wait_for_alarm, .arg = &w,
		.priority = CONFIG_SHELL_PRIORITY - 1,
		.affinity = cpumask_of(smp_processor_id()),
	});
	if (!w.thread) {
		bench_skip(b, "irq to_thread", "no memory");
		return;
	}
	bench_to_thread(b, rtc, &w);
	WRITE_ONCE(w.end, true);
	thread_wake(w.thread);
	thread_join(w.thread);
}

/* With interrupts on, the interrupt has come when its count has changed. */
static void bench_ipi(struct bench *b)
{
	u64 total = 0, most = 0;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		const u64 *count = this_cpu_ptr(&ipi_count);
		u64 before = READ_ONCE(*count), start = arch_instret(), took;

		arch_send_ipi(cpumask_of(smp_processor_id()));
		while (READ_ONCE(*count) == before)
			;
		took = arch_instret() - start;
		total += took;
		most = max(most, took);
	}
	bench_mean_max(b, "ipi self", total, ROUNDS, most);
}

static void bench_irq(struct bench *b)
{
	char work[BENCH_NAME];

	if (!b->exact)
		return;
	if (bench_wanted(b, work, sizeof(work), "irq to_thread"))
		bench_alarm(b);
	if (IS_ENABLED(CONFIG_SMP) && bench_wanted(b, work, sizeof(work), "ipi self"))
		bench_ipi(b);
}

BENCH_GROUP(irq, bench_irq);
