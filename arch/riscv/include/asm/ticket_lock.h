/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_TICKET_LOCK_H
#define ASM_TICKET_LOCK_H

#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * A ticket lock in one word: the low half is the ticket being served, the high half the next
 * one to draw. Drawing is one 32-bit atomic add, whose carry falls off the top; waiting and
 * releasing touch the low half alone, so that 2^16 - 1 waiters are told apart.
 *
 * Nothing here is the target's alone: test/host/ticket_lock.c runs it under the thread sanitizer,
 * and test/boot/test_ticket_lock.py holds what the compiler makes of it against a model.
 */
typedef struct {
	union {
		u32 both;			/* [a] */
		struct {
			u16 serving, next;	/* [a] serving is written by the holder alone */
		};
	};
} ticket_lock_t;

#define TICKET_LOCK_INIT	{ { 0 } }

BUILD_ASSERT(sizeof(ticket_lock_t) == 4, "a ticket lock is one 32-bit word");
BUILD_ASSERT(CONFIG_NR_CPUS < 0x10000, "more CPUs (NR_CPUS) than tickets");

/* The word as it was: the ticket drawn is its high half. */
static __always_inline u32 ticket_draw(ticket_lock_t *lock)
{
	return __atomic_fetch_add(&lock->both, 1u << 16, __ATOMIC_RELAXED);
}

/* Acquire: what is true was written by whoever released it. */
static __always_inline bool ticket_is_served(const ticket_lock_t *lock, u32 old)
{
	return __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) == old >> 16;
}

/* Release. */
static __always_inline void ticket_serve_next(ticket_lock_t *lock)
{
	u16 mine = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);

	__atomic_store_n(&lock->serving, (u16)(mine + 1), __ATOMIC_RELEASE);
}

static __always_inline bool ticket_is_drawn(const ticket_lock_t *lock)
{
	u32 both = __atomic_load_n(&lock->both, __ATOMIC_RELAXED);

	return (u16)both != both >> 16;
}

#endif /* ASM_TICKET_LOCK_H */
