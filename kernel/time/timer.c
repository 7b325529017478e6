/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: timers, and the one place that sets a CPU's hardware timer.
 *
 * Structure: each CPU has a base tick, which no pending timer lies before, and lists of timers. A
 * deadline is a number of digits of SLOT_BITS bits. A timer lies at the level of the highest digit
 * in which its deadline differs from the base, in the slot of that digit; a bit says which slots
 * are not empty. So the next timers are in the lowest slot of the lowest level, and a slot of level
 * 0 holds one tick:
 *
 *     base      3 5 2 0          level 1, slot 6:  3 5 6 x   in some order
 *     deadline  3 5 6 1          level 2, slot 7:  3 7 x x
 *
 * When the base reaches a slot, its timers move to lower levels, each at most LEVELS times in its
 * life. Of a slot with one timer the very deadline is known, and the timer does not move at all.
 * The farthest deadlines, beyond all levels, lie in one more list.
 *
 * Invariants:
 * TI1 A timer that is pending lies in the slot that its deadline and its CPU's base say, and the
 *     slot's bit is set; slots without a bit are empty.
 * TI2 The hardware timer is set to the first deadline, or to a moment before it.
 * TI3 No timer is called before its deadline, and none in another order than that of deadlines.
 *
 * Locking: timers->lock of one CPU at a time; no lock is held while a timer's function runs.
 *
 * Bounds: one interrupt calls or moves at most TIMERS_AT_ONCE timers.
 *
 * Configuration: THREADS.
 */
#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/percpu.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <arch/cpu.h>
#include <arch/processor.h>
#include <arch/time.h>

#define SLOT_BITS	6u
#define SLOTS		(1u << SLOT_BITS)
#define LEVELS		8u
#define FAR_LEVEL	LEVELS		/* one list */

struct timers {
	spinlock_t lock;
	u64 base;			/* [Y] */
	u64 armed;			/* [Y*] what the hardware is set to */
	u32 levels;			/* [Y] bit l: slots[l] is not 0 */
	u64 slots[LEVELS];		/* [Y] bit s: first[l][s] is not empty */
	struct timer *first[LEVELS][SLOTS];	/* [Y] */
	struct timer *far, *open;	/* [Y] open: of the slot that the base has reached */
	struct timer *running;		/* [Y] its function runs */
	u64 interrupts, called, moved;	/* [Y*] */
};

static DEFINE_PER_CPU(struct timers, timers);	/* [f] */

/* Interrupts off. */
static __always_inline struct timers *these_timers(void)
{
	return this_cpu_ptr(&timers);
}

void __init timers_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		spin_lock_init(&per_cpu_ptr(&timers, cpu)->lock, LOCK_TIMERS);
		per_cpu_ptr(&timers, cpu)->armed = TIMER_NEVER;
	}
}

/* ---- lists ---- */

static __always_inline void list_push(struct timer **list, struct timer *t)
{
	t->next = *list;
	if (t->next)
		t->next->link = &t->next;
	t->link = list;
	*list = t;
}

/* The level of a difference below the farthest, by halving. */
static __always_inline unsigned int level_of(u64 differ)
{
	unsigned int level = 0;

	BUILD_ASSERT(LEVELS == 8, "three halvings find a level");
	if (differ >> 4 * SLOT_BITS) {
		differ >>= 4 * SLOT_BITS;
		level = 4;
	}
	if (differ >> 2 * SLOT_BITS) {
		differ >>= 2 * SLOT_BITS;
		level += 2;
	}
	return differ >> SLOT_BITS ? level + 1 : level;
}

/* [Y] */
static __always_inline void place(struct timers *ts, struct timer *t)
{
	u64 at = max(t->deadline, ts->base), differ = at ^ ts->base;
	unsigned int level, slot;
	struct timer **list;

	if (unlikely(differ >> LEVELS * SLOT_BITS)) {
		t->level = FAR_LEVEL;
		list_push(&ts->far, t);
		return;
	}
	level = level_of(differ);
	slot = at >> level * SLOT_BITS & (SLOTS - 1);
	list = &ts->first[level][slot];
	t->level = (u8)level;
	t->slot = (u8)slot;
	if (!*list) {
		ts->slots[level] |= 1ull << slot;
		ts->levels |= 1u << level;
	}
	list_push(list, t);
}

static __always_inline void slot_emptied(struct timers *ts, unsigned int level, unsigned int slot)
{
	ts->slots[level] &= ~(1ull << slot);
	if (!ts->slots[level])
		ts->levels &= ~(1u << level);
}

/* [Y] */
static __always_inline void take_off(struct timers *ts, struct timer *t)
{
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->link = NULL;
	if (t->level < LEVELS && !ts->first[t->level][t->slot])
		slot_emptied(ts, t->level, t->slot);
}

/* ---- what comes next ---- */

/* The first tick of a slot. */
static u64 slot_start(const struct timers *ts, unsigned int level, unsigned int slot)
{
	unsigned int shift = level * SLOT_BITS;

	return ((ts->base >> shift >> SLOT_BITS << SLOT_BITS) + slot) << shift;
}

