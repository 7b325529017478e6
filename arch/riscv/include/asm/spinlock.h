/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <kernel/types.h>
#include <asm/processor.h>
#include <asm/ticket_lock.h>

typedef ticket_lock_t arch_spinlock_t;

#define ARCH_SPINLOCK_INIT	TICKET_LOCK_INIT

/* The long way of arch_spin_lock() with the ticket in the high half of old; acquire (smp.c). */
void spin_until_served(arch_spinlock_t *lock, unsigned long old);

/*
 * Calls it by way of smp_entry.S, which keeps all registers but these: whoever takes a lock
 * needs no stack frame for a wait that hardly ever happens.
 */
static __always_inline void spin_wait(arch_spinlock_t *lock, u32 old)
{
	register arch_spinlock_t *t1 __asm__("t1") = lock;
	register unsigned long t2 __asm__("t2") = old;

	__asm__ volatile("call t0, spin_wait_entry" : "+r"(t1), "+r"(t2) : : "t0", "memory");
}

static __always_inline void arch_spin_lock(arch_spinlock_t *lock)
{
	u32 old = ticket_draw(lock);

	if (unlikely(!ticket_is_served(lock, old)))
		spin_wait(lock, old);
}

static __always_inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	ticket_serve_next(lock);
}

static __always_inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return ticket_is_drawn(lock);
}

#endif /* ASM_SPINLOCK_H */
