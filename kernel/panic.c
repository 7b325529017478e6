/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ends of the kernel's life. Nothing here allocates or waits: the caller may hold any lock,
 * and the state that led here is by definition not as it should be.
 */
#include <kernel/assert.h>
#include <kernel/cpu.h>
#include <kernel/console.h>
#include <kernel/init.h>
#include <kernel/lock_order.h>
#include <kernel/panic.h>
#include <kernel/power.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/sprintf.h>
#include <kernel/symbols.h>
#include <arch/cpu.h>
#include <arch/irq.h>

#include "internal.h"

#define NOBODY			(-1)

static int panic_cpu = NOBODY;	/* [a] */

void panic_yield(void)
{
	int reporter = __atomic_load_n(&panic_cpu, __ATOMIC_ACQUIRE);

	if (!IS_ENABLED(CONFIG_SMP) || reporter == NOBODY ||
	    reporter == (int)smp_processor_id())
		return;
	arch_local_irq_disable();
	smp_stop_self();
}

bool panic_is_mine(void)
{
	return __atomic_load_n(&panic_cpu, __ATOMIC_ACQUIRE) == (int)smp_processor_id();
}

/*
 * The first CPU to come here goes on; another one stops. The same one again means that the
 * report itself failed, and then nothing but the firmware's console and the stop is trusted.
 */
void panic_begin(void)
{
	int cpu = (int)smp_processor_id(), former = NOBODY;

	arch_local_irq_disable();
	if (!__atomic_compare_exchange_n(&panic_cpu, &former, cpu, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		if (former != cpu)
			panic_yield();
		emergency_puts("\nKernel panic inside a panic: stopping\n");
		power_exit(EXIT_PANIC);
	}
	lock_order_ends();
	/* What others are printing they may print to the end. */
	smp_send_stop();
	printk_break_locks();
	console_break_locks();
	if (console_loglevel < LOGLEVEL_DEBUG)
		console_loglevel = LOGLEVEL_DEBUG;
	console_use_firmware();
}

static void show_return_address(unsigned long va, void *ctx)
{
	unsigned long offset, size;
	/* Looks up the call itself: behind a call that never returns another function may begin. */
	const char *name = symbol_lookup(va - 1, &offset, &size);

	(void)ctx;
	if (name)
		pr_emerg(" [<%016lx>] %s+0x%lx/0x%lx\n", va, name, offset + 1, size);
	else
		pr_emerg(" [<%016lx>]\n", va);
}

void panic(const char *fmt, ...)
{
	char text[STOP_TEXT_BYTES];

	panic_begin();
	va_scnprintf(text, sizeof(text), fmt);
	pr_emerg("Kernel panic - not syncing: %s\n", text);
	pr_emerg("CPU: %u\n", smp_processor_id());
	show_current_thread();
	show_locks_held();
	pr_emerg("Call Trace:\n");
	arch_backtrace(show_return_address, NULL);
	pr_emerg("---[ end of the report ]---\n");
	power_exit(EXIT_PANIC);
}

BUILD_ASSERT(sizeof("Boot failed: \n") + STOP_TEXT_BYTES <= PRINTK_LINE_BYTES,
	     "the sentence of a stop would be cut");

void __init boot_failed(const char *fmt, ...)
{
	char text[STOP_TEXT_BYTES];

	panic_begin();
	va_scnprintf(text, sizeof(text), fmt);
	pr_emerg("Boot failed: %s\n", text);
	power_exit(EXIT_BOOT_FAILED);
}

void assert_failed(const char *cond, const char *file, int line, const char *fmt, ...)
{
	char text[STOP_TEXT_BYTES];

	va_scnprintf(text, sizeof(text), fmt);
	panic("%s:%d: %s [%s]", file, line, text, cond);
}
