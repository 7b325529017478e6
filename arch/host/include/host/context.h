/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

#include <kernel/compiler.h>

struct host_registers;

/*
 * Contexts: those of the kernel's threads, and, where one thread of a process plays all CPUs, of
 * the CPUs that are not being played at the moment. Where CPUs are threads of the process, a
 * context goes on in whichever switches to it. The sanitizers are told of each change.
 */
struct host_context {
	/* Elsewhere: a thread may take no more per-CPU data here than on the target. */
	struct host_registers *registers;
	void (*entry)(void);
	void *fake_stack;		/* the sanitizer's */
	const void *stack;
	size_t stack_bytes;
};

/* The context begins with entry() on a stack of its own, which is that of the address. */
void host_context_make(struct host_context *c, void (*entry)(void));
/* Returns when somebody switches to from. */
void host_context_switch(struct host_context *from, struct host_context *to);
/* No context is left. */
void host_contexts_reset(void);

/*
 * Plays several CPUs. choose() gets the CPUs that can go on, the running one among them if it can,
 * and says which one goes on. It is asked wherever a CPU switches interrupts on or off, takes or
 * releases a lock, or waits. forced: the running one has to wait for another. While one can go on,
 * time goes on by looks at the clock alone.
 */
typedef unsigned int (*host_choose_t)(unsigned long cpus, unsigned int running, bool forced);
void host_play(host_choose_t choose);
/* The rest of arch/host asks whether it is so. A machine with one CPU has no player. */
extern bool host_plays;
static inline bool host_is_played(void)
{
	return IS_ENABLED(CONFIG_SMP) && READ_ONCE(host_plays);
}
void host_play_cpu(unsigned int cpu, void (*entry)(void));
void host_play_end_cpu(void);
/* The running CPU waits for an interrupt, or for another one's lock. */
void host_play_wait(void);
void host_play_spin(void);
/* Points passed since host_play(). */
extern unsigned long host_points;

#endif /* HOST_CONTEXT_H */
