/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/types.h>
#include <arch/irq.h>

/*
 * More than one CPU: bringing CPUs up and down, and running functions on them. Process context
 * means: no interrupt handler, interrupts on, no lock held.
 */
typedef void (*smp_call_func_t)(void *info);

/*
 * A storey above registers what a CPU needs to run, and what it must give back, in one line:
 * CPU_HOOKS(name, .prepare = fn, .leave = fn), or with any of them alone. All hooks are called,
 * in link order.
 */
struct cpu_hooks {
	/* Called on the boot CPU before each start of the CPU, for one CPU at a time. Returns 0 or
	 * -ENOMEM. */
	int (*prepare)(unsigned int cpu);
	/* Called on the CPU that leaves, when it is no longer online and no call can come any more;
	 * interrupts off. */
	void (*leave)(void);
	/* Called around each coming and going but boot's, in process context: who must not see one
	 * waits. */
	void (*begin)(void), (*end)(void);
};

/*
 * Long work for one CPU: a thread does it that has the shell's priority (kernel/sync/long_work.c),
 * or without CONFIG_WORKQUEUE the idle CPU. Interrupts are on. The struct must live until
 * cpu_work_done(). What is short goes to queue_work_on(), in kernel/workqueue.h.
 */
struct cpu_work {
	void (*fn)(void *arg);		/* [c] */
	void *arg;			/* [c] */
	u32 done;			/* [a] */
};

/* Called from the arch's interrupt, whether or not somebody wants something. Interrupts off. Like
 * all that follows, it does not exist with one CPU. */
void smp_handle_ipi(void);

/* Stops the running CPU for good, so that smp_send_stop() elsewhere need not wait for it.
 * Interrupts off. */
__noreturn void smp_stop_self(void);

#if defined(CONFIG_SMP)

#define CPU_HOOKS(name, ...) \
	static const struct cpu_hooks __cpu_hooks_##name __used __section(".cpu_hooks") \
		__aligned(8) = { __VA_ARGS__ }

/*
 * Boot only, once: starts all CPUs that were found, or maxcpus= of them, and waits for each at most
 * SMP_START_US. A CPU that cannot be started is left out, with one sentence.
 */
void smp_init(void);

/* Where a started CPU enters: on its own stack, interrupts off. Called by arch alone. */
__noreturn void secondary_start_kernel(void);

/*
 * One CPU up or down, in process context on the boot CPU. Going down gives its page lists and
 * magazines back. cpu_up: -ENXIO no such CPU, -EEXIST online already, -ENOMEM no room for its
 * stack, -EBUSY it never answered and still may, -EIO the firmware refuses, -ETIMEDOUT no
 * answer. cpu_down: -ENXIO no such CPU or not online, -EPERM the boot CPU, -EBUSY it has work,
 * -ETIMEDOUT it does not stop. Each failure that is the machine's own is in the log.
 */
#define SMP_START_US	1000000
int cpu_up(unsigned int cpu) __must_check;
int cpu_down(unsigned int cpu) __must_check;
/* A word for the state of a CPU: "online", "offline", "lost". */
const char *cpu_state_name(unsigned int cpu);

/*
 * Runs fn(info) on another CPU or on several, in its interrupt, and with wait until it is done.
 * With wait: process context, asserted, for two CPUs that wait for each other with interrupts
 * off would do so for ever; a CPU that does not come is named in the log, and after
 * SMP_CALL_PANIC_US the kernel stops. Without wait: any context; -EBUSY when interrupts are off
 * and an earlier call of this CPU to that one is not through. -ENXIO: not online. The caller
 * itself is served by a plain call, by _many not at all.
 */
#define SMP_CALL_WARN_US	5000000ull
#define SMP_CALL_PANIC_US	60000000ull
int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *info, bool wait);
int smp_call_function_many(cpumask_t cpus, smp_call_func_t fn, void *info, bool wait);

/* Runs fn on all online CPUs, this one included, with interrupts off on each. */
void on_each_cpu(smp_call_func_t fn, void *info, bool wait);

/*
 * Runs fn(arg) here, with interrupts off, while every other online CPU stands still with its own
 * off. Process context. Returns -ETIMEDOUT, with a sentence and without running fn, when a CPU does
 * not stand still in time.
 */
int stop_machine(void (*fn)(void *arg), void *arg) __must_check;

/* Gives work to another CPU. Returns 0, -ENXIO if the CPU is not online, -EBUSY if it has work. Any
 * context. */
int cpu_work_start(unsigned int cpu, struct cpu_work *work) __must_check;
static inline bool cpu_work_done(const struct cpu_work *work)
{
	return __atomic_load_n(&work->done, __ATOMIC_ACQUIRE);
}
/* Waits in process context, as long as the work takes. */
void cpu_work_wait(const struct cpu_work *work);

/* Stops every other CPU for good, for a panic or the end of the machine. Waits for them for a
 * bounded time, and never for a CPU whose interrupts are off for ever. Any context. */
void smp_send_stop(void);

#else /* !CONFIG_SMP */

#define CPU_HOOKS(name, ...)	BUILD_ASSERT(true, "no CPU comes or leaves")

static inline void smp_init(void)
{
}

static inline void smp_send_stop(void)
{
}

static inline int cpu_up(unsigned int cpu)
{
	(void)cpu;
	return -EOPNOTSUPP;
}

static inline int cpu_down(unsigned int cpu)
{
	return cpu ? -EOPNOTSUPP : -EPERM;
}

static inline const char *cpu_state_name(unsigned int cpu)
{
	(void)cpu;
	return "online";
}

static inline void on_each_cpu(smp_call_func_t fn, void *info, bool wait)
{
	unsigned long flags = arch_local_irq_save();

	(void)wait;
	fn(info);
	arch_local_irq_restore(flags);
}

static inline int smp_call_function_single(unsigned int cpu, smp_call_func_t fn, void *info,
					   bool wait)
{
	if (cpu)
		return -ENXIO;
	on_each_cpu(fn, info, wait);
	return 0;
}

static inline int stop_machine(void (*fn)(void *arg), void *arg)
{
	on_each_cpu(fn, arg, true);
	return 0;
}

static inline int cpu_work_start(unsigned int cpu, struct cpu_work *work)
{
	(void)cpu;
	(void)work;
	return -ENXIO;
}

static inline bool cpu_work_done(const struct cpu_work *work)
{
	return work->done;
}

static inline void cpu_work_wait(const struct cpu_work *work)
{
	(void)work;
}

#endif /* CONFIG_SMP */
#endif /* KERNEL_SMP_H */
