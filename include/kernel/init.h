/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* Code and data that boot alone needs; their frames go to the buddy at the end of boot. */
#define __init		__section(".init.text") __cold
#define __initdata	__section(".init.data")
#define __initconst	__section(".init.rodata")

/*
 * What stays may not refer to what is freed; scripts/check-sections.py holds the objects to that.
 * start_kernel() alone is both, and has this mark: it enters the init part, and frees it later.
 */
#define __ref		__section(".ref.text") __cold

/* First C function after the early map; never returns. */
__noreturn void start_kernel(void);

/*
 * Runs the steps of the boot list (kernel/init.c) from first to last, both included. A step goes by
 * the name of its function. Once: each step relies on all above it, so a program without a device
 * tree fills memblock itself and then enters at arch_paging_init().
 */
typedef void (*boot_step_t)(void);
void boot_run(boot_step_t first, boot_step_t last);

/* The part of it from the device tree to an allocator that is ready, with nothing allocated. */
void boot_memory(void);

/* Places of the list up to which boot's instructions are counted. */
enum boot_mark { MARK_START_KERNEL, MARK_MEMBLOCK, MARK_PAGING, MARK_SECTIONS, MARK_HANDOVER,
		 MARK_ALLOCATOR_READY, NR_BOOT_MARKS };
/* Instructions from the kernel's first to the mark; 0 while boot has not come that far. */
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
