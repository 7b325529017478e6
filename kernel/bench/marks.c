/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot costs: instructions from the kernel's first to each mark. */
#include <kernel/bench.h>
#include <arch/cpu.h>
#include <arch/time.h>

static u64 marks[NR_BOOT_MARKS];

static const char *const names[NR_BOOT_MARKS] = {
	[MARK_START_KERNEL] = "start_kernel",
	[MARK_MEMBLOCK] = "memblock",
	[MARK_PAGING] = "paging",
	[MARK_SECTIONS] = "sections",
	[MARK_HANDOVER] = "hand_over",
	[MARK_ALLOCATOR_READY] = "allocator_ready",
};

void boot_mark(enum boot_mark mark)
{
	marks[mark] = arch_instret() - arch_entry_instret();
}

u64 boot_mark_instret(enum boot_mark mark)
{
	return marks[mark];
}

static void bench_marks(struct bench *b)
{
	char work[48];

	for (int i = 0; i < NR_BOOT_MARKS; i++)
		if (bench_wanted(b, work, sizeof(work), "mark %s", names[i]))
			bench_number(b, work, "instret", marks[i]);
}

BENCH_GROUP(marks, bench_marks);
