/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_WAIT_ORDER_H
#define KERNEL_WAIT_ORDER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Locks that wait, held to the order in which they were taken so far (CONFIG_WAIT_ORDER). A kind is
 * the place where a lock is declared, or made: all inodes' locks are one. Two of one kind may be
 * held at once, and nobody looks at their order.
 */
struct wait_kind {
	const char *name;
};

#define WAIT_HELD_MOST	8u

/* [o] Of a thread: what it holds. */
struct wait_held {
	u32 nr;				/* those that have no room are not looked at */
	struct held_wait {
		const void *lock;
		const struct wait_kind *kind;
		unsigned long place;	/* return address of who took it */
	} of[WAIT_HELD_MOST];
};

/* Whoever calls may be made to wait, whether or not he is now: what says by what. */
void wait_order_may_wait(const char *what);
/* The same, and the lock is taken next. */
void wait_order_take(const void *lock, const struct wait_kind *kind);
/* It was taken without a wait. */
void wait_order_taken(const void *lock, const struct wait_kind *kind);
void wait_order_release(const void *lock);

static __always_inline void may_wait(const char *what)
{
	if (IS_ENABLED(CONFIG_WAIT_ORDER))
		wait_order_may_wait(what);
}

/* Of a lock that is declared at file level: a kind of its own. */
#define WAIT_KIND_INIT(text) \
	IF_ENABLED(CONFIG_WAIT_ORDER, .kind = &(const struct wait_kind){ text },)
#define WAIT_ORDER(call)	IF_ENABLED(CONFIG_WAIT_ORDER, call;)

#endif /* KERNEL_WAIT_ORDER_H */
