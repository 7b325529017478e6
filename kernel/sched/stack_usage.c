/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how much of its stack each thread has used at most.
 *
 * Structure: a stack is zeros when its thread begins, by arch_thread_prepare(); boot's own stack is
 * in bss. The deepest use ends at the lowest word that is not zero any more, above the mark at the
 * end. Words that were written with zero count as unused, so that the answer may be some words
 * short.
 *
 * Invariants: none of its own.
 *
 * Locking: threads_lock, for so many words at a time.
 *
 * Bounds: SCAN_WORDS words under one hold, beside the walk along the list of threads.
 *
 * Configuration: DEBUG_STACK_USAGE.
 */
#include "internal.h"

#define SCAN_WORDS	256u

/* [N] The thread's stack, also of one that runs on what boot gave its CPU. Its first word is the
 * mark. */
static bool stack_of(const struct thread *t, unsigned long *start, unsigned long *end)
{
	*start = t->stack_start;
	*end = t->stack_end;
	if (!*start)
		arch_thread_stack(&t->context, start, end);
	*start += sizeof(unsigned long);
	return *end > *start;
}

/* [N] */
static const struct thread *thread_nr(unsigned int index)
{
	const struct list_head *at = all_threads.next;

	while (index-- && at != &all_threads)
		at = at->next;
	return at == &all_threads ? NULL : list_entry(at, const struct thread, all);
}

unsigned long thread_stack_used(unsigned int index)
{
	const struct thread *wanted = NULL;
	unsigned long offset = 0;

	for (;;) {
		unsigned long flags = spin_lock_irqsave(&threads_lock), start, end, stop;
		const struct thread *t = thread_nr(index);

		if (!t || (wanted && t != wanted) || !stack_of(t, &start, &end)) {
			spin_unlock_irqrestore(&threads_lock, flags);
			return 0;
		}
		wanted = t;
		stop = start + offset + SCAN_WORDS * sizeof(unsigned long);
		stop = stop < end ? stop : end;
		for (start += offset; start < stop; start += sizeof(unsigned long))
			if (READ_ONCE(*(const unsigned long *)start))
				break;
		spin_unlock_irqrestore(&threads_lock, flags);
		if (start < stop || stop == end)
			return end - start;
		offset += SCAN_WORDS * sizeof(unsigned long);
	}
}
