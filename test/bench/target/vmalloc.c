/* SPDX-License-Identifier: BSD-2-Clause */
/* Areas of the vmalloc window: each operation by itself, taken and given back in turn. */
#include <kernel/math.h>
#include <mm/movable.h>
#include <mm/page_isolation.h>
#include <mm/vmalloc.h>
#include <arch/irq.h>

#include "internal.h"

#define VM_ROUNDS	200
#define VM_WARM_UPS	3

/* Registers that nobody reads: the boot loader's address of a machine without a device there. */
#define NO_RAM_PA	0x10000ul

static struct page *mapped_page;

struct vm_work {
	const char *name;
	size_t bytes;
	void *(*take)(size_t bytes);
	void (*give)(void *va);
};

static void *take_vmalloc(size_t bytes)
{
	return __vmalloc(bytes, GFP_NOWAIT | __GFP_NOWARN);
}

static void give_vmalloc(void *va)
{
	vfree(va);
}

static void *take_vmap(size_t bytes)
{
	(void)bytes;
	return vmap(&mapped_page, 1, VM_KERNEL_RW);
}

static void give_vmap(void *va)
{
	vunmap(va);
}

static void *take_ioremap(size_t bytes)
{
	return ioremap(NO_RAM_PA, bytes);
}

static void give_ioremap(void *va)
{
	iounmap(va);
}

static const struct vm_work works[] = {
	{ "vmalloc bytes=4096", 4096, take_vmalloc, give_vmalloc },
	{ "vmalloc bytes=65536", 64 * SZ_1K, take_vmalloc, give_vmalloc },
	{ "vmalloc bytes=1048576", SZ_1M, take_vmalloc, give_vmalloc },
	{ "vmalloc bytes=4194304", 4 * SZ_1M, take_vmalloc, give_vmalloc },
	{ "vmap bytes=4096", 4096, take_vmap, give_vmap },
	{ "ioremap bytes=4096", 4096, take_ioremap, give_ioremap },
};

static void run(struct bench *b, const struct vm_work *w)
{
	u64 take = 0, give = 0, take_max = 0, give_max = 0, cost = bench_read_cost();

	for (int round = -VM_WARM_UPS; round < VM_ROUNDS; round++) {
		u64 from = arch_instret(), taken, given;
		void *va = w->take(w->bytes);

		taken = arch_instret() - from - cost;
		if (!va) {
			bench_skip(b, w->name, "memory is too small");
			return;
		}
		from = arch_instret();
		w->give(va);
		given = arch_instret() - from - cost;
		if (round < 0)
			continue;
		take += taken;
		give += given;
		take_max = max(take_max, taken);
		give_max = max(give_max, given);
	}
	bench_line(b, w->name);
	bench_mean(b, "alloc", take, VM_ROUNDS);
	bench_mean(b, "free", give, VM_ROUNDS);
	bench_value(b, "alloc_max", take_max);
	bench_value(b, "free_max", give_max);
	bench_end(b);
}

#ifdef CONFIG_MIGRATION
/* The copy of 4 KiB included. */
static void bench_move(struct bench *b)
{
	u64 spent = 0, most = 0, cost = bench_read_cost();
	char *va = vmalloc_movable(PAGE_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	char work[BENCH_NAME];

	if (!va || !bench_wanted(b, work, sizeof(work), "migrate page")) {
		kvfree(va);
		return;
	}
	for (int round = -VM_WARM_UPS; round < VM_ROUNDS; round++) {
		unsigned long pfn = page_to_pfn(vmalloc_to_page(va));
		u64 from = arch_instret(), moved;
		int err = migrate_page(pfn, GFP_NOWAIT | __GFP_NOWARN);

		moved = arch_instret() - from - cost;
		if (round < 0 || err)
			continue;
		spent += moved;
		most = max(most, moved);
	}
	kvfree(va);
	bench_line(b, work);
	bench_mean(b, "pair", spent, VM_ROUNDS);
	bench_value(b, "max", most);
	bench_end(b);
}
#else
static void bench_move(struct bench *b)
{
	(void)b;
}
#endif

#if defined(CONFIG_MIGRATION) && defined(CONFIG_MEMORY_ISOLATION)
/* As many as one fence of all CPUs serves. */
#define MOVED_PAGES	32ul
#define MOVED_RUNS	32ul

/* Do so many pages that can move lie one behind the other? */
static bool is_run(unsigned long pfn)
{
	for (unsigned long i = 0; i < MOVED_PAGES; i++)
		if (!pfn_valid(pfn + i) || page_state(pfn_to_page(pfn + i)) != PG_MOVABLE)
			return false;
	return true;
}

/* Empties those frames of their pageblocks, which are set aside meanwhile: the instructions, or 0
 * where they cannot be emptied. */
static u64 move_run(unsigned long pfn, u64 cost)
{
	unsigned long from_pfn = ALIGN_DOWN(pfn, pageblock_nr_pages);
	unsigned long to_pfn = ALIGN_UP(pfn + MOVED_PAGES, pageblock_nr_pages);
	struct page_obstacle o;
	u64 from, moved;
	int err;

	if (start_isolate_page_range(from_pfn, to_pfn, &o))
		return 0;
	from = arch_instret();
	err = evacuate_range(pfn, pfn + MOVED_PAGES, GFP_NOWAIT | __GFP_NOWARN, &o);
	moved = arch_instret() - from - cost;
	undo_isolate_page_range(from_pfn, to_pfn);
	return err ? 0 : moved;
}

static void bench_move_run(struct bench *b)
{
	unsigned long bytes = 2 * MOVED_RUNS * MOVED_PAGES * PAGE_SIZE, runs = 0;
	u64 spent = 0, most = 0, cost = bench_read_cost();
	char work[BENCH_NAME];
	char *area, *va;

	if (!bench_wanted(b, work, sizeof(work), "migrate run pages=%lu", MOVED_PAGES))
		return;
	area = vmalloc_movable(bytes, GFP_NOWAIT | __GFP_NOWARN);
	for (va = area; area && va < area + bytes && runs < MOVED_RUNS; va += PAGE_SIZE) {
		unsigned long pfn = page_to_pfn(vmalloc_to_page(va));
		u64 moved = is_run(pfn) ? move_run(pfn, cost) : 0;

		spent += moved;
		most = max(most, moved);
		runs += moved > 0;
	}
	kvfree(area);
	if (runs < MOVED_RUNS) {
		bench_skip(b, work, "memory is too small");
		return;
	}
	bench_line(b, work);
	bench_mean(b, "pair", spent, runs * MOVED_PAGES);
	bench_value(b, "max", most / MOVED_PAGES);
	bench_end(b);
}
#else
static void bench_move_run(struct bench *b)
{
	(void)b;
}
#endif

static void bench_vmalloc(struct bench *b)
{
	unsigned long flags;
	char work[BENCH_NAME];

	mapped_page = alloc_page(GFP_KERNEL | __GFP_NOWARN);
	if (!mapped_page)
		return;
	flags = arch_local_irq_save();
	for (size_t i = 0; i < ARRAY_SIZE(works); i++)
		if (bench_wanted(b, work, sizeof(work), "%s", works[i].name))
			run(b, &works[i]);
	bench_move(b);
	bench_move_run(b);
	arch_local_irq_restore(flags);
	__free_page(mapped_page);
}

BENCH_GROUP(vmalloc, bench_vmalloc);
