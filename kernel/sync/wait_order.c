/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: who may wait, and in which order locks that wait are taken.
 *
 * Structure: a graph of kinds of locks. An edge from one to another says that the second was taken
 * while the first was held, and where; a thread that is about to take a lock adds an edge from each
 * that it holds. An edge that closes a cycle is a deadlock that some timing will bring about, so
 * one run of each path is enough to find it, and nobody has to wait. Edges are never taken away. A
 * kind has a row by its address; who finds an empty row makes it its own.
 *
 * Invariants:
 * WO1 Nobody asks to wait in an interrupt, with interrupts or preemption off, in an idle thread or
 *     with a spinlock held, whether or not he would have to.
 * WO2 The graph has no cycle: there is an order of all locks that wait.
 *
 * Locking: atomic operations on rows and edges. Two CPUs that close a cycle at the same moment may
 * both miss it; the next to come that way does not.
 *
 * Bounds: KINDS rows looked at, and a way through the graph for each new edge.
 *
 * Configuration: WAIT_ORDER.
 */
#include <kernel/bitops.h>
#include <kernel/latency.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/sched.h>
#include <kernel/sprintf.h>
#include <kernel/symbols.h>
#include <kernel/thread.h>
#include <kernel/wait_order.h>
#include <arch/irq.h>

#define KINDS		32u
#define PLACE_BYTES	64
#define CYCLE_BYTES	512

static const struct wait_kind *kinds[KINDS];		/* [a] */
static u32 after[KINDS];				/* [a] bit b: kind b was taken behind it */
static unsigned long edge_place[KINDS][KINDS];		/* [a] and where */

/* ---- who may wait ---- */

static __noinline __cold void refuse(const char *what, unsigned long place, const char *why,
				     unsigned long since)
{
	char here[PLACE_BYTES], there[PLACE_BYTES];

	symbol_place(here, PLACE_BYTES, place);
	if (since)
		panic("WO1: %s (%s) %s (%s)", what, here, why,
		      symbol_place(there, PLACE_BYTES, since));
	panic("WO1: %s (%s) %s", what, here, why);
}

static void look(const char *what, unsigned long place)
{
	const struct current_cpu *now = current_cpu();
	unsigned long since = 0;
	const char *held = lock_order_last(&since);
	char text[PLACE_BYTES];

	if (unlikely(held)) {
		scnprintf(text, sizeof(text), "while holding %s", held);
		refuse(what, place, text, since);
	}
	if (unlikely(now->in_interrupt))
		refuse(what, place, "in an interrupt", 0);
	if (unlikely(arch_irqs_disabled()))
		refuse(what, place, "with interrupts off", latency_place(LATENCY_IRQS_OFF));
	if (unlikely(now->preempt_off))
		refuse(what, place, "with preemption off", latency_place(LATENCY_PREEMPT_OFF));
	if (unlikely(now->idle))
		refuse(what, place, "in an idle thread", 0);
}

__noinline void wait_order_may_wait(const char *what)
{
	if (threads_run())
		look(what, (unsigned long)__builtin_return_address(0));
}

/* ---- the order ---- */

/* KINDS: there are more than have room, and this one is not looked at. */
static unsigned int row_of(const struct wait_kind *kind)
{
	unsigned int i;

	for (i = 0; i < KINDS; i++) {
		const struct wait_kind *found = __atomic_load_n(&kinds[i], __ATOMIC_RELAXED);

		if (found == kind ||
		    (!found && __atomic_compare_exchange_n(&kinds[i], &found, kind, false,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED)) ||
		    found == kind)
			break;
	}
	return i;
}

/* The way back: from[x] leads to x. False: none leads from one to the other. */
static bool find_way(unsigned int start, unsigned int end, u8 *from)
{
	u32 seen = 1u << start, edge = seen;

	while (edge) {
		unsigned int at = ctz32(edge);
		u32 next = __atomic_load_n(&after[at], __ATOMIC_RELAXED) & ~seen;

		edge &= edge - 1;
		seen |= next;
		edge |= next;
		for (; next; next &= next - 1)
			from[ctz32(next)] = (u8)at;
		if (seen >> end & 1)
			return true;
	}
	return false;
}

static __noinline __cold void report_order(unsigned int row, unsigned long place,
					   const struct held_wait *held, unsigned int held_row,
					   const u8 *from)
{
	char text[CYCLE_BYTES], here[PLACE_BYTES], there[PLACE_BYTES];
	int len = 0;

	for (unsigned int at = held_row; at != row; at = from[at])
		len += scnprintf(text + len, sizeof(text) - (size_t)len, "%s%s behind %s (%s)",
				 len ? ", " : "", kinds[at]->name, kinds[from[at]]->name,
				 symbol_place(here, PLACE_BYTES, edge_place[from[at]][at]));
	panic("WO2: deadlock: %s takes %s (%s) while holding %s (%s); before it was %s",
	      current_thread()->name, kinds[row]->name, symbol_place(here, PLACE_BYTES, place),
	      held->kind->name, symbol_place(there, PLACE_BYTES, held->place), text);
}

static void add_edge(const struct held_wait *held, unsigned int row, unsigned long place)
{
	unsigned int before = row_of(held->kind);
	u8 from[KINDS];

	if (before == row || before == KINDS || row == KINDS ||
	    __atomic_load_n(&after[before], __ATOMIC_RELAXED) >> row & 1)
		return;
	if (find_way(row, before, from))
		report_order(row, place, held, before, from);
	__atomic_store_n(&edge_place[before][row], place, __ATOMIC_RELAXED);
	__atomic_fetch_or(&after[before], 1u << row, __ATOMIC_RELAXED);
}

static void push(struct wait_held *list, const void *lock, const struct wait_kind *kind,
		 unsigned long place)
{
	if (list->nr < WAIT_HELD_MOST)
		list->of[list->nr++] = (struct held_wait){ lock, kind, place };
}

__noinline void wait_order_take(const void *lock, const struct wait_kind *kind)
{
	unsigned long place = (unsigned long)__builtin_return_address(0);
	struct wait_held *list;
	unsigned int row;

	if (unlikely(!threads_run()))
		return;
	look("a lock that waits is taken", place);
	list = &current_thread()->waits;
	row = list->nr ? row_of(kind) : KINDS;
	for (unsigned int i = 0; i < list->nr; i++)
		add_edge(&list->of[i], row, place);
	push(list, lock, kind, place);
}

__noinline void wait_order_taken(const void *lock, const struct wait_kind *kind)
{
	if (likely(threads_run()))
		push(&current_thread()->waits, lock, kind,
		     (unsigned long)__builtin_return_address(0));
}

void wait_order_release(const void *lock)
{
	struct wait_held *list;

	if (unlikely(!threads_run()))
		return;
	list = &current_thread()->waits;
	for (unsigned int i = list->nr; i-- > 0;) {
		if (list->of[i].lock != lock)
			continue;
		for (list->nr--; i < list->nr; i++)
			list->of[i] = list->of[i + 1];
		return;
	}
}
