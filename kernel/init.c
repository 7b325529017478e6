/* SPDX-License-Identifier: BSD-2-Clause */
#include <generated/utsrelease.h>

#include <kernel/cmdline.h>
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/resource.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <mm/conflict.h>
#include <mm/dt_memory.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <mm/mmzone.h>
#include <mm/numa.h>
#include <mm/slab.h>
#include <plan/plan.h>
#include <shell/shell.h>
#include <test/ktest.h>
#include <arch/console.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/power.h>

#include "internal.h"

#define IDLE_US		1000000
#define pages_to_kb(n)	((n) << (PAGE_SHIFT - 10))

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

static void __init read_command_line(void)
{
	cmdline_init(fdt_bootargs());
	if (cmdline_has("earlycon"))
		console_use_firmware();
}

/* As Linux counts: loglevel=7 shows all but debug messages, 8 shows those too. */
static void __init read_loglevel(void)
{
	const char *end;
	char text[8];
	bool ok;
	u64 level;

	if (cmdline_get("loglevel", text, sizeof(text)) <= 0)
		return;
	level = memparse(text, &end, &ok);
	if (ok && !*end && level <= LOGLEVEL_DEBUG + 1)
		console_loglevel = (int)level;
	else
		pr_warn("loglevel=%s: a number from 0 to %d is expected\n", text,
			LOGLEVEL_DEBUG + 1);
}

static void __init print_command_line(void)
{
	pr_notice("Kernel command line: %s\n", boot_command_line);
}

/* Free now, of all that is RAM; reserved is what never reached the buddy. */
static void __init print_memory_line(void)
{
	const struct image_layout *im = arch_image_layout();
	unsigned long present = 0;
	struct zone *zone;

	for_each_zone(zone)
		present += zone->present_pages;
	pr_info("Memory: %luK/%luK available (%lluK kernel code, %lluK rwdata, %lluK rodata, "
		"%lluK init, %lluK bss, %luK reserved, 0K cma-reserved)\n",
		pages_to_kb(nr_free_pages()), pages_to_kb(present),
		(unsigned long long)(im->text_end - im->text_start) / SZ_1K,
		(unsigned long long)(im->data_end - im->data_start) / SZ_1K,
		(unsigned long long)(im->rodata_end - im->rodata_start) / SZ_1K,
		(unsigned long long)(im->init_end - im->init_start) / SZ_1K,
		(unsigned long long)(im->bss_end - im->bss_start) / SZ_1K,
		pages_to_kb(present - totalram_pages));
}

/* One that fails costs what it would have set up, not the boot. */
static void __init do_initcalls(void)
{
	for (const initcall_t *call = __initcalls_start; call < __initcalls_end; call++) {
		unsigned long offset, size;
		const char *name;
		int err = (*call)();

		if (!err)
			continue;
		name = symbol_lookup((unsigned long)*call, &offset, &size);
		pr_err("initcall %s failed: %d\n", name ? name : "?", err);
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
}

static void run_boot_commands(void)
{
	/* As long as the whole command line: too much for the stack. */
	static char line[COMMAND_LINE_SIZE];

	if (IS_ENABLED(CONFIG_SHELL) && cmdline_get("run", line, sizeof(line)) > 0)
		shell_run_line(&seq_console, line);
}

static __noreturn void idle_loop(void)
{
	for (;;)
		arch_idle(IDLE_US);
}

/*
 * From the device tree to an allocator that is ready, with nothing allocated yet. The plan
 * program runs this very function in a process.
 */
void __init boot_memory(void)
{
	boot_mark(MARK_START_KERNEL);
	adopt_device_tree();
	time_init(fdt_timebase());
	read_command_line();
	read_loglevel();
	arch_report_firmware();

	dt_scan_memory(boot_fdt);
	numa_init(boot_fdt);
	dt_scan_reserved(boot_fdt, boot_fdt_pa);
	setup_cpus(arch_boot_hart());
	memblock_dump_all();
	boot_mark(MARK_MEMBLOCK);

	arch_paging_init();
	arch_report_layout();
	boot_mark(MARK_PAGING);
	sparse_init();
	boot_mark(MARK_SECTIONS);
	free_area_init();
	build_all_zonelists();
	print_command_line();
	setup_per_cpu_areas();
	conflicts_keep();
	memory_map_init();
	memblock_free_all();
	boot_mark(MARK_HANDOVER);
	init_per_zone_wmark_min();
	kmem_cache_init();
	boot_mark(MARK_ALLOCATOR_READY);
	plan_capture();
}

/* The order of boot. Each step relies on all above it; docs/design.md says how. */
void start_kernel(void)
{
	arch_early_init();
	print_banner();
	boot_memory();
	print_memory_line();

	arch_power_init();
	arch_console_init();
	plan_verify();
	smp_init();
	gfp_allow_waiting();
	do_initcalls();
	free_initmem();

	run_boot_tests();
	run_boot_commands();
	if (IS_ENABLED(CONFIG_SHELL))
		shell_loop();
	idle_loop();
}
