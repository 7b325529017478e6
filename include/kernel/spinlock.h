/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/types.h>
#include <arch/irq.h>
#include <arch/spinlock.h>

/*
 * Ticket locks: first come, first served. A lock that interrupt handlers take is always
 * taken with the _irqsave form. With CONFIG_NR_CPUS=1 only the interrupt part is left.
 */
typedef struct spinlock {
	arch_spinlock_t raw;
} spinlock_t;

#define SPINLOCK_INIT		{ ARCH_SPINLOCK_INIT }
#define DEFINE_SPINLOCK(name)	spinlock_t name = SPINLOCK_INIT

static __always_inline void spin_lock_init(spinlock_t *lock)
{
	*lock = (spinlock_t)SPINLOCK_INIT;
}

/* Interrupts are off in the caller. */
static __always_inline void spin_lock(spinlock_t *lock)
{
	if (CONFIG_NR_CPUS > 1)
		arch_spin_lock(&lock->raw);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	if (CONFIG_NR_CPUS > 1)
		arch_spin_unlock(&lock->raw);
}

static __always_inline unsigned long spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = arch_local_irq_save();

	spin_lock(lock);
	return flags;
}

static __always_inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	arch_local_irq_restore(flags);
}

#endif /* KERNEL_SPINLOCK_H */
