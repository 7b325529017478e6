/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens from the first C function to the shell, in order: boot_list[] below, and then
 * start_kernel(). The steps that no other file has stand above the list.
 */
#include <generated/utsrelease.h>

#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/idle.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/percpu.h>
#include <kernel/power.h>
#include <kernel/printk.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/workqueue.h>
#include <drivers/device.h>
#include <mm/account.h>
#include <mm/conflict.h>
#include <mm/dma.h>
#include <mm/dt_memory.h>
#include <mm/firmware_map.h>
#include <mm/gfp.h>
#include <mm/hot_ranges.h>
#include <mm/iomem.h>
#include <mm/kernel_tables.h>
#include <mm/memblock.h>
#include <mm/memtest.h>
#include <mm/mmzone.h>
#include <mm/numa.h>
#include <mm/page_owner.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/zone_movable.h>
#include <plan/plan.h>
#include <process/init.h>
#include <shell/shell.h>
#include <test/ktest.h>
#include <arch/cpu.h>
#include <arch/irq.h>
#include <arch/mmu.h>

#include "internal.h"

#define IDLE_US		1000000

extern const initcall_t __initcalls_start[], __initcalls_end[];

static void __init print_banner(void)
{
	pr_notice("Tessera version %s%s%s (%s)\n", KERNEL_VERSION, *KERNEL_REVISION ? "-" : "",
		  KERNEL_REVISION, KERNEL_COMPILER);
}

static void __init adopt_device_tree(void)
{
	const char *wrong;
	phys_addr_t pa;
	size_t limit;
	const void *blob = arch_map_fdt(&pa, &limit);

	wrong = fdt_adopt(blob, pa, limit);
	if (wrong)
		boot_failed("device tree at 0x%llx: %s", (unsigned long long)pa, wrong);
	pr_info("Machine model: %s\n", fdt_model());
	pr_info("fdt: 0x%llx, %u bytes\n", (unsigned long long)boot_fdt_pa, boot_fdt_bytes);
	pr_info("boot hart %lu, load address 0x%llx\n", arch_boot_hart(),
		(unsigned long long)arch_load_address());
}

static void __init start_clock(void)
{
	time_init(fdt_timebase());
}

static void __init read_command_line(void)
{
	char text[16];
	int len;

	cmdline_init(fdt_bootargs());
	len = cmdline_get("earlycon", text, sizeof(text));
	if (len == -ENOENT)
		return;
	console_use_firmware();
	if (len && strcmp(text, "sbi"))
		pr_warn("earlycon=%s: earlycon or earlycon=sbi is expected, the firmware's console "
			"is used\n", text);
}

/* As Linux counts: loglevel=7 shows all but debug messages, 8 shows those too. */
static void __init read_loglevel(void)
{
	static const struct number_wanted wanted __initconst = {
		0, LOGLEVEL_DEBUG + 1, "a number from 0 to 8"
	};
	u64 level;

	if (cmdline_get_number("loglevel", &wanted, &level))
		console_loglevel = (int)level;
}

static void __init scan_memory(void)
{
	dt_scan_memory(boot_fdt);
}

static void __init scan_nodes(void)
{
	if (IS_ENABLED(CONFIG_NUMA))
		numa_init(boot_fdt);
}

static void __init scan_reserved(void)
{
	dt_scan_reserved(boot_fdt, boot_fdt_pa);
}

static void __init choose_hot(void)
{
	if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		hot_ranges_choose();
}

