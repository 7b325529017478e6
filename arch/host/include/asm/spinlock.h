/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <asm/irqflags.h>
#include <asm/processor.h>

typedef struct {
	u16 owner, next;
} arch_spinlock_t;

#define ARCH_SPINLOCK_INIT	{ 0, 0 }

static inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->next, __ATOMIC_RELAXED);
}

static inline void arch_spin_lock(arch_spinlock_t *lock)
{
	u16 ticket;

	ASSERT(host_irqs_off, "spinlock taken with interrupts on");
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		host_cpu_yield();
}

static inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	ASSERT(host_irqs_off, "spinlock released with interrupts on");
	ASSERT(arch_spin_is_locked(lock), "spinlock released that nobody holds");
	__atomic_store_n(&lock->owner, (u16)(lock->owner + 1), __ATOMIC_RELEASE);
}

#endif /* ASM_SPINLOCK_H */
