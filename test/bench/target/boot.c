/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost of boot: instructions up to each mark, and memory that nobody can have after it. */
#include <kernel/init.h>
#include <mm/gfp.h>
#include <mm/snapshot.h>
#include <test/bench.h>

#include "internal.h"


static const char *const names[NR_BOOT_MARKS] = {
	[MARK_START_KERNEL] = "start_kernel",
	[MARK_MEMBLOCK] = "memblock",
	[MARK_PAGING] = "paging",
	[MARK_SECTIONS] = "sections",
	[MARK_HANDOVER] = "hand_over",
	[MARK_ALLOCATOR_READY] = "allocator_ready",
};

/* Of all RAM, the blocks on the buddy's and this CPU's lists are free. */
static void bench_memory(struct bench *b)
{
	unsigned long ram = 0, free;
	struct zone_snapshot z;
	char work[BENCH_NAME];

	if (bench_wanted(b, work, sizeof(work), "memory after_boot")) {
		drain_local_pages();
		free = nr_free_pages();
		for_each_zone_snapshot(&z)
			ram += z.present_pages;
		bench_line(b, work);
		bench_value(b, "ram_kib", pages_to_kb(ram));
		bench_value(b, "free_kib", pages_to_kb(free));
		bench_value(b, "not_available_kib", pages_to_kb(ram - free));
		bench_mean(b, "not_available_percent", (ram - free) * 100, ram);
		bench_end(b);
	}
	if (bench_wanted(b, work, sizeof(work), "memory descriptor"))
		bench_number(b, work, "bytes", sizeof(struct page));
}

static void bench_boot(struct bench *b)
{
	char work[BENCH_NAME];

	for (int i = 0; i < NR_BOOT_MARKS; i++)
		if (bench_wanted(b, work, sizeof(work), "mark %s", names[i]))
			bench_number(b, work, "instret", boot_mark_instret(i));
	bench_memory(b);
}

BENCH_GROUP(boot, bench_boot);
