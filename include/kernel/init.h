/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* Code and data that boot alone needs; their frames go to the buddy at the end of boot. */
#define __init		__section(".init.text") __cold
#define __initdata	__section(".init.data")
#define __initconst	__section(".init.rodata")

/* The same, unless memory may come and go after boot (CONFIG_MEMORY_HOTPLUG). */
#if defined(CONFIG_MEMORY_HOTPLUG)
#define __meminit
#define __meminitdata
#define __meminitconst
#else
#define __meminit	__init
#define __meminitdata	__initdata
#define __meminitconst	__initconst
#endif

/*
 * Code and data that stay may not refer to what is freed; scripts/check-sections.py checks the
 * objects. start_kernel() alone has this mark, because it enters the init part and frees that part
 * later.
 */
#define __ref		__section(".ref.text") __cold

/* First C function after the early map; never returns. */
__noreturn void start_kernel(void);

/*
 * Runs the steps of the boot list (kernel/init.c) from first to last, both included; a step goes by
 * the name of its function. A step may run once, and relies on all steps above it. So a program
 * without a device tree fills memblock itself and then begins at arch_paging_init().
 */
typedef void (*boot_step_t)(void);
void boot_run(boot_step_t first, boot_step_t last);

/* Runs the part of the list from the device tree to an allocator that is ready, with nothing
 * allocated. */
void boot_memory(void);

/* Places in the list up to which boot's instructions are counted. */
enum boot_mark { MARK_START_KERNEL, MARK_MEMBLOCK, MARK_PAGING, MARK_SECTIONS, MARK_HANDOVER,
		 MARK_ALLOCATOR_READY, NR_BOOT_MARKS };
/* Returns the instructions from the kernel's first to the mark; 0 before boot has come so far. */
u64 boot_mark_instret(enum boot_mark mark);

/*
 * Functions, __init if nobody else calls them, that run in link order once memory is up, before
 * tests and shell. They return 0 or -Exxx; a failure is logged with the function's name and boot
 * goes on.
 */
typedef int (*initcall_t)(void);
#define initcall(fn) \
	static const initcall_t __initcall_##fn __used __section(".init.calls") = fn

#endif /* KERNEL_INIT_H */
