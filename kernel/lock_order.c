/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holds every CPU to the order of include/kernel/lock_order.h. Each keeps a list of the spinlocks
 * that it holds and is stopped when it takes one out of order, whether or not another CPU is
 * there to complete the deadlock: one run of each path is enough to find it.
 *
 * As classes are taken in ascending order and never two of one, a lock's class is its place on the
 * list: the list cannot overflow, and one comparison says whether a lock may be taken.
 *
 * The list is its CPU's, with interrupts off. The boot CPU has its copy from the first instruction
 * on; the others get theirs before they run C.
 */
#include <kernel/bitops.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <kernel/symbols.h>
#include <arch/irq.h>

#define PLACE_BYTES	64

struct lock_list {
	u32 classes;			/* [P] bit c: of[c] is held */
	struct held_lock {
		const struct spinlock *lock;	/* [P] */
		unsigned long place;		/* [P] return address of who took it */
	} of[NR_LOCK_CLASSES];		/* [P] */
};
BUILD_ASSERT(NR_LOCK_CLASSES <= 32, "a bit for each class of locks");

static DEFINE_PER_CPU(struct lock_list, lock_list);	/* [P] */
static bool given_up;					/* [E] */

#define LOCK_ORDER_NAME(class, name) [class] = name,
static const char *const names[NR_LOCK_CLASSES] = {
	[LOCK_NONE] = "a lock without spin_lock_init()",
	LOCK_ORDER(LOCK_ORDER_NAME)
};

static const char *name_of(const struct spinlock *lock)
{
	return names[lock->class < NR_LOCK_CLASSES ? lock->class : LOCK_NONE];
}

/* The held lock that stands in the way of class: the last one of the order. */
static const struct held_lock *last_held(const struct lock_list *list)
{
	return &list->of[fls32(list->classes) - 1];
}

static __noinline __cold void report_order(const struct spinlock *lock, unsigned long place,
				const struct held_lock *held)
{
	char here[PLACE_BYTES], there[PLACE_BYTES];

	symbol_place(here, PLACE_BYTES, place);
	symbol_place(there, PLACE_BYTES, held->place);
	if (held->lock == lock)
		panic("lock order: takes %s (%s), which it holds already (%s)", name_of(lock),
		      here, there);
	if (held->lock->class == lock->class)
		panic("lock order: takes %s (%s) while holding another %s (%s); never two of one "
		      "kind", name_of(lock), here, name_of(lock), there);
	panic("lock order: takes %s (%s) while holding %s (%s); the order is %s before %s",
	      name_of(lock), here, name_of(held->lock), there, name_of(lock),
	      name_of(held->lock));
}

static __noinline __cold void report_lock(const char *verb, const struct spinlock *lock,
					  unsigned long place, const char *why)
{
	char here[PLACE_BYTES];

	panic("lock order: %s %s (%s)%s", verb, name_of(lock),
	      symbol_place(here, PLACE_BYTES, place), why);
}

__noinline void lock_order_take(const struct spinlock *lock)
{
	unsigned long place = (unsigned long)__builtin_return_address(0);
	struct lock_list *list = this_cpu_ptr(&lock_list);

	if (unlikely(READ_ONCE(given_up)))
		return;
	if (unlikely(!arch_irqs_disabled()))
		report_lock("takes", lock, place, " with interrupts on");
	if (unlikely(lock->class == LOCK_NONE || lock->class >= NR_LOCK_CLASSES))
		report_lock("takes", lock, place, "");
	if (unlikely(list->classes >> lock->class))
		report_order(lock, place, last_held(list));
	list->of[lock->class] = (struct held_lock){ lock, place };
	list->classes |= 1u << lock->class;
}

__noinline void lock_order_release(const struct spinlock *lock)
{
	unsigned long place = (unsigned long)__builtin_return_address(0);
	struct lock_list *list = this_cpu_ptr(&lock_list);

	if (unlikely(READ_ONCE(given_up)))
		return;
	if (unlikely(!arch_irqs_disabled()))
		report_lock("releases", lock, place, " with interrupts on");
	if (unlikely(lock->class >= NR_LOCK_CLASSES || !(list->classes >> lock->class & 1) ||
		     list->of[lock->class].lock != lock))
		report_lock("releases", lock, place, ", which this CPU does not hold");
	list->classes &= ~(1u << lock->class);
}

void lock_order_none_held(const char *what)
{
	char there[PLACE_BYTES];
	unsigned long flags = arch_local_irq_save();
	const struct lock_list *list = this_cpu_ptr(&lock_list);

	if (unlikely(list->classes) && !READ_ONCE(given_up))
		panic("lock order: %s while holding %s (%s)", what,
		      name_of(last_held(list)->lock),
		      symbol_place(there, PLACE_BYTES, last_held(list)->place));
	arch_local_irq_restore(flags);
}

const char *lock_order_last(unsigned long *place)
{
	unsigned long flags = arch_local_irq_save();
	const struct lock_list *list = this_cpu_ptr(&lock_list);
	const char *name = NULL;

	if (list->classes && !READ_ONCE(given_up)) {
		name = name_of(last_held(list)->lock);
		*place = last_held(list)->place;
	}
	arch_local_irq_restore(flags);
	return name;
}

void lock_order_show(void)
{
	const struct lock_list *list = this_cpu_ptr(&lock_list);
	char there[PLACE_BYTES];

	for (unsigned int class = 0; class < NR_LOCK_CLASSES; class++)
		if (list->classes >> class & 1)
			pr_emerg("holds %s, taken at %s\n", names[class],
				 symbol_place(there, PLACE_BYTES, list->of[class].place));
}

void lock_order_give_up(void)
{
	WRITE_ONCE(given_up, true);
}
