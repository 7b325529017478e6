/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/compiler.h>
#include <host/context.h>
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

/* Whom the context that goes on follows. No two switches overlap. */
static struct host_context *switched_from, *switched_to;

static void begin(void)
{
	struct host_context *c = switched_to;

	END_SWITCH(NULL, switched_from);
	c->entry();
	host_stop(HOST_PANIC, "the first function of a context returned");
}

/* What the sanitizers put on a stack makes the kernel's own too small. */
#define STACK_BYTES	(128ul << 10)
static char stacks[HOST_CONTEXTS][STACK_BYTES] __aligned(16);
static ucontext_t registers[HOST_CONTEXTS];
static const struct host_context *owners[HOST_CONTEXTS];
static unsigned int slots_taken;

void host_contexts_reset(void)
{
	slots_taken = 0;
}

/* A thread that is made where one has ended gets that one's stack and registers. */
static unsigned int slot_of(const struct host_context *c)
{
	unsigned int i = 0;

	while (i < slots_taken && owners[i] != c)
		i++;
	if (i == HOST_CONTEXTS)
		host_stop(HOST_PANIC, "more contexts than HOST_CONTEXTS");
	if (i == slots_taken)
		owners[slots_taken++] = c;
	return i;
}

/* A context that was not made, but found running, gets its registers when it stops. */
static ucontext_t *registers_of(struct host_context *c)
{
	if (!c->registers || owners[c->registers - registers] != c)
		c->registers = &registers[slot_of(c)];
	return c->registers;
}

void host_context_make(struct host_context *c, void (*entry)(void))
{
	unsigned int slot = slot_of(c);

	*c = (struct host_context){ .registers = &registers[slot], .entry = entry,
				    .stack = stacks[slot], .stack_bytes = STACK_BYTES };
	getcontext(c->registers);
	c->registers->uc_stack.ss_sp = (void *)c->stack;
	c->registers->uc_stack.ss_size = c->stack_bytes;
	c->registers->uc_link = NULL;
	makecontext(c->registers, begin, 0);
}

void host_context_switch(struct host_context *from, struct host_context *to)
{
	switched_from = from;
	switched_to = to;
	START_SWITCH(&from->fake_stack, to);
	swapcontext(registers_of(from), to->registers);
	END_SWITCH(from->fake_stack, switched_from);
}
