/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot.h"

#include <time.h>

#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <mm/gfp.h>
#include <mm/hot_ranges.h>
#include <mm/kernel_tables.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/zone_movable.h>
#include <arch/mmu.h>

void boot_banks(const struct host_machine *m, const struct bank *banks, unsigned int count)
{
	const struct image_layout *image;

	host_reset(m);
	for (unsigned int i = 0; i < count; i++)
		memblock_add(banks[i].base, banks[i].bytes);
	image = arch_image_layout();
	memblock_reserve_owner(image->start, image->init_start - image->start, "kernel image");
	memblock_reserve_owner(image->init_start, image->init_end - image->init_start,
			       "kernel init");
	memblock_reserve_owner(image->init_end, image->end - image->init_end, "kernel image");
}

void boot_hot_ranges(void)
{
	if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		hot_ranges_choose();
}

void boot_after_hot_ranges(unsigned int cpus)
{
	host_set_cpus(cpus);
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		zone_movable_choose();
	boot_run(arch_paging_init, kernel_tables_init);
	gfp_allow_waiting();
}

void boot_page_allocator(unsigned int cpus)
{
	boot_hot_ranges();
	boot_after_hot_ranges(cpus);
}

static void boot_bank(u64 bytes, unsigned int cpus, const char *args)
{
	struct bank bank = { 0x80000000, bytes };

	boot_banks(NULL, &bank, 1);
	if (args)
		cmdline_init(args);
	boot_page_allocator(cpus);
}

void boot_ram(u64 bytes, unsigned int cpus)
{
	boot_bank(bytes, cpus, NULL);
}

void boot_ram_for_all(u64 bytes, unsigned int cpus)
{
	boot_bank(bytes, cpus, "movablecore=0");
}

bool test_is_long(void)
{
	return getenv("TESSERA_LONG");
}

struct random_plan random_plan(int argc, char **argv, u64 operations, u64 operations_long)
{
	struct random_plan plan = { .operations = test_is_long() ? operations_long : operations };
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	plan.seed = (u64)now.tv_sec * 1000000007ull ^ (u64)now.tv_nsec;
	if (argc > 1)
		plan.seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		plan.operations = strtoull(argv[2], NULL, 0);
	plan.seed += !plan.seed;
	printf("# seed %llu, %llu operations; again: %s %llu %llu\n",
	       (unsigned long long)plan.seed, (unsigned long long)plan.operations, argv[0],
	       (unsigned long long)plan.seed, (unsigned long long)plan.operations);
	return plan;
}
