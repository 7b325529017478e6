/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/bench.h>

static const char *const names[NR_BOOT_MARKS] = {
	[MARK_START_KERNEL] = "start_kernel",
	[MARK_MEMBLOCK] = "memblock",
	[MARK_PAGING] = "paging",
	[MARK_SECTIONS] = "sections",
	[MARK_HANDOVER] = "hand_over",
	[MARK_ALLOCATOR_READY] = "allocator_ready",
};

static void bench_marks(struct bench *b)
{
	char work[48];

	for (int i = 0; i < NR_BOOT_MARKS; i++)
		if (bench_wanted(b, work, sizeof(work), "mark %s", names[i]))
			bench_number(b, work, "instret", boot_mark_instret(i));
}

BENCH_GROUP(marks, bench_marks);
