/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PERCPU_H
#define KERNEL_PERCPU_H

#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/types.h>
#include <arch/page.h>
#include <arch/percpu.h>

/*
 * DEFINE_PER_CPU puts the variable into the section .bss..percpu, of which each CPU that was
 * found gets a copy at boot (setup_per_cpu_areas); the boot CPU's copy is the section itself.
 * Variables begin as zeros, and an initialiser is a build error. arch_percpu_offset() is the
 * distance from the section to the running CPU's copy.
 */
#define DECLARE_PER_CPU(type, name)	extern type name
#define DEFINE_PER_CPU(type, name)	type name __section(".bss..percpu") __aligned(16)

/* Distance from the section to the copy of each CPU; 0 for CPUs that were not found. */
extern unsigned long __per_cpu_offset[CONFIG_NR_CPUS];

#define __percpu_shift(ptr, off) \
	((__typeof__(ptr))(void *)((char *)(ptr) + (off)))

/* The caller has interrupts off, or cannot move to another CPU. */
#define this_cpu_ptr(ptr)		__percpu_shift(ptr, arch_percpu_offset())
#define per_cpu_ptr(ptr, cpu)		__percpu_shift(ptr, __per_cpu_offset[cpu])

/* Allocates and fills the areas of all possible CPUs from memblock; boot only, once. */
void setup_per_cpu_areas(void);

/* Bytes of one CPU's copy: it begins and ends with a page. */
static inline size_t percpu_area_bytes(void)
{
	return ALIGN_UP(arch_percpu_bytes(), PAGE_SIZE);
}

#endif /* KERNEL_PERCPU_H */