/* [Y] The first moment at which something is to be done. */
static u64 next_event(const struct timers *ts)
{
	unsigned int level, slot;
	const struct timer *t;

	if (ts->open)
		return ts->base;
	if (!ts->levels)
		return ts->far ? slot_start(ts, LEVELS - 1, SLOTS) : TIMER_NEVER;
	level = ctz32(ts->levels);
	slot = ctz64(ts->slots[level]);
	t = ts->first[level][slot];
	return t->next ? slot_start(ts, level, slot) : max(t->deadline, ts->base);
}

/* [Y] */
static void arm(struct timers *ts, u64 deadline)
{
	if (deadline == ts->armed)
		return;
	WRITE_RELAXED(ts->armed, deadline);
	if (deadline == TIMER_NEVER)
		arch_timer_cancel();
	else
		arch_timer_program(deadline);
}

/*
 * [Y] What lies in the first slot, which the base has reached, is to find new places. There may be
 * any number, so each keeps the level and the slot that it had: none can come into that slot before
 * the last has left it, and to clear the slot's bit again changes nothing.
 */
static void open_slot(struct timers *ts, struct timer **list)
{
	ts->open = *list;
	*list = NULL;
	ts->open->link = &ts->open;
}

/* [Y] A timer of the open slot finds its place. */
static void move_one(struct timers *ts)
{
	struct timer *t = ts->open;

	take_off(ts, t);
	place(ts, t);
	ts->moved++;
}

/*
 * [Y] The first timer, off its list, if it is due at now. NULL: nothing is to be done before
 * *event, or *steps of work are used up.
 */
static __always_inline struct timer *take_due(struct timers *ts, u64 now, unsigned int *steps,
					      u64 *event)
{
	for (; *steps; --*steps) {
		unsigned int level, slot;
		struct timer *t;

		if (unlikely(ts->open)) {
			move_one(ts);
			continue;
		}
		if (unlikely(!ts->levels)) {
			*event = next_event(ts);
			if (*event > now)
				return NULL;
			ts->base = *event;
			open_slot(ts, &ts->far);
			continue;
		}
		level = ctz32(ts->levels);
		slot = ctz64(ts->slots[level]);
		t = ts->first[level][slot];
		if (level && t->next) {
			*event = slot_start(ts, level, slot);
			if (*event > now)
				return NULL;
			ts->base = *event;
			open_slot(ts, &ts->first[level][slot]);
			slot_emptied(ts, level, slot);
			continue;
		}
		*event = t->deadline;
		if (t->deadline > now)
			return NULL;
		ts->base = max(t->deadline, ts->base);
		take_off(ts, t);
		return t;
	}
	*event = ts->base;
	return NULL;
}

/* [Y] is released meanwhile. */
static void call(struct timers *ts, struct timer *t)
{
	ts->running = t;
	ts->called++;
	spin_unlock(&ts->lock);
	t->fn(t);
	spin_lock(&ts->lock);
	ts->running = NULL;
}

void timer_interrupt(void)
{
	struct timers *ts = these_timers();
	unsigned int steps = TIMERS_AT_ONCE;
	u64 now = arch_ticks(), event;
	struct timer *t;

	spin_lock(&ts->lock);
	WRITE_RELAXED(ts->armed, TIMER_NEVER);
	while ((t = take_due(ts, now, &steps, &event))) {
		call(ts, t);
		steps--;
	}
	ts->interrupts++;
	arm(ts, event);
	spin_unlock(&ts->lock);
}

/* ---- adding and cancelling ---- */

void timer_add(struct timer *t, u64 deadline)
{
	unsigned long flags = arch_local_irq_save();
	struct timers *ts = these_timers();

	ASSERT(!t->link, "TI1: a timer is added that is pending");
	spin_lock(&ts->lock);
	if (unlikely(!ts->levels) && !ts->far && !ts->open)
		ts->base = arch_ticks();
	t->deadline = deadline;
	WRITE_ONCE(t->cpu, smp_processor_id());
	place(ts, t);
	if (deadline < ts->armed)
		arm(ts, deadline);
	spin_unlock_irqrestore(&ts->lock, flags);
}

/* Interrupts off. */
static struct timers *lock_timers_of(const struct timer *t)
{
	for (;;) {
		unsigned int cpu = READ_ONCE(t->cpu);
		struct timers *ts = per_cpu_ptr(&timers, cpu);

		spin_lock(&ts->lock);
		if (!IS_ENABLED(CONFIG_SMP) || likely(t->cpu == cpu))
			return ts;
		spin_unlock(&ts->lock);
	}
}

/* *runs: its function has begun, and not returned. */
static __always_inline bool cancel(struct timer *t, bool *runs)
{
	unsigned long flags = arch_local_irq_save();
	struct timers *ts = lock_timers_of(t);
	bool was_pending = t->link != NULL;

	if (was_pending)
		take_off(ts, t);
	*runs = ts->running == t;
	spin_unlock_irqrestore(&ts->lock, flags);
	return was_pending;
}