static void __init note_boot_zones(void)
{
	if (IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		memory_hotplug_init();
}

static void __init choose_movable(void)
{
	if (IS_ENABLED(CONFIG_ZONE_MOVABLE))
		zone_movable_choose();
}

static void __init place_reserved(void)
{
	dt_place_reserved(boot_fdt);
}

static void __init scan_cpus(void)
{
	setup_cpus(arch_boot_hart());
}

static void __init test_ram(void)
{
	if (IS_ENABLED(CONFIG_MEMTEST))
		early_memtest(PFN_PHYS(min_low_pfn), PFN_PHYS(max_low_pfn));
}

static void __init print_command_line(void)
{
	pr_notice("Kernel command line: %s\n", boot_command_line);
}

/* Prints what is free now, of all RAM; reserved is what never reached the buddy. */
static void __init print_memory_line(void)
{
	const struct image_layout *im = arch_image_layout();
	unsigned long present = 0, cma = 0;
	struct zone_snapshot z;

	for_each_zone_snapshot(&z) {
		present += z.present_pages;
		cma += z.cma_pages;
	}
	pr_info("Memory: %luK/%luK available (%lluK kernel code, %lluK rwdata, %lluK rodata, "
		"%lluK init, %lluK bss, %luK reserved, %luK cma-reserved)\n",
		pages_to_kb(nr_free_pages()), pages_to_kb(present),
		(unsigned long long)(im->text_end - im->text_start) / SZ_1K,
		(unsigned long long)(im->data_end - im->data_start) / SZ_1K,
		(unsigned long long)(im->rodata_end - im->rodata_start) / SZ_1K,
		(unsigned long long)(im->init_end - im->init_start) / SZ_1K,
		(unsigned long long)(im->bss_end - im->bss_start) / SZ_1K,
		pages_to_kb(present - totalram_pages()), pages_to_kb(cma));
}

static void __init start_other_cpus(void)
{
	smp_init();
	/* Also where there are none: who may wait has interrupts on. */
	arch_local_irq_enable();
}

/* Without a call that fails, boot goes on and lacks what the call would have set up. */
static void __init do_initcalls(void)
{
	for (const initcall_t *call = __initcalls_start; call < __initcalls_end; call++) {
		unsigned long offset, size;
		const char *name;
		int err = (*call)();

		if (!err)
			continue;
		name = symbol_lookup((unsigned long)*call, &offset, &size);
		pr_err("initcall %s failed (error %d): boot goes on without what it sets up\n",
		       name ? name : "?", -err);
	}
}

/* From here on no __init function may be called: not __init itself. */
static void free_initmem(void)
{
	const struct image_layout *im = arch_image_layout();
	unsigned long pages;

	arch_protect_initmem();
	pages = free_reserved_range(im->init_start, im->init_end);
	pr_info("Freeing unused kernel image (initmem) memory: %luK\n", pages_to_kb(pages));
}

static void run_boot_tests(void)
{
	char pattern[64];
	int len;

	if (!IS_ENABLED(CONFIG_KTEST))
		return;
	len = cmdline_get("test", pattern, sizeof(pattern));
	if (len >= 0)
		ktest_run(len ? pattern : NULL);
	else if (len == -E2BIG)
		pr_warn("test=%s... is ignored: SUITE or SUITE.CASE of less than %zu characters is "
			"expected\n", pattern, sizeof(pattern));
}

static void run_boot_commands(void)
{
	/* [s] As long as the whole command line: too much for the stack. */
	static char line[COMMAND_LINE_SIZE];

	int len;

	if (!IS_ENABLED(CONFIG_SHELL))
		return;
	len = cmdline_get("run", line, sizeof(line));
	if (len > 0)
		shell_run_line(&seq_console, line);
	else if (!len)
		pr_warn("run= is ignored: commands such as \"free; audit\" are expected\n");
}

static void run_shell(void)
{
	if (IS_ENABLED(CONFIG_SHELL))
		shell_loop();
}

static __noreturn void idle_loop(void)
{
	for (;;)
		cpu_idle(IDLE_US);
}

/*
 * THE boot list: a step a line, on its right what holds once it is done. Each step relies on all
 * above it. The plan program, the fuzzer and the tests of this machine run parts of this same list
 * in a process (boot_run()).
 */
static const boot_step_t boot_list[] __initconst = {
	arch_early_init,			/* the image's place and the firmware are known */
	print_banner,

	/* What the loader and the firmware say. */
	adopt_device_tree,			/* boot_fdt is whole, whatever it says */
	start_clock,				/* time_us() counts */
	read_command_line,			/* cmdline_get() answers */
	read_loglevel,
	arch_report_firmware,

	/* The memory map. */
	scan_memory,				/* memblock.memory: RAM, if it can be mapped */
	scan_nodes,				/* each largest block has one node; distances */
	scan_reserved,				/* memblock.reserved: ranges with an address */
	choose_hot,				/* hot_ranges: RAM that is offline at first */
	choose_movable,				/* boot takes nothing from ZONE_MOVABLE */
	place_reserved,				/* memblock.reserved: all that the tree keeps */
	IF_ENABLED(CONFIG_DMA, dma_bounce_reserve,)	/* ... and for devices, low */
	firmware_map_print,
	ram_probe,				/* RAM answers where it begins and ends */
	scan_cpus,				/* cpu_descs: CPUs that can run this kernel */
	memblock_dump_all,

	/* From memblock to the page allocator. */
	arch_paging_init,			/* the linear map shows RAM: __va() is memory */
	arch_report_layout,
	test_ram,				/* free RAM holds what it is given */
	sparse_init,				/* each frame of RAM has a descriptor */
	IF_ENABLED(CONFIG_PAGE_OWNER, page_owner_init,)	/* each frame has a record */
	page_tag_init,				/* descriptors of earlier boots mean nothing */
	free_area_init,				/* each frame has a zone; zones are empty */
	build_all_zonelists,			/* who may use which zone; are types apart? */
	print_command_line,
	check_boot_arguments,			/* arguments that nobody reads are named */
	setup_per_cpu_areas,			/* each CPU that was found has its own data */
	conflicts_keep,				/* conflicts lie where they stay */
	firmware_map_keep,			/* firmware_map: what the firmware said */
	iomem_prepare,
	memblock_keep_copy,			/* memblock_copy; memblock gives nothing more */
	iomem_init,				/* iomem_resource: who has which addresses */
	memblock_free_all,			/* each frame has an owner; free ones are blocks */
	note_boot_zones,			/* what zones are without memory that comes */
	setup_per_zone_wmarks,			/* how low a zone may fall */
	setup_per_zone_lowmem_reserve,		/* what a zone keeps from higher requests */
	setup_per_cpu_pageset,			/* alloc_pages(): each CPU has its lists */
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, accounts_init,)	/* what is promised is kept */
	kernel_tables_init,			/* kernel_map(): new tables are pages */
	kmem_cache_init,			/* kmalloc(), kmem_cache_alloc() */
	plan_capture,				/* the plan's numbers, before they change */

	/* The machine around it. */
	print_memory_line,
	power_init,				/* the machine can be switched off */
	IF_ENABLED(CONFIG_THREADS, timers_init,)	/* timer_add() */
	IF_ENABLED(CONFIG_THREADS, sched_init,)	/* what runs is a thread, and may sleep */
	IF_ENABLED(CONFIG_WORKQUEUE, workqueues_init,)	/* queue_work() */
	console_init,				/* the log is seen, from its first line on */
	plan_verify,				/* this memory is the one that was planned */
	start_other_cpus,			/* every CPU that can is online */
	gfp_allow_waiting,			/* GFP_KERNEL is held to where waiting is allowed */
	do_initcalls,				/* all that registers itself has done so */
	IF_ENABLED(CONFIG_IRQ, devices_init,)	/* devices have their drivers */
	IF_ENABLED(CONFIG_THREADS, sched_start_threads,)	/* the image's threads run */
};

