/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SHELF_MACHINE_H
#define TEST_HOST_SHELF_MACHINE_H

/* The shelf on a machine of one bank and one CPU, and its audit. */
#include "shelf.h"

#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/audit.h>
#include <mm/slab.h>

#define RAM_BYTES	(64ul << 20)

static unsigned long first_fault_pfn;

static void say(void *ctx, const char *line)
{
	(void)ctx;
	if (!strstr(line, "MV1"))
		printf("# audit: %s\n", line);
	sscanf(line, "%*[^x]x%lx", &first_fault_pfn);
}

static struct audit checked(void)
{
	struct audit a;

	assert_int_equal(machine_audit(&a, say, NULL), 0);
	return a;
}

static void boot(void)
{
	clear_shelf();
	boot_ram(RAM_BYTES, 1);
	kmem_cache_init();
}

static inline unsigned long unused(void)
{
	struct audit a = checked();

	return a.pages[PG_BUDDY] + a.pages[PG_PCP];
}

#endif /* TEST_HOST_SHELF_MACHINE_H */
