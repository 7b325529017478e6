/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of bounds of threads: steps as kernel/sched, kernel/sync and kernel/time take them, at
 * prices above the dearest that was measured. test/boot/test_latency.py holds the figures of bench
 * and of the command latency against the table.
 */
#include <mm/config.h>

#include "text.h"
#include "table.h"

#define SWITCH		180u	/* from one thread to the next, and its way out */
#define WAKE		240u	/* onto the queue of a CPU */
#define INTERRUPT	380u	/* into the handler and out of it */
#define TIMER		100u	/* called or moved */
#define TIMERS_AT_ONCE	16u	/* kernel/time/timer.c */
#define LINK		220u	/* a thread of a chain that a priority is lent along */
#define RANK		10u	/* a priority at which others wait */

static uint64_t longest_hold(const struct report *r)
{
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_bounds_of of;
	uint64_t most = 0;

	report_bounds_of(r, &of);
	mm_bounds(&of, bounds);
	for (int i = 0; i < NR_MM_PATHS; i++)
		if (bounds[i].steps && bounds[bounds[i].hold].instructions > most)
			most = bounds[bounds[i].hold].instructions;
	return most;
}

static void row(struct table *t, const char *path, const char *formula, uint64_t instructions)
{
	table_cell(t, "%s", path);
	table_cell(t, "%s", formula);
	table_cell(t, "%s", thousands(instructions));
}

void text_print_thread_bounds(const struct report *r, FILE *out)
{
	uint64_t chain = report_number(r, "config", "PI_CHAIN_MAX");
	uint64_t ranks = report_number(r, "config", "NR_PRIORITIES");
	uint64_t hold = longest_hold(r), link = LINK + RANK * ranks;
	uint64_t timers = INTERRUPT + TIMERS_AT_ONCE * TIMER, contended = chain * link;
	uint64_t off = hold > contended ? hold : contended;
	struct table t;

	if (!ranks)
		return;
	text_heading(out, "Bounds of threads", "instructions at most, on one CPU");
	table_begin(&t, "lcr", "path|its steps|instructions");
	row(&t, "thread_yield, thread_block", "S", SWITCH);
	row(&t, "thread_wake", "W", WAKE);
	row(&t, "a priority lent", "C(L + R)", contended);
	row(&t, "mutex handed over", "2(S + W) + C(L + R)", 2 * (SWITCH + WAKE) + contended);
	row(&t, "interrupt of timers", "I + 16T", timers);
	row(&t, "interrupts off in memory's paths", "M", hold);
	row(&t, "timer to the most urgent thread", "max(M, C(L + R)) + I + 16T + W + S",
	    off + timers + WAKE + SWITCH);
	table_end(&t, out);
	fprintf(out, "  S = %-5u a switch\n  W = %-5u a wake-up\n  C = %-5llu threads of a chain, "
		"PI_CHAIN_MAX\n  L + R = %llu for each of them, and its place among "
		"NR_PRIORITIES\n  I = %-5u an interrupt\n  T = %-5u a timer\n  M = %-5llu the longest "
		"of the table above\n", SWITCH, WAKE, ULL(chain), ULL(link), INTERRUPT, TIMER,
		ULL(hold));
}
