/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_USER_H
#define ARCH_USER_H

/*
 * Programs: their registers lie in a struct pt_regs at the end of the stack of their thread, from
 * where the arch takes them when the thread goes back. asm/user.h gives struct arch_user and struct
 * arch_space. With CONFIG_PROCESSES alone.
 */
#include <kernel/thread.h>
#include <asm/user.h>

static inline struct pt_regs *user_regs_of(const struct thread *t)
{
	return (struct pt_regs *)(t->stack_end - sizeof(struct pt_regs));
}

/* The running thread goes to its program, with the registers that are there. */
__noreturn void arch_enter_user(void);

/* The registers of F and D: what the running thread has goes to its struct and stays valid; what is
 * there is what it has from now on; it has none that were used. */
void arch_fp_keep(struct thread *t);
void arch_fp_take(struct thread *t);
void arch_fp_clear(struct thread *t);

/* Fills a page with 0. */
void clear_page(void *page);

/* A space with this root: slot is a number below MAX_PROCESSES that no other space has. */
void arch_space_init(struct arch_space *s, phys_addr_t root_pa, unsigned int slot);
/* Its translations are nowhere any more: its slot and its tables may be another's. */
void arch_space_fini(struct arch_space *s);
/* This CPU sees the space, or the kernel alone for NULL. Interrupts off. */
void arch_space_load(struct arch_space *s);
/* No CPU remembers translations of [start, end) afterwards. */
void arch_space_flush(struct arch_space *s, unsigned long start, unsigned long end);
/* The same where nothing was mapped, and another CPU may fault once more. */
void arch_space_forget_here(struct arch_space *s, unsigned long va);
/*
 * Instructions were written to a page that the space may execute: all CPUs fetch them anew. Before
 * an entry leads to the page, or another thread of the program executes what was there.
 */
void arch_space_wrote_code(struct arch_space *s);

#endif /* ARCH_USER_H */
