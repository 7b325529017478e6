/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <asm/irqflags.h>
#include <asm/processor.h>

/*
 * The lock goes to whoever comes. With tickets all CPUs would wait for a thread that the system has
 * put aside when its turn comes, and there are more CPUs here than processors.
 */
typedef struct {
	u32 held;
} arch_spinlock_t;

#define ARCH_SPINLOCK_INIT	{ 0 }

static inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	return __atomic_load_n(&lock->held, __ATOMIC_RELAXED);
}

static inline void arch_spin_lock(arch_spinlock_t *lock)
{
	ASSERT(host_irqs_off, "spinlock taken with interrupts on");
	host_point();
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (arch_spin_is_locked(lock))
			host_cpu_yield();
}

static inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	ASSERT(host_irqs_off, "spinlock released with interrupts on");
	ASSERT(arch_spin_is_locked(lock), "spinlock released that nobody holds");
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	host_point();
}

#endif /* ASM_SPINLOCK_H */
