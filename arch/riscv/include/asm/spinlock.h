/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <kernel/assert.h>
#include <kernel/types.h>
#include <asm/processor.h>

/*
 * A ticket lock in one word: the low half is the ticket being served, the high half the next
 * one to draw. Drawing is one 32-bit atomic add, whose carry falls off the top; waiting and
 * releasing touch the low half alone, so that 2^16 - 1 waiters are told apart.
 */
typedef struct {
	union {
		u32 both;			/* [a] */
		struct {
			u16 serving, next;	/* [a] serving is written by the holder alone */
		};
	};
} arch_spinlock_t;

#define ARCH_SPINLOCK_INIT	{ { 0 } }

BUILD_ASSERT(sizeof(arch_spinlock_t) == 4, "a ticket lock is one 32-bit word");
BUILD_ASSERT(CONFIG_NR_CPUS < 0x10000, "more CPUs (NR_CPUS) than tickets");

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
	u32 old = __atomic_fetch_add(&lock->both, 1u << 16, __ATOMIC_RELAXED);

	if (unlikely(__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != old >> 16))
		spin_wait(lock, old);
}

static __always_inline void arch_spin_unlock(arch_spinlock_t *lock)
{
	__atomic_store_n(&lock->serving, (u16)(lock->serving + 1), __ATOMIC_RELEASE);
}

static __always_inline bool arch_spin_is_locked(const arch_spinlock_t *lock)
{
	u32 both = __atomic_load_n(&lock->both, __ATOMIC_RELAXED);

	return (u16)both != both >> 16;
}

#endif /* ASM_SPINLOCK_H */
