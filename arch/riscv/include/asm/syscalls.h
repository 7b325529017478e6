/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SYSCALLS_H
#define ASM_SYSCALLS_H

/* Rows of system calls that this architecture alone has: process/syscalls.h says what a row is. */
#define ARCH_SYSCALLS(row) \
	row(258, riscv_hwprobe) \
	row(259, riscv_flush_icache)

/* Numbers below this have a place in the table, which user_entry.S reads. */
#define NR_SYSCALLS	452

#endif /* ASM_SYSCALLS_H */
