/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* Code and data that boot alone needs; their frames go to the buddy at the end of boot. */
#define __init		__section(".init.text") __cold
#define __initdata	__section(".init.data")
#define __initconst	__section(".init.rodata")

/* First C function after the early map; never returns. */
__noreturn void start_kernel(void);

/* The part of boot that ends with memory; see kernel/init.c. Once. */
void boot_memory(void);

/* Marks of boot: instructions since the kernel was entered. */
enum boot_mark { MARK_START_KERNEL, MARK_MEMBLOCK, MARK_PAGING, MARK_SECTIONS, MARK_HANDOVER,
		 MARK_ALLOCATOR_READY, NR_BOOT_MARKS };
void boot_mark(enum boot_mark mark);
u64 boot_mark_instret(enum boot_mark mark);

/*
 * Functions run in link order once memory is up, before tests and shell. They return 0 or
 * -Exxx; a failure is logged with the function's name and boot goes on.
 */
typedef int (*initcall_t)(void);
#define initcall(fn) \
	static const initcall_t __initcall_##fn __used __section(".initcalls") = fn

#endif /* KERNEL_INIT_H */