bool timer_cancel(struct timer *t)
{
	bool runs;

	return cancel(t, &runs);
}

bool timer_cancel_sync(struct timer *t)
{
	bool runs, was_pending = cancel(t, &runs);

	/* Under the lock each time: what the function did is seen with its end. */
	while (unlikely(runs)) {
		arch_cpu_relax();
		was_pending |= cancel(t, &runs);
	}
	return was_pending;
}

/* ---- naps, and CPUs that go ---- */

void timer_nap(u64 us)
{
	unsigned long flags = arch_local_irq_save();
	struct timers *ts = these_timers();
	u64 end = ticks_in_us(us), armed = READ_ONCE(ts->armed);

	/* An interrupt that is not taken ends the wait all the same. */
	arch_timer_program(min(end, armed));
	arch_wait_for_interrupt();
	/* Who stands still for this CPU to leave has given its timers away meanwhile. */
	armed = READ_ONCE(ts->armed);
	if (armed == TIMER_NEVER)
		arch_timer_cancel();
	else
		arch_timer_program(armed);
	arch_local_irq_restore(flags);
}

static void move_list(struct timers *to, struct timer *t)
{
	while (t) {
		struct timer *next = t->next;

		WRITE_ONCE(t->cpu, 0);
		place(to, t);
		t = next;
	}
}

/* All stand still, with no lock held; this is CPU 0. */
void timers_leave_cpu(unsigned int cpu)
{
	struct timers *from = per_cpu_ptr(&timers, cpu), *to = these_timers();

	if (!to->levels && !to->far && !to->open)
		to->base = min(from->base, arch_ticks());
	for (unsigned int level = 0; level < LEVELS; level++)
		for (; from->slots[level]; from->slots[level] &= from->slots[level] - 1) {
			struct timer **list = &from->first[level][ctz64(from->slots[level])];

			move_list(to, *list);
			*list = NULL;
		}
	move_list(to, from->far);
	move_list(to, from->open);
	from->far = from->open = NULL;
	from->levels = 0;
	WRITE_RELAXED(from->armed, TIMER_NEVER);
	arm(to, next_event(to));
}

/* ---- looking ---- */

static unsigned long count_list(const struct timer *t)
{
	unsigned long nr = 0;

	for (; t; t = t->next)
		nr++;
	return nr;
}

void timers_snapshot(unsigned int cpu, struct timers_snapshot *s)
{
	struct timers *ts = per_cpu_ptr(&timers, cpu);
	unsigned long flags;

	flags = spin_lock_irqsave(&ts->lock);
	*s = (struct timers_snapshot){ .armed = ts->armed, .interrupts = ts->interrupts,
				       .called = ts->called, .moved = ts->moved };
	for (unsigned int level = 0; level < LEVELS; level++)
		for (u64 bits = ts->slots[level]; bits; bits &= bits - 1)
			s->pending += count_list(ts->first[level][ctz64(bits)]);
	s->pending += count_list(ts->far) + count_list(ts->open);
	spin_unlock_irqrestore(&ts->lock, flags);
}

static bool is_placed(const struct timers *ts, const struct timer *t, unsigned int level,
		      unsigned int slot, unsigned int cpu)
{
	unsigned int shift = level * SLOT_BITS;
	u64 at = max(t->deadline, ts->base);

	return t->level == level && t->slot == slot && t->cpu == cpu && *t->link == t &&
	       at >> shift >> SLOT_BITS == ts->base >> shift >> SLOT_BITS &&
	       (at >> shift & (SLOTS - 1)) == slot;
}

static const char *validate_slot(const struct timers *ts, unsigned int level, unsigned int slot,
				 unsigned int cpu)
{
	const struct timer *t = ts->first[level][slot];

	if ((ts->slots[level] >> slot & 1) != (t != NULL) ||
	    (ts->levels >> level & 1) != (ts->slots[level] != 0))
		return "TI1: the bit of a slot is not what the slot is";
	for (; t; t = t->next) {
		if (!is_placed(ts, t, level, slot, cpu))
			return "TI1: a timer lies in the wrong slot";
		if (ts->armed > max(t->deadline, ts->base))
			return "TI2: the hardware timer is set to a moment behind a deadline";
	}
	return NULL;
}

const char *timers_validate(void)
{
	const char *rule = NULL;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		const struct timers *ts = per_cpu_ptr(&timers, cpu);

		for (unsigned int i = 0; i < LEVELS * SLOTS && !rule; i++)
			rule = validate_slot(ts, i / SLOTS, i % SLOTS, cpu);
		if (!rule && ts->open && ts->armed > ts->base)
			rule = "TI2: the hardware timer is set to a moment behind work that is due";
		for (const struct timer *t = ts->far; t && !rule; t = t->next)
			if (ts->armed > t->deadline)
				rule = "TI2: the hardware timer is set to a moment behind a far one";
	}
	return rule;
}
