/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: threads that wait for a word of their memory to change. Who waits is on one of a few
 * lists, chosen by the word's place; it looks at the word and goes on the list under one hold of
 * the lock, which a waker takes behind its change of the word.
 */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <process/syscalls.h>

#include "internal.h"

#define LISTS		64u
#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_REQUEUE		3
#define FUTEX_CMP_REQUEUE	4
#define FUTEX_WAIT_BITSET	9
#define FUTEX_WAKE_BITSET	10
#define FUTEX_PRIVATE		128
#define FUTEX_CLOCK_REALTIME	256
#define ANY_BIT			0xffffffffu

struct futex_waiter {
	struct list_head on;			/* [p] empty: somebody wakes it */
	bool woken;				/* [a] and has: nobody touches this any more */
	struct address_space *space;		/* [c] */
	uintptr_t address;			/* [p] */
	u32 bits;				/* [c] */
	struct thread *thread;			/* [c] */
};

static struct list_head lists[LISTS];		/* [p] */

static struct list_head *list_of(uintptr_t address)
{
	struct list_head *list = &lists[address / sizeof(u32) % LISTS];

	if (!list->next)
		INIT_LIST_HEAD(list);
	return list;
}

/* [p], and sched_irq_restore() behind it. */
static int wake(struct address_space *space, uintptr_t address, unsigned int most, u32 bits)
{
	struct list_head *list = list_of(address), *at = list->next;
	unsigned int woken = 0;

	while (at != list && woken < most) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		at = at->next;
		if (w->space != space || w->address != address || !(w->bits & bits))
			continue;
		list_del(&w->on);
		INIT_LIST_HEAD(&w->on);
		thread_wake_waiter(w->thread, &w->woken);
		woken++;
	}
	return (int)woken;
}

int futex_wake_address(uintptr_t address, unsigned int most)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	int woken = wake(current_process()->space, address, most, ANY_BIT);

	spin_unlock(&process_lock);
	sched_irq_restore(flags);
	return woken;
}

/* Those beyond the first `most` wait for another word instead. [p] */
static int requeue(struct address_space *space, uintptr_t from, uintptr_t to, unsigned int most)
{
	struct list_head *list = list_of(from), *at = list->next;
	unsigned int moved = 0;

	while (at != list && moved < most) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		at = at->next;
		if (w->space != space || w->address != from)
			continue;
		list_del(&w->on);
		w->address = to;
		list_add_tail(&w->on, list_of(to));
		moved++;
	}
	return (int)moved;
}

static bool is_woken(const struct futex_waiter *w)
{
	return __atomic_load_n(&w->woken, __ATOMIC_ACQUIRE);
}

/* False: nobody wakes it, and it is off its list. */
static bool give_up(struct futex_waiter *w)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	bool taken = list_empty(&w->on);

	if (!taken)
		list_del(&w->on);
	spin_unlock_irqrestore(&process_lock, flags);
	while (taken && !is_woken(w))
		thread_block();
	return taken;
}

static long sleep_on(struct futex_waiter *w, u64 us)
{
	struct wake_timer timer;
	bool timed = us != WAIT_FOREVER, over = false;
	long result = 0;

	if (timed)
		wake_timer_start(&timer, us);
	while (!is_woken(w)) {
		over = timed && wake_timer_over(&timer);
		if (over || thread_interrupted()) {
			if (!give_up(w))
				result = over ? -ETIMEDOUT : -ERESTARTSYS;
			break;
		}
		thread_block();
	}
	if (timed)
		wake_timer_stop(&timer);
	return result;
}

static long futex_wait(uintptr_t address, u32 value, u64 us, u32 bits)
{
	struct futex_waiter w = { .space = current_process()->space, .address = address,
				  .bits = bits, .thread = current_thread() };
	unsigned long flags = spin_lock_irqsave(&process_lock);
	u32 now;

	while (unlikely(user_load(&now, address))) {
		/* Its page comes, with the lock free. */
		spin_unlock_irqrestore(&process_lock, flags);
		if (user_load(&now, address))
			return -EFAULT;
		flags = spin_lock_irqsave(&process_lock);
	}
	if (now == value)
		list_add_tail(&w.on, list_of(address));
	spin_unlock_irqrestore(&process_lock, flags);
	return now == value ? sleep_on(&w, us) : -EAGAIN;
}

static long futex_timeout(uintptr_t from, bool absolute, u64 *us)
{
	s64 t[2];
	u64 wanted;

	*us = WAIT_FOREVER;
	if (!from)
		return 0;
	if (copy_from_user(t, from, sizeof(t)))
		return -EFAULT;
	if (t[0] < 0 || t[1] < 0 || t[1] >= 1000000000)
		return -EINVAL;
	wanted = (u64)t[0] * 1000000 + (u64)(t[1] + 999) / 1000;
	if (absolute)
		wanted = wanted > time_us() ? wanted - time_us() : 0;
	*us = wanted;
	return 0;
}

SYSCALL(futex)
{
	unsigned int op = (unsigned int)a1 & ~(unsigned int)(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME);
	unsigned long flags;
	u32 now;
	long result;
	u64 us;

	if (a0 % sizeof(u32))
		return -EINVAL;
	if (!user_range_ok(a0, sizeof(u32)))
		return -EFAULT;
	switch (op) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		result = futex_timeout(a3, op == FUTEX_WAIT_BITSET, &us);
		if (!result && op == FUTEX_WAIT_BITSET && !(u32)a5)
			result = -EINVAL;
		return result ? result :
		       futex_wait(a0, (u32)a2, us, op == FUTEX_WAIT ? ANY_BIT : (u32)a5);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		flags = spin_lock_irqsave(&process_lock);
		result = wake(current_process()->space, a0, (unsigned int)a2,
			      op == FUTEX_WAKE ? ANY_BIT : (u32)a5);
		spin_unlock(&process_lock);
		sched_irq_restore(flags);
		return result;
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if (copy_from_user(&now, a0, sizeof(now)))
			return -EFAULT;
		if (op == FUTEX_CMP_REQUEUE && now != (u32)a5)
			return -EAGAIN;
		flags = spin_lock_irqsave(&process_lock);
		result = wake(current_process()->space, a0, (unsigned int)a2, ANY_BIT);
		result += requeue(current_process()->space, a0, a4, (unsigned int)a3);
		spin_unlock(&process_lock);
		sched_irq_restore(flags);
		return result;
	default:
		return -ENOSYS;
	}
}

SYSCALL(set_robust_list)
{
	if (a1 != 24)
		return -EINVAL;
	current_user()->robust_list = a0;
	return 0;
}
