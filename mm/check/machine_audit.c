/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the audit of a machine that is at work.
 *
 * Structure: the other CPUs stand still for as long as it takes to walk pages and slabs.
 *
 * Invariants: those of audit.c, slab_validate.c, kernel_tables.c, areas.c, vm_validate.c and
 * mm/dma/; this file has none of its own.
 *
 * Locking: stop_machine(). Nobody holds a lock of mm/ meanwhile, for locks are taken with
 * interrupts off.
 *
 * Configuration: none.
 */
#include <kernel/irq.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/timer.h>
#include <mm/audit.h>
#include <mm/dma.h>
#include <mm/kernel_tables.h>
#include <mm/slab.h>
#include <mm/spaces.h>

#include "mm/vm/internal.h"

struct machine_audit {
	struct audit *a;
	void (*say)(void *ctx, const char *line);
	void *ctx;
};

static void note(struct machine_audit *m, const char *broken)
{
	if (!broken)
		return;
	m->a->errors++;
	m->say(m->ctx, broken);
}

static void audit_here(void *arg)
{
	struct machine_audit *m = arg;

	memory_audit(m->a, m->say, m->ctx);
	note(m, slab_validate());
	note(m, kernel_tables_validate());
	if (IS_ENABLED(CONFIG_VMALLOC))
		note(m, vm_validate());
	if (IS_ENABLED(CONFIG_PROCESSES))
		note(m, spaces_validate());
	note(m, sched_validate());
	if (IS_ENABLED(CONFIG_THREADS))
		note(m, timers_validate());
	if (IS_ENABLED(CONFIG_IRQ))
		note(m, irq_validate());
	if (IS_ENABLED(CONFIG_DMA))
		note(m, dma_validate());
}

unsigned long machine_audit(struct audit *a, void (*say)(void *ctx, const char *line), void *ctx)
{
	struct machine_audit m = { a, say, ctx };

	*a = (struct audit){ .errors = 0 };
	if (stop_machine(audit_here, &m)) {
		a->errors++;
		say(ctx, "not done: another CPU does not stand still");
	}
	return a->errors;
}
