/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: threads that wait for a word of their memory to change. Who waits is on one of a few
 * lists, chosen by the word's place; it looks at the word and goes on the list under one hold of
 * the lock, which a waker takes behind its change of the word.
 *
 * A word's place is a space and an address. In memory that is shared it is what is mapped and how
 * far into it, so that processes meet that have it at different addresses; who waits keeps what is
 * mapped from being freed, or another's word could come to have that place.
 */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <process/syscalls.h>
#include <arch/user_table.h>

#include "internal.h"

#define LISTS		64u
#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_REQUEUE		3
#define FUTEX_CMP_REQUEUE	4
#define FUTEX_WAIT_BITSET	9
#define FUTEX_WAKE_BITSET	10
#define FUTEX_PRIVATE		128u
#define FUTEX_CLOCK_REALTIME	256u
#define FUTEX_COMMAND		(~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME))
#define ANY_BIT			0xffffffffu

struct futex_key {
	const void *owner;			/* [o] a space, or what is mapped */
	u64 at;					/* [o] */
};

/* The word that a call is about. */
struct futex_word {
	struct futex_key key;			/* [o] */
	uintptr_t address;			/* [o] */
	void *file;				/* [o] NULL: it is the space's alone */
	const struct backing_ops *ops;		/* [o] */
};

struct futex_waiter {
	struct list_head on;			/* [p] empty: somebody wakes it */
	bool woken;				/* [a] and has: nobody touches this any more */
	struct futex_key key;			/* [p] */
	u32 bits;				/* [c] */
	struct thread *thread;			/* [c] */
};

static struct list_head lists[LISTS];		/* [p] */

static struct list_head *list_of(const struct futex_key *key)
{
	struct list_head *list = &lists[key->at / sizeof(u32) % LISTS];

	if (!list->next)
		INIT_LIST_HEAD(list);
	return list;
}

static bool is_same(const struct futex_key *a, const struct futex_key *b)
{
	return a->owner == b->owner && a->at == b->at;
}

static struct futex_word own_word(uintptr_t address)
{
	return (struct futex_word){ .key = { current_process()->space, address },
				    .address = address };
}

/* The word at an address, for a caller who gives it back. */
static struct futex_word find_word(uintptr_t address, unsigned int op)
{
	struct address_space *s = current_process()->space;
	struct futex_word word = own_word(address);
	struct region r = { .end = 0 };

	if (op & FUTEX_PRIVATE || !READ_ONCE(s->has_shared) || !space_next_region(s, address, &r))
		return word;
	if (r.file && r.start <= address && r.flags & REGION_SHARED) {
		word.file = r.file;
		word.ops = r.ops;
		word.key.owner = backing_identity(r.ops, r.file);
		word.key.at = (r.first_index << PAGE_SHIFT) + (address - r.start);
	} else if (r.file) {
		r.ops->put(r.file);
	}
	return word;
}

static void put_word(struct futex_word *word)
{
	if (word->file)
		word->ops->put(word->file);
}

/* [p], and sched_irq_restore() behind it. */
static int wake_locked(const struct futex_key *key, unsigned int most, u32 bits)
{
	struct list_head *list = list_of(key), *at = list->next;
	unsigned int woken = 0;

	while (at != list && woken < most) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		at = at->next;
		if (!is_same(&w->key, key) || !(w->bits & bits))
			continue;
		list_del(&w->on);
		INIT_LIST_HEAD(&w->on);
		thread_wake_waiter(w->thread, &w->woken);
		woken++;
	}
	return (int)woken;
}

static __noinline int wake(const struct futex_key *key, unsigned int most, u32 bits)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	int woken = wake_locked(key, most, bits);

	spin_unlock(&process_lock);
	sched_irq_restore(flags);
	return woken;
}

int futex_wake_address(uintptr_t address, unsigned int most)
{
	struct futex_word word = own_word(address);

	return wake(&word.key, most, ANY_BIT);
}

/*
 * Those beyond the first `most` wait for another word instead; if that is in something else that
 * is mapped, which they do not keep, they are woken and look for themselves. [p]
 */
