/* SPDX-License-Identifier: BSD-2-Clause */
/* The code that an interrupt interrupts must not notice the interrupt. */
#include <kernel/idle.h>
#include <kernel/time.h>
#include <test/ktest.h>
#include <arch/irq.h>
#include <arch/percpu.h>
#include <arch/time.h>
#include <asm/csr.h>

/*
 * Fills every register but sp, gp, tp, s0 and t0 with its own number, waits until the timer's
 * handler has switched the timer off in sie, and returns the bits that differ.
 */
static __noinline unsigned long wait_with_known_registers(void)
{
	register unsigned long differ __asm__("t0");

	__asm__ volatile(
		"li ra, 1\n li t1, 6\n li t2, 7\n li s1, 9\n"
		"li a0, 10\n li a1, 11\n li a2, 12\n li a3, 13\n li a4, 14\n li a5, 15\n"
		"li a6, 16\n li a7, 17\n li s2, 18\n li s3, 19\n li s4, 20\n li s5, 21\n"
		"li s6, 22\n li s7, 23\n li s8, 24\n li s9, 25\n li s10, 26\n li s11, 27\n"
		"li t3, 28\n li t4, 29\n li t5, 30\n li t6, 31\n"
		"1: csrr t0, sie\n andi t0, t0, 32\n bnez t0, 1b\n"
		"xori ra, ra, 1\n xori t1, t1, 6\n xori t2, t2, 7\n xori s1, s1, 9\n"
		"xori a0, a0, 10\n xori a1, a1, 11\n xori a2, a2, 12\n xori a3, a3, 13\n"
		"xori a4, a4, 14\n xori a5, a5, 15\n xori a6, a6, 16\n xori a7, a7, 17\n"
		"xori s2, s2, 18\n xori s3, s3, 19\n xori s4, s4, 20\n xori s5, s5, 21\n"
		"xori s6, s6, 22\n xori s7, s7, 23\n xori s8, s8, 24\n xori s9, s9, 25\n"
		"xori s10, s10, 26\n xori s11, s11, 27\n xori t3, t3, 28\n xori t4, t4, 29\n"
		"xori t5, t5, 30\n xori t6, t6, 31\n"
		"or t0, ra, t1\n or t0, t0, t2\n or t0, t0, s1\n or t0, t0, a0\n or t0, t0, a1\n"
		"or t0, t0, a2\n or t0, t0, a3\n or t0, t0, a4\n or t0, t0, a5\n or t0, t0, a6\n"
		"or t0, t0, a7\n or t0, t0, s2\n or t0, t0, s3\n or t0, t0, s4\n or t0, t0, s5\n"
		"or t0, t0, s6\n or t0, t0, s7\n or t0, t0, s8\n or t0, t0, s9\n or t0, t0, s10\n"
		"or t0, t0, s11\n or t0, t0, t3\n or t0, t0, t4\n or t0, t0, t5\n or t0, t0, t6\n"
		: "=&r"(differ) :
		: "ra", "t1", "t2", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
		  "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",
		  "t6", "memory");
	return differ;
}

static void interrupt_keeps_registers(struct ktest *t)
{
	bool were_off = arch_irqs_disabled();

	for (unsigned int i = 0; i < 100; i++) {
		unsigned long offset = arch_percpu_offset(), differ;

		arch_local_irq_disable();
		arch_timer_program(arch_ticks() + 37 * (i % 8));
		arch_local_irq_enable();
		differ = wait_with_known_registers();
		KTEST_EXPECT_EQ(t, differ, 0);
		KTEST_EXPECT_EQ(t, arch_percpu_offset(), offset);
		KTEST_EXPECT(t, !arch_irqs_disabled());
	}
	if (were_off)
		arch_local_irq_disable();
}

static void irq_flags_nest(struct ktest *t)
{
	bool were_off = arch_irqs_disabled();
	unsigned long outer, inner;

	arch_local_irq_enable();
	outer = arch_local_irq_save();
	KTEST_EXPECT(t, arch_irqs_disabled());
	inner = arch_local_irq_save();
	arch_local_irq_restore(inner);
	KTEST_EXPECT(t, arch_irqs_disabled());
	arch_local_irq_restore(outer);
	KTEST_EXPECT(t, !arch_irqs_disabled());
	if (were_off)
		arch_local_irq_disable();
}

static void idle_ends_in_time(struct ktest *t)
{
	u64 start = time_us();

	if (!timebase_hz) {
		t->skip = "the device tree names no timebase";
		return;
	}
	cpu_idle(2000);
	/* Another interrupt may end the wait early; nothing may make it longer. */
	KTEST_EXPECT(t, time_us() - start < 1000000);
	KTEST_EXPECT(t, !(csr_read(sie) & 1ul << IRQ_S_TIMER));
}

static const struct ktest_case traps_cases[] = {
	KTEST_CASE(interrupt_keeps_registers),
	KTEST_CASE(irq_flags_nest),
	KTEST_CASE(idle_ends_in_time),
	{ }
};
KTEST_SUITE(traps, traps_cases, false);
