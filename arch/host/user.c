/* SPDX-License-Identifier: BSD-2-Clause */
/* A process runs no programs; what their memory asks of the arch, for tests of it. */
#include <string.h>

#include <kernel/thread.h>
#include <arch/thread.h>
#include <arch/user.h>
#include <asm/page.h>
#include <host/host.h>

void (*host_space_wrote_code)(const struct arch_space *s);
void (*host_space_forgets)(const struct arch_space *s, unsigned long start, unsigned long end);

void arch_user_switch(struct thread *prev, struct thread *next)
{
	arch_thread_switch(&prev->context, &next->context);
}

void clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void arch_space_init(struct arch_space *s, phys_addr_t root_pa, unsigned int slot)
{
	(void)root_pa;
	s->slot = slot;
}

void arch_space_flush(struct arch_space *s, unsigned long start, unsigned long end)
{
	if (host_space_forgets)
		host_space_forgets(s, start, end);
}

void arch_space_fini(struct arch_space *s)
{
	arch_space_flush(s, 0, ~0ul);
}

void arch_space_forget_here(struct arch_space *s, unsigned long va)
{
	arch_space_flush(s, va, va + PAGE_SIZE);
}

void arch_space_wrote_code(struct arch_space *s)
{
	if (host_space_wrote_code)
		host_space_wrote_code(s);
}
