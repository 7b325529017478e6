/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adversary of stacks, whose pages lie apart, and of requests that wait for memory: nothing is
 * free; and there is memory in single pages, which is no use to a request for two, but which its
 * node's thread finds whenever it looks. What the request takes itself is counted by its thread's
 * time.
 */
#include <kernel/sched.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/thread.h>
#include <mm/gfp.h>
#include <mm/stack.h>
#include <mm/vmalloc.h>
#include <arch/time.h>

#include "bounds.h"

#define FILLERS	32ul

static void take_stack(void)
{
	u64 from = arch_instret();
	unsigned long stack = stack_alloc(THREAD_STACK_DEFAULT, -1);

	if (!stack)
		return;
	bound_saw(PATH_STACK, from);
	drain_local_pages();
	from = arch_instret();
	stack_free(stack);
	bound_saw(PATH_STACK_FREE, from);
	drain_local_pages();
}

/* Behind areas of which one ends so that the stack lies across a border of tables. */
static void take_stacks(void)
{
	for (unsigned long pages = 512 - FILLERS; pages < 512; pages++) {
		void *filler = __vmalloc(pages * PAGE_SIZE, GFP_NOWAIT | __GFP_NOWARN);

		take_stack();
		if (filler)
			vfree(filler);
		drain_local_pages();
	}
}

void bound_drive_stacks(void)
{
	if (!bound_room_get())
		return;
	bound_in_pieces(take_stacks);
	bound_room_put();
}

static void wait_in_vain(unsigned int order)
{
	struct page *page;
	u64 ran;

	/* CPU time is counted up to the last switch. */
	usleep(1);
	ran = current_thread()->ran_ticks;
	page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, order);
	usleep(1);
	ran = current_thread()->ran_ticks - ran;
	if (page)
		__free_pages(page, order);
	else
		/* Where instructions are counted one takes a nanosecond. */
		bound_worst[PATH_ALLOC_WAIT] = max(bound_worst[PATH_ALLOC_WAIT],
						   ran * (1000000000u / timebase_hz));
}

static void wait_for_two(void)
{
	wait_in_vain(1);
}

void bound_drive_waiting(void)
{
	if (!timebase_hz || !bound_room_get())
		return;
	bound_take_all();
	wait_in_vain(0);
	bound_give_rest();
	bound_in_pieces(wait_for_two);
	bound_room_put();
}