/* Each mark is reached when this step is done. */
static const boot_step_t mark_steps[NR_BOOT_MARKS] __initconst = {
	[MARK_START_KERNEL] = print_banner,
	[MARK_MEMBLOCK] = memblock_dump_all,
	[MARK_PAGING] = arch_report_layout,
	[MARK_SECTIONS] = sparse_init,
	[MARK_HANDOVER] = memblock_free_all,
	[MARK_ALLOCATOR_READY] = kmem_cache_init,
};

/* The place of a step in the list; one past the last for what is no step. */
static size_t __init place_of(boot_step_t step)
{
	size_t at = 0;

	while (at < ARRAY_SIZE(boot_list) && boot_list[at] != step)
		at++;
	return at;
}

void __init boot_run(boot_step_t first, boot_step_t last)
{
	size_t at = place_of(first), end = place_of(last);

	if (at > end || end == ARRAY_SIZE(boot_list))
		panic("boot: the list has no such steps, or not in this order");
	for (; at <= end; at++) {
		boot_list[at]();
		for (int mark = 0; mark < NR_BOOT_MARKS; mark++)
			if (mark_steps[mark] == boot_list[at])
				boot_mark(mark);
	}
}

void __init boot_memory(void)
{
	boot_run(adopt_device_tree, plan_capture);
}

/* The list, and what follows when nothing that is __init exists any more. */
void __ref start_kernel(void)
{
	boot_run(arch_early_init, boot_list[ARRAY_SIZE(boot_list) - 1]);

	free_initmem();				/* boot's memory is the buddy's */
	run_boot_tests();			/* test= */
	run_boot_commands();			/* run= */
	IF_ENABLED(CONFIG_PROCESSES, process_run_init();)	/* init=, until it ends */
	run_shell();				/* for good, where there is one */
	idle_loop();
}
