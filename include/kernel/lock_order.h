/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LOCK_ORDER_H
#define KERNEL_LOCK_ORDER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * The one order of all spinlocks, from the first that may be taken to the last. A CPU that holds a
 * lock takes only locks that stand below its row, and so never two of one row. docs/locking.md says
 * what each lock covers and is checked against this table; kernel/lock_order.c checks the running
 * kernel (CONFIG_LOCK_ORDER).
 */
#define LOCK_ORDER(row) \
	row(LOCK_STRESS_BOX, "box->lock") \
	row(LOCK_BLOCK, "disk->lock") \
	row(LOCK_KMEM_CACHES, "kmem_caches_lock") \
	row(LOCK_CACHE, "cache->lock") \
	row(LOCK_DMA_DEVICES, "devices_lock") \
	row(LOCK_DMA_POOL, "pool->lock") \
	row(LOCK_DMA_SLOTS, "s->lock") \
	row(LOCK_KERNEL_TABLES, "kernel_tables_lock") \
	row(LOCK_PROMISE, "promise_lock") \
	row(LOCK_ZONE, "zone->lock") \
	row(LOCK_FILES, "files->lock") \
	row(LOCK_PAGE_HOLDERS, "page_holders_lock") \
	row(LOCK_FILE_PAGES, "h->lock") \
	row(LOCK_PROCESS, "process_lock") \
	row(LOCK_IRQ, "irq_lock") \
	row(LOCK_PLIC, "plic->lock") \
	row(LOCK_WAIT, "q->lock") \
	row(LOCK_WORK, "works->lock") \
	row(LOCK_PI, "pi_lock") \
	row(LOCK_THREADS, "threads_lock") \
	row(LOCK_RUN_QUEUE, "rq->lock") \
	row(LOCK_TIMERS, "ts->lock") \
	row(LOCK_CONSOLE, "console_lock") \
	row(LOCK_UART, "uart_lock") \
	row(LOCK_LOG, "log_lock")

#define LOCK_ORDER_CLASS(class, name) class,
enum lock_class {
	LOCK_NONE,			/* memory that spin_lock_init() has not seen */
	LOCK_ORDER(LOCK_ORDER_CLASS)
	NR_LOCK_CLASSES
};

struct spinlock;

/*
 * spin_lock() and spin_unlock() call these with CONFIG_LOCK_ORDER: before the lock is waited for,
 * and before it is free. A broken rule stops the kernel with a report.
 */
void lock_order_take(const struct spinlock *lock);
void lock_order_release(const struct spinlock *lock);

/* The name of the last of the order that this CPU holds, and where it was taken; NULL: none. */
const char *lock_order_last(unsigned long *place);
/* For the three below. */
void lock_order_none_held(const char *what);
void lock_order_show(void);
void lock_order_give_up(void);

/* Code that may wait for other CPUs follows, so that this CPU may hold no spinlock. */
static __always_inline void assert_no_locks_held(const char *what)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_none_held(what);
}

/* Adds lines to a report: the locks that this CPU holds. */
static __always_inline void show_locks_held(void)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_show();
}

/* A panic breaks locks: from here on their order is not checked. */
static __always_inline void lock_order_ends(void)
{
	if (IS_ENABLED(CONFIG_LOCK_ORDER))
		lock_order_give_up();
}

#endif /* KERNEL_LOCK_ORDER_H */