static int requeue(const struct futex_key *from, const struct futex_key *to, unsigned int most)
{
	struct list_head *list = list_of(from), *at = list->next;
	unsigned int moved = 0;

	if (from->owner != to->owner)
		return wake_locked(from, most, ANY_BIT);
	while (at != list && moved < most) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		at = at->next;
		if (!is_same(&w->key, from))
			continue;
		list_del(&w->on);
		w->key = *to;
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

static __always_inline long sleep_on(struct futex_waiter *w, u64 us)
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

static __always_inline long futex_wait(const struct futex_key *key, uintptr_t address, u32 value,
				       u64 us, u32 bits)
{
	struct futex_waiter w;
	unsigned long flags;
	u32 now;

	w.key = *key;
	w.bits = bits;
	w.thread = current_thread();
	w.woken = false;
	flags = spin_lock_irqsave(&process_lock);
	while (unlikely(user_load(&now, address))) {
		/* Its page comes, with the lock free. */
		spin_unlock_irqrestore(&process_lock, flags);
		if (user_load(&now, address))
			return -EFAULT;
		flags = spin_lock_irqsave(&process_lock);
	}
	if (now == value)
		list_add_tail(&w.on, list_of(&w.key));
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

static long wake_and_requeue(const struct futex_word *word, uintptr_t target, unsigned int op,
			     unsigned int woken_most, unsigned int moved_most)
{
	struct futex_word to = find_word(target, op);
	unsigned long flags = spin_lock_irqsave(&process_lock);
	long result = wake_locked(&word->key, woken_most, ANY_BIT);

	result += requeue(&word->key, &to.key, moved_most);
	spin_unlock(&process_lock);
	sched_irq_restore(flags);
	put_word(&to);
	return result;
}

/* What most calls are, in a function of its own: it keeps few registers. */
static __noinline long wait_own(const struct futex_key *key, u32 value)
{
	return futex_wait(key, key->at, value, WAIT_FOREVER, ANY_BIT);
}

static long futex(const struct futex_word *word, unsigned int op, u32 value, unsigned long a3,
		  uintptr_t target, u32 a5)
{
	u64 us;
	u32 now;
	long err;

	switch (op & FUTEX_COMMAND) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		if ((op & FUTEX_COMMAND) == FUTEX_WAIT)
			a5 = ANY_BIT;
		err = futex_timeout(a3, (op & FUTEX_COMMAND) == FUTEX_WAIT_BITSET, &us);
		return err ? err : !a5 ? -EINVAL :
		       futex_wait(&word->key, word->address, value, us, a5);
	case FUTEX_WAKE:
		return wake(&word->key, value, ANY_BIT);
	case FUTEX_WAKE_BITSET:
		return wake(&word->key, value, a5);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if (copy_from_user(&now, word->address, sizeof(now)))
			return -EFAULT;
		if ((op & FUTEX_COMMAND) == FUTEX_CMP_REQUEUE && now != a5)
			return -EAGAIN;
		return wake_and_requeue(word, target, op, value, (unsigned int)a3);
	default:
		return -ENOSYS;
	}
}

static __noinline long futex_of_any(uintptr_t address, unsigned int op, u32 value,
				    unsigned long a3, uintptr_t target, u32 a5)
{
	struct futex_word word = find_word(address, op);
	long result = futex(&word, op, value, a3, target, a5);

	put_word(&word);
	return result;
}

SYSCALL(futex)
{
	unsigned int op = (unsigned int)a1;
	struct futex_key key;

	if (a0 % sizeof(u32))
		return -EINVAL;
	/* As user_range_ok() says of a word that is aligned. */
	if (a0 >= USER_TOP)
		return -EFAULT;
	key.owner = calling_process()->space;
	key.at = a0;
	if (op == (FUTEX_WAKE | FUTEX_PRIVATE))
		return wake(&key, (u32)a2, ANY_BIT);
	if (op == (FUTEX_WAIT | FUTEX_PRIVATE) && !a3)
		return wait_own(&key, (u32)a2);
	return futex_of_any(a0, op, (u32)a2, a3, a4, (u32)a5);
}

SYSCALL(set_robust_list)
{
	if (a1 != 24)
		return -EINVAL;
	current_user()->robust_list = a0;
	return 0;
}
