/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LOCK_ORDER_H
#define KERNEL_LOCK_ORDER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * The one order of all spinlocks, from the first that may be taken to the last. A CPU that holds a
 * lock takes only such as stand below its row, and so never two of one row. docs/locking.md says
 * what each covers and is checked against this table; kernel/lock_order.c holds the running kernel
 * to it (CONFIG_LOCK_ORDER).
 */
#define LOCK_ORDER(row) \
	row(LOCK_STRESS_BOX, "box->lock") \
	row(LOCK_KMEM_CACHES, "kmem_caches_lock") \
	row(LOCK_CACHE, "cache->lock") \
	row(LOCK_KERNEL_TABLES, "kernel_tables_lock") \
	row(LOCK_ZONE, "zone->lock") \
	row(LOCK_CONSOLE, "console_lock") \
	row(LOCK_LOG, "log_lock")

#define LOCK_ORDER_CLASS(class, name) class,
enum lock_class {
	LOCK_NONE,			/* memory that spin_lock_init() has not seen */
	LOCK_ORDER(LOCK_ORDER_CLASS)
	NR_LOCK_CLASSES
};

struct spinlock;

/*
 * What spin_lock() and spin_unlock() call with CONFIG_LOCK_ORDER, before the lock is waited for
 * and before it is free. What breaks a rule stops the kernel with a report.
 */
void lock_order_take(const struct spinlock *lock);
void lock_order_release(const struct spinlock *lock);

/* For the three below. */
void lock_order_none_held(const char *what);
void lock_order_show(void);
void lock_order_give_up(void);

/* What is to follow may wait for other CPUs, so that this one may hold no spinlock. */
static __always_inline void assert_no_locks_held(const char *what)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_none_held(what);
}

/* Lines of a report: what this CPU holds. */
static __always_inline void show_locks_held(void)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_show();
}

/* A panic breaks locks: nobody is held to their order any more. */
static __always_inline void lock_order_ends(void)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_give_up();
}

#endif /* KERNEL_LOCK_ORDER_H */
