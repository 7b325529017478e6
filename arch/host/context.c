/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/compiler.h>
#include <host/context.h>
#include <host/here.h>
#include <host/host.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define START_SWITCH(fake, to)	__sanitizer_start_switch_fiber(fake, (to)->stack, (to)->stack_bytes)
#define END_SWITCH(fake, from) \
	__sanitizer_finish_switch_fiber(fake, &(from)->stack, &(from)->stack_bytes)
#else
#define START_SWITCH(fake, to)	((void)(to))
#define END_SWITCH(fake, from)	((void)(from))
#endif

/* What stops on a CPU is before what goes on there, whoever they are: flags are 0. */
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
unsigned int fence_word;		/* [a] memory_fence() */
#define FIBER_SWITCH(fiber)	__tsan_switch_to_fiber(fiber, 0)
#define FIBER_SELF()		__tsan_get_current_fiber()
#define FIBER_CREATE()		__tsan_create_fiber(0)
#define FIBER_DESTROY(fiber)	__tsan_destroy_fiber(fiber)
#else
#define FIBER_SWITCH(fiber)	((void)(fiber))
#define FIBER_SELF()		NULL
#define FIBER_CREATE()		NULL
#define FIBER_DESTROY(fiber)	((void)(fiber))
#endif

/* What the sanitizers put on a stack makes the kernel's own too small. */
#define STACK_BYTES	(128ul << 10)
static char stacks[HOST_CONTEXTS][STACK_BYTES] __aligned(16);

/* A context's registers, and what the thread sanitizer knows of it. */
struct host_registers {
	ucontext_t saved;
	const struct host_context *owner;
	void *fiber;
	bool fiber_is_ours;
	/*
	 * Stands for all that a CPU saves and another one loads. The sanitizer takes a thread for
	 * one sequence of steps, whatever CPUs it runs on; here alone it sees that a CPU takes over
	 * what another has not let go of.
	 */
	unsigned long touched;
};

static struct host_registers registers[HOST_CONTEXTS];
static unsigned int slots_taken;	/* [a] */
static u32 slots_lock;			/* [a] */

void host_contexts_reset(void)
{
	for (; slots_taken; slots_taken--) {
		struct host_registers *r = &registers[slots_taken - 1];

		if (r->fiber_is_ours)
			FIBER_DESTROY(r->fiber);
		*r = (struct host_registers){ .owner = NULL };
	}
}

static HOST_UNSEEN void lock_slots(void)
{
	while (__atomic_exchange_n(&slots_lock, 1, __ATOMIC_ACQUIRE))
		;
}

static HOST_UNSEEN void unlock_slots(void)
{
	__atomic_store_n(&slots_lock, 0, __ATOMIC_RELEASE);
}

/* A thread that is made where one has ended gets that one's stack and registers. */
static HOST_UNSEEN unsigned int slot_of(const struct host_context *c)
{
	unsigned int i = 0;

	lock_slots();
	while (i < slots_taken && registers[i].owner != c)
		i++;
	if (i == HOST_CONTEXTS)
		host_stop(HOST_PANIC, "more contexts than HOST_CONTEXTS");
	if (i == slots_taken) {
		registers[i].owner = c;
		slots_taken++;
	}
	unlock_slots();
	return i;
}

/* A context that was not made, but found running, gets its registers when it stops. */
static HOST_UNSEEN struct host_registers *registers_of(struct host_context *c)
{
	if (!c->registers || c->registers->owner != c)
		c->registers = &registers[slot_of(c)];
	return c->registers;
}

/* The CPU is off the stack of the context that stopped, and what it was is saved. */
static void arrive(void)
{
	registers_of(host_here()->from)->touched++;
}

static void begin(void)
{
	struct host_context *c = host_here()->to;

	END_SWITCH(NULL, host_here()->from);
	arrive();
	c->entry();
	host_stop(HOST_PANIC, "the first function of a context returned");
}

/* Of the context that was there before, if any. */
static void replace_fiber(struct host_registers *r)
{
	if (r->fiber_is_ours)
		FIBER_DESTROY(r->fiber);
	r->fiber = FIBER_CREATE();
	r->fiber_is_ours = true;
}

void host_context_make(struct host_context *c, void (*entry)(void))
{
	unsigned int slot = slot_of(c);
	struct host_registers *r = &registers[slot];

	*c = (struct host_context){ .registers = r, .entry = entry,
				    .stack = stacks[slot], .stack_bytes = STACK_BYTES };
	replace_fiber(r);
	r->touched++;
	getcontext(&r->saved);
	r->saved.uc_stack.ss_sp = (void *)c->stack;
	r->saved.uc_stack.ss_size = c->stack_bytes;
	r->saved.uc_link = NULL;
	makecontext(&r->saved, begin, 0);
}

void host_context_switch(struct host_context *from, struct host_context *to)
{
	struct host_registers *saves = registers_of(from), *loads = to->registers;

	if (!saves->fiber_is_ours)
		saves->fiber = FIBER_SELF();
	saves->touched++;
	loads->touched++;
	host_here()->from = from;
	host_here()->to = to;
	START_SWITCH(&from->fake_stack, to);
	FIBER_SWITCH(loads->fiber);
	swapcontext(&saves->saved, &loads->saved);
	END_SWITCH(from->fake_stack, host_here()->from);
	arrive();
}
