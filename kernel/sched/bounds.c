/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the worst case of each way of waiting, in instructions on one CPU.
 *
 * Structure: a path is a sum of parts, each at a price above the dearest that was ever measured.
 * The benchmark "bound" drives each path to its worst case and holds what it measures against the
 * sum.
 *
 *	S	from one thread to the next, whose account is another one
 *	W	a thread put on the queue of its CPU
 *	P	the timer of turns set, for the first of a priority that is ready beside an equal
 *	Q	a waiter put on a queue or taken off it
 *	L	a thread of a chain that a priority is lent along
 *	R	a priority at which others wait, looked at
 *	I	into the handler of an interrupt and out of it
 *	T	a timer called or moved
 *
 * A change of priority that goes along a chain looks at no priority twice on the queues of mutexes,
 * nor on the lists of threads that hold them: the next thread gets the most urgent of those that
 * were looked at, and only what is more urgent is looked at there. So a chain of C costs CL + 2RN,
 * not C(L + RN).
 *
 * Invariants:
 * TB1 No path takes more instructions than thread_bounds() says, waiting for another CPU's hold of
 *     a lock aside.
 *
 * Locking: none.
 *
 * Bounds: none of its own.
 *
 * Configuration: the prices are those of kernels without LATENCY_TRACE and WAIT_ORDER.
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/thread_bounds.h>
#include <kernel/timer.h>

#define SWITCH		180u
#define WAKE		170u
#define TURNS		220u
#define QUEUE		120u
#define LINK		240u
#define RANK		10u
#define INTERRUPT	380u
#define TIMER		100u

static unsigned long lent(const struct thread_bounds_of *of)
{
	return of->chain * LINK + 2ul * RANK * of->priorities;
}

/* Each timer may be that of a thread that sleeps. */
static unsigned long timers(void)
{
	return INTERRUPT + TIMERS_AT_ONCE * (TIMER + WAKE) + TURNS;
}

void thread_bounds(const struct thread_bounds_of *of, struct thread_bound bounds[NR_THREAD_PATHS])
{
	const unsigned long ranks = (unsigned long)RANK * of->priorities;
	const struct thread_bound all[NR_THREAD_PATHS] = {
		[THREAD_SWITCH] = { "thread_yield, thread_block", "S", SWITCH },
		[THREAD_WAKE] = { "thread_wake", "W + P", WAKE + TURNS },
		[THREAD_WAIT] = { "a wait, to the next thread", "S + Q + RN",
				  SWITCH + QUEUE + ranks },
		[THREAD_WAKE_UP] = { "wake_up, up, complete", "W + Q", WAKE + QUEUE },
		[THREAD_MUTEX_WAIT] = { "mutex_lock, waiting", "S + 2Q + RN + CL + 2RN",
					SWITCH + 2 * QUEUE + ranks + lent(of) },
		[THREAD_MUTEX_GIVE_UP] = { "mutex_lock_timeout, in vain",
					   "I + T + W + S + 2Q + CL + 2RN",
					   INTERRUPT + TIMER + WAKE + SWITCH + 2 * QUEUE +
					   lent(of) },
		[THREAD_HAND_OVER] = { "mutex handed over", "W + S + 3Q + RN",
				       WAKE + SWITCH + 3 * QUEUE + ranks },
		[THREAD_TIMERS] = { "interrupt of timers", "I + 7(T + W) + P", timers() },
		[THREAD_WORK_QUEUE] = { "queue_work", "W + Q", of->works ? WAKE + QUEUE : 0 },
		[THREAD_WORK_RUN] = { "work to its first instruction", "W + 2Q + S",
				      of->works ? WAKE + 2 * QUEUE + SWITCH : 0 },
		[THREAD_IRQS_OFF] = { "interrupts off in memory's paths", "M", of->irqs_off },
		[THREAD_ON_TIME] = { "timer to the most urgent thread",
				     "max(M, CL + 2RN) + I + 7(T + W) + P + S",
				     max(of->irqs_off, lent(of)) + timers() + SWITCH },
	};

	for (int i = 0; i < NR_THREAD_PATHS; i++)
		bounds[i] = all[i];
}

void thread_bounds_letters(const struct thread_bounds_of *of,
			   struct bound_letter letters[NR_THREAD_LETTERS])
{
	const struct bound_letter all[] = {
		{ 'S', SWITCH, "a switch" },
		{ 'W', WAKE, "a wake-up" },
		{ 'P', TURNS, "the timer of turns" },
		{ 'Q', QUEUE, "a waiter on its queue, or off it" },
		{ 'C', of->chain, "threads of a chain, PI_CHAIN_MAX" },
		{ 'L', LINK, "for each of them" },
		{ 'R', RANK, "a priority at which others wait" },
		{ 'N', of->priorities, "NR_PRIORITIES" },
		{ 'I', INTERRUPT, "an interrupt" },
		{ 'T', TIMER, "a timer" },
		{ 'M', of->irqs_off, "the longest of the table of memory's paths" },
	};

	BUILD_ASSERT(ARRAY_SIZE(all) == NR_THREAD_LETTERS, "each letter has a row");
	for (size_t i = 0; i < NR_THREAD_LETTERS; i++)
		letters[i] = all[i];
}
