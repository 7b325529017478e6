/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

/*
 * asm/spinlock.h gives arch_spinlock_t (4 bytes, a ticket lock), ARCH_SPINLOCK_INIT and
 *   void arch_spin_lock(arch_spinlock_t *);       acquire ordering
 *   void arch_spin_unlock(arch_spinlock_t *);     release ordering
 *   bool arch_spin_is_locked(const arch_spinlock_t *);
 */
#include <asm/spinlock.h>

#endif /* ARCH_SPINLOCK_H */
