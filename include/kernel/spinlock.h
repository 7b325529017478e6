/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <kernel/compiler.h>
#include <kernel/lock_order.h>
#include <kernel/types.h>
#include <arch/irq.h>
#include <arch/spinlock.h>

/*
 * Ticket locks: first come, first served. A lock that interrupt handlers take is always
 * taken with the _irqsave form. With CONFIG_NR_CPUS=1 only the interrupt part is left.
 *
 * Each lock is one of a class, its place in the order of all locks (kernel/lock_order.h).
 */
typedef struct spinlock {
	arch_spinlock_t raw;		/* [a] */
	IF_ENABLED(CONFIG_LOCK_ORDER, enum lock_class class;)	/* [c] */
} spinlock_t;

#define SPINLOCK_INIT(_class)	{ ARCH_SPINLOCK_INIT IF_ENABLED(CONFIG_LOCK_ORDER, , _class) }
#define DEFINE_SPINLOCK(name, _class)	spinlock_t name = SPINLOCK_INIT(_class)

static __always_inline void spin_lock_init(spinlock_t *lock, enum lock_class class)
{
	(void)class;	/* kept with CONFIG_LOCK_ORDER alone */
	*lock = (spinlock_t)SPINLOCK_INIT(class);
}

/* Interrupts are off in the caller. */
static __always_inline void spin_lock(spinlock_t *lock)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_take(lock);
	if (CONFIG_NR_CPUS > 1)
		arch_spin_lock(&lock->raw);
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_release(lock);
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
