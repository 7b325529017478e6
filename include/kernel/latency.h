/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LATENCY_H
#define KERNEL_LATENCY_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * The longest stretches with interrupts off, and with preemption off, and who makes them
 * (CONFIG_LATENCY_TRACE). The words below are called where either changes, interrupts off; without
 * the option none of them is there.
 */
enum latency_kind {
	LATENCY_IRQS_OFF,
	LATENCY_PREEMPT_OFF,
	NR_LATENCY_KINDS
};

void latency_begin(enum latency_kind kind);
/* Where the stretch that is on began, on this CPU. 0: nobody knows. */
unsigned long latency_place_noted(enum latency_kind kind);
static __always_inline unsigned long latency_place(enum latency_kind kind)
{
	return IS_ENABLED(CONFIG_LATENCY_TRACE) ? latency_place_noted(kind) : 0;
}
void latency_end(enum latency_kind kind);
/* Interrupts are off on the way into a handler of this hardware's, or before a wait that any
 * interrupt ends: the stretch begins here and now. */
void latency_begin_anew(enum latency_kind kind);
/* Interrupts are off. The stretch that is on is listed, but not held to LATENCY_MAX: all CPUs stand
 * still on purpose, or a check of the debug configuration walks a whole structure. */
void latency_excuse(void);
/* What runs in between is no part of the stretch. Where interrupts are on nothing happens. */
u64 latency_pause(void);
void latency_resume(u64 paused_at);
#define latency_aside(call) \
	do { \
		u64 paused_at = IS_ENABLED(CONFIG_LATENCY_TRACE) ? latency_pause() : 0; \
		\
		call; \
		if (IS_ENABLED(CONFIG_LATENCY_TRACE)) \
			latency_resume(paused_at); \
	} while (0)

#define LATENCY_HOOK(call)	IF_ENABLED(CONFIG_LATENCY_TRACE, call;)

/*
 * [o] One place, of all CPUs: from where to where, how long at most, how often. In the order of
 * length: index 0, 1, ... until false. begin and end are addresses of code.
 */
struct latency_stretch {
	unsigned long begin, end;
	u64 instructions;
	u32 times;
	bool excused;		/* the longest was */
	bool reported;		/* one was longer than LATENCY_MAX, and the log says so */
};
bool latency_stretch(enum latency_kind kind, unsigned int index, struct latency_stretch *s);
/* Forgets what was measured; counting begins with the first call. From then on, where hold says so,
 * the log names each place whose stretch is longer than LATENCY_MAX, once. Process context. */
void latency_reset(bool hold);

#endif /* KERNEL_LATENCY_H */
