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
#include <kernel/init.h>
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
	struct list_head on;			/* [p] next is NULL: somebody wakes it */
	struct futex_key key;			/* [p] */
	u32 ignored;				/* [c] the bits that it does not wait for */
	bool woken;				/* [a] by then nobody touches this any more */
	struct thread *thread;			/* [c] */
};

static struct list_head lists[LISTS];		/* [p] */

static int __init futex_init(void)
{
	for (unsigned int i = 0; i < LISTS; i++)
		INIT_LIST_HEAD(&lists[i]);
	return 0;
}
initcall(futex_init);

static __always_inline struct list_head *list_at(u64 at)
{
	return &lists[at / sizeof(u32) % LISTS];
}

static struct list_head *list_of(const struct futex_key *key)
{
	return list_at(key->at);
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

/* [p] Nobody but the caller, who wakes it, finds it from now on. */
static __always_inline void take_off(struct futex_waiter *w)
{
	list_del(&w->on);
	w->on.next = NULL;
}

/* [p], and sched_irq_restore() behind it. */
static int wake_locked(const struct futex_key *key, unsigned int most, u32 bits)
{
	struct list_head *list = list_of(key), *at = list->next;
	unsigned int woken = 0;

	while (at != list && woken < most) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		at = at->next;
		if (!is_same(&w->key, key) || !(bits & ~w->ignored))
			continue;
		take_off(w);
		thread_wake_waiter(w->thread, &w->woken);
		woken++;
	}
	return (int)woken;
}

static int wake(const struct futex_key *key, unsigned int most, u32 bits)
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
	bool taken = !w->on.next;

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

/* Woken for a signal, or by what came late. */
static __noinline long sleep_on_anew(struct futex_waiter *w)
{
	return sleep_on(w, WAIT_FOREVER);
}

static __noinline long futex_wait(const struct futex_key *key, uintptr_t address, u32 value,
				       u64 us, u32 bits)
{
	struct futex_waiter w;
	unsigned long flags;
	u32 now;

	w.key = *key;
	w.ignored = ~bits;
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

static __noinline long futex_of_any(uintptr_t address, unsigned long op, unsigned long value,
				    unsigned long a3, uintptr_t target, unsigned long a5)
{
	struct futex_word word;
	long result;

	if (address % sizeof(u32))
		return -EINVAL;
	if (address >= USER_TOP)
		return -EFAULT;
	word = find_word(address, (unsigned int)op);
	result = futex(&word, (unsigned int)op, (u32)value, a3, target, (u32)a5);

	put_word(&word);
	return result;
}

/*
 * What most calls are: they wait for a word of the space alone, and for as long as it takes, or
 * wake the first who does. Both are in functions of their own, which keep few registers.
 */
static __noinline long wait_own(uintptr_t address, s32 value)
{
	struct thread *const t = current_thread();
	struct futex_waiter w;
	unsigned long flags;
	long now;

	w.key.owner = t->user->process->space;
	w.key.at = address;
	w.ignored = 0;
	w.woken = false;
	w.thread = t;
	flags = spin_lock_irqsave(&process_lock);
	now = user_peek(address);
	if (unlikely(now != value)) {
		spin_unlock_irqrestore(&process_lock, flags);
		return now != USER_FAULT ? -EAGAIN :
		       futex_wait(&w.key, address, (u32)value, WAIT_FOREVER, ANY_BIT);
	}
	list_add_tail(&w.on, list_at(address));
	spin_unlock(&process_lock);
	if (likely(!READ_ONCE(t->interrupted)))
		thread_block_restore(flags);
	else
		arch_local_irq_restore(flags);
	return likely(is_woken(&w)) ? 0 : sleep_on_anew(&w);
}

static __noinline long wake_one(uintptr_t address)
{
	const struct address_space *space = calling_process()->space;
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *list = list_at(address);

	for (struct list_head *at = list->next; at != list; at = at->next) {
		struct futex_waiter *w = list_entry(at, struct futex_waiter, on);

		if (w->key.at != address || w->key.owner != space)
			continue;
		take_off(w);
		spin_unlock(&process_lock);
		return thread_wake_restore(w->thread, &w->woken, flags);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

SYSCALL(futex)
{
	/* As user_range_ok() says of a word that is aligned. */
	if (likely(!(a0 % sizeof(u32))) && likely(a0 < USER_TOP)) {
		if (a1 == (FUTEX_WAKE | FUTEX_PRIVATE) && a2 == 1)
			return wake_one(a0);
		if (a1 == (FUTEX_WAIT | FUTEX_PRIVATE) && !a3)
			return wait_own(a0, (s32)a2);
	}
	return futex_of_any(a0, a1, a2, a3, a4, a5);
}

SYSCALL(set_robust_list)
{
	if (a1 != 24)
		return -EINVAL;
	current_user()->robust_list = a0;
	return 0;
}
