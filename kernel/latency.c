/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: how long interrupts, or preemption, are off, and from where to where.
 *
 * Structure: each CPU has a table of places where a stretch began. A stretch that ends looks its
 * place up in one of TABLE rows, by the address, and takes the place of a shorter one that has the
 * row; so a place may be missing, and the longest is never.
 *
 * Invariants:
 * LT1 While stretches are held to it, none is longer than LATENCY_MAX, but those that are excused:
 *     all CPUs stand still on purpose, or a whole structure is checked. One that is longer is
 *     reported with its path, once for each place, when it ends and no lock is held.
 *
 * Locking: none: a CPU's table is its own, with interrupts off; readers see words of several
 * moments.
 *
 * Bounds: PROBES rows looked at for each stretch.
 *
 * Configuration: LATENCY_TRACE, LATENCY_MAX.
 */
#include <kernel/latency.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <kernel/symbols.h>
#include <arch/irq.h>
#include <arch/time.h>

#define TABLE		64u
#define PROBES		4u
#define PLACE_BYTES	64

struct latency_cpu {
	struct stretch_now {
		u64 since;			/* [P] 0: none is on */
		unsigned long place;		/* [P] */
		bool excused;			/* [P] */
	} now[NR_LATENCY_KINDS];		/* [P] */
	struct latency_stretch of[NR_LATENCY_KINDS][TABLE];	/* [P] */
};

static DEFINE_PER_CPU(struct latency_cpu, latency_cpu);	/* [P] */
static bool counting;					/* [s] */
static bool held_to_maximum;				/* [s] */

static __always_inline void begin_at(enum latency_kind kind, unsigned long place)
{
	struct latency_cpu *l = this_cpu_ptr(&latency_cpu);

	l->now[kind].place = place;
	l->now[kind].excused = false;
	l->now[kind].since = arch_instret();
}

__noinline void latency_begin(enum latency_kind kind)
{
	if (IS_ENABLED(CONFIG_WAIT_ORDER))
		this_cpu_ptr(&latency_cpu)->now[kind].place =
			(unsigned long)__builtin_return_address(0);
	if (likely(!READ_ONCE(counting)))
		return;
	begin_at(kind, (unsigned long)__builtin_return_address(0));
}

unsigned long latency_place_noted(enum latency_kind kind)
{
	return IS_ENABLED(CONFIG_WAIT_ORDER) ? this_cpu_ptr(&latency_cpu)->now[kind].place : 0;
}

__noinline void latency_begin_anew(enum latency_kind kind)
{
	if (READ_ONCE(counting))
		begin_at(kind, (unsigned long)__builtin_return_address(0));
}

void latency_excuse(void)
{
	this_cpu_ptr(&latency_cpu)->now[LATENCY_IRQS_OFF].excused = true;
}

u64 latency_pause(void)
{
	if (likely(!READ_ONCE(counting)) || !arch_irqs_disabled())
		return 0;
	return this_cpu_ptr(&latency_cpu)->now[LATENCY_IRQS_OFF].since ? arch_instret() : 0;
}

void latency_resume(u64 paused_at)
{
	struct stretch_now *on = &this_cpu_ptr(&latency_cpu)->now[LATENCY_IRQS_OFF];

	if (paused_at)
		on->since += arch_instret() - paused_at;
}

/* The row of the place that begin is; NULL: longer ones have all that it may be in. */
static struct latency_stretch *row_of(struct latency_stretch *table, unsigned long begin, u64 took)
{
	struct latency_stretch *least = NULL;
	unsigned long at = begin >> 1;

	for (unsigned int i = 0; i < PROBES; i++) {
		struct latency_stretch *s = &table[(at + i) % TABLE];

		if (s->begin == begin) {
			least = s;
			break;
		}
		if (!least || s->instructions < least->instructions)
			least = s;
	}
	if (least->begin != begin) {
		if (least->instructions >= took)
			return NULL;
		*least = (struct latency_stretch){ .begin = begin };
	}
	return least;
}

/* The stretch is over, so what this takes belongs to none. */
static __noinline __cold void report(enum latency_kind kind, unsigned long begin,
				     unsigned long end, u64 took)
{
	char from[PLACE_BYTES], to[PLACE_BYTES];

	pr_err("LT1: %s off for %llu instructions, from %s to %s; CONFIG_LATENCY_MAX is %u\n",
	       kind == LATENCY_IRQS_OFF ? "interrupts were" : "preemption was",
	       (unsigned long long)took,
	       symbol_place(from, PLACE_BYTES, begin), symbol_place(to, PLACE_BYTES, end),
	       CONFIG_LATENCY_MAX);
}

static void note(enum latency_kind kind, const struct stretch_now *now, unsigned long end,
		 u64 took)
{
	struct latency_stretch *table = this_cpu_ptr(&latency_cpu)->of[kind];
	struct latency_stretch *row = row_of(table, now->place, took);

	if (!row)
		return;
	row->times++;
	if (took > row->instructions) {
		row->instructions = took;
		row->end = end;
		row->excused = now->excused;
	}
	if (likely(took <= CONFIG_LATENCY_MAX) || now->excused || row->reported ||
	    !READ_ONCE(held_to_maximum))
		return;
	row->reported = true;
	report(kind, now->place, end, took);
}

__noinline void latency_end(enum latency_kind kind)
{
	struct stretch_now *on, was;
	u64 now;

	if (likely(!READ_ONCE(counting)))
		return;
	now = arch_instret();
	on = &this_cpu_ptr(&latency_cpu)->now[kind];
	was = *on;
	on->since = 0;
	if (was.since)
		note(kind, &was, (unsigned long)__builtin_return_address(0), now - was.since);
}

/* ---- readers ---- */

/* The longest that is shorter than below, or as long and comes later in the order of tables. */
bool latency_stretch(enum latency_kind kind, unsigned int index, struct latency_stretch *s)
{
	u64 below = ~0ull;
	bool found;

	do {
		unsigned int cpu;

		found = false;
		*s = (struct latency_stretch){ .instructions = 0 };
		for_each_online_cpu(cpu) {
			for (unsigned int i = 0; i < TABLE; i++) {
				const struct latency_stretch *row =
					&per_cpu_ptr(&latency_cpu, cpu)->of[kind][i];

				if (row->begin && row->instructions < below &&
				    row->instructions > s->instructions) {
					*s = *row;
					found = true;
				}
			}
		}
		below = s->instructions;
	} while (found && index--);
	return found;
}

static void clear_here(void *unused)
{
	(void)unused;
	*this_cpu_ptr(&latency_cpu) = (struct latency_cpu){ .now[0].since = 0 };
}

void latency_reset(bool hold)
{
	WRITE_ONCE(counting, false);
	on_each_cpu(clear_here, NULL, true);
	WRITE_ONCE(held_to_maximum, hold);
	WRITE_ONCE(counting, true);
}
