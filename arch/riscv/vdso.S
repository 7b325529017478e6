/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of code that the kernel gives every program: an ELF file of its own, which C libraries
 * find by AT_SYSINFO_EHDR, with calls that need no way into the kernel. It is written out here, for
 * it is small, and no linker has to know of it. process/vdso.c copies it and fills in the numbers.
 */
#include <asm/vdso.h>

#define SYS_CLOCK_GETTIME	113
#define SYS_CLOCK_GETRES	114
#define SYS_RT_SIGRETURN	139
#define NS_PER_S		1000000000

#define PT_LOAD			1
#define PT_DYNAMIC		2
#define DT_HASH			4
#define DT_STRTAB		5
#define DT_SYMTAB		6
#define DT_STRSZ		10
#define DT_SYMENT		11
#define DT_SONAME		14
#define DT_VERSYM		0x6ffffff0
#define DT_VERDEF		0x6ffffffc
#define DT_VERDEFNUM		0x6ffffffd
#define GLOBAL_FUNCTION		0x12
#define VERSION			2

	.section .rodata
	.option	push
	.option	norelax
	.option	norvc
	.balign	8
	.globl	vdso_image
vdso_image:
	.byte	0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
	.half	3, 243				/* a shared one, of RISC-V */
	.word	1
	.dword	0, .Lheaders - vdso_image, 0
	.word	5				/* flags: RVC, double float */
	.half	64, 56, 2, 64, 0, 0
.Lheaders:
	.word	PT_LOAD, 5			/* read and execute */
	.dword	0, 0, 0, vdso_image_end - vdso_image, vdso_image_end - vdso_image, 0x1000
	.word	PT_DYNAMIC, 4
	.dword	.Ldynamic - vdso_image, .Ldynamic - vdso_image, .Ldynamic - vdso_image
	.dword	.Ldynamic_end - .Ldynamic, .Ldynamic_end - .Ldynamic, 8
.Ldynamic:
	.dword	DT_SONAME, .Lsoname - .Lnames
	.dword	DT_HASH, .Lhash - vdso_image
	.dword	DT_STRTAB, .Lnames - vdso_image
	.dword	DT_SYMTAB, .Lsymbols - vdso_image
	.dword	DT_STRSZ, .Lnames_end - .Lnames
	.dword	DT_SYMENT, 24
	.dword	DT_VERSYM, .Lversions - vdso_image
	.dword	DT_VERDEF, .Ldefinitions - vdso_image
	.dword	DT_VERDEFNUM, 2
	.dword	0, 0
.Ldynamic_end:

.macro symbol name
	.word	.Lname_\name - .Lnames
	.byte	GLOBAL_FUNCTION, 0
	.half	1				/* defined */
	.dword	.Lcode_\name - vdso_image, .Lend_\name - .Lcode_\name
.endm
.Lsymbols:
	.fill	24
	symbol	rt_sigreturn
	symbol	gettimeofday
	symbol	clock_gettime
	symbol	clock_getres
	/* One bucket: a symbol leads to the next. */
.Lhash:	.word	1, 5, 1
	.word	0, 2, 3, 4, 0
.Lversions:
	.half	0, VERSION, VERSION, VERSION, VERSION
	.balign	4
	/* Version, flags, index, count, hash of the name, where the name is and the next. */
.Ldefinitions:
	.half	1, 1, 1, 1
	.word	0x0deebfa1, 20, 28
	.word	.Lsoname - .Lnames, 0
	.half	1, 0, VERSION, 1
	.word	0x0ae77f75, 20, 0
	.word	.Lversion - .Lnames, 0
.Lnames:
	.byte	0
.Lsoname:
	.asciz	"linux-vdso.so.1"
.Lversion:
	.asciz	"LINUX_4.15"
.Lname_rt_sigreturn:
	.asciz	"__vdso_rt_sigreturn"
.Lname_gettimeofday:
	.asciz	"__vdso_gettimeofday"
.Lname_clock_gettime:
	.asciz	"__vdso_clock_gettime"
.Lname_clock_getres:
	.asciz	"__vdso_clock_getres"
.Lnames_end:

/* Whoever walks a stack knows these two instructions. */
	.org	vdso_image + VDSO_SIGRETURN_AT
.Lcode_rt_sigreturn:
	li	a7, SYS_RT_SIGRETURN
	ecall
.Lend_rt_sigreturn:

/* ns = nanoseconds of the clock whose offset is at VDSO_OFFSETS(offset), from t1 = data. */
.macro read_clock ns, offset
	ld	t3, VDSO_OFFSETS(\offset)
	ld	t4, VDSO_SHIFT(t1)
	ld	t5, VDSO_MULTIPLIER(t1)
	rdtime	\ns
	sll	\ns, \ns, t4
	mulhu	\ns, \ns, t5
	add	\ns, \ns, t3
.endm

/* The sum of time and offset is negative where the kernel alone knows the clock. */
.Lcode_clock_gettime:
	li	t0, VDSO_CLOCKS
	bgeu	a0, t0, 1f
	lla	t1, .Ldata
	slli	t2, a0, 3
	add	t2, t1, t2
	read_clock t0, t2
	bltz	t0, 1f
	li	t2, NS_PER_S
	divu	t3, t0, t2
	mul	t2, t3, t2
	sub	t0, t0, t2
	sd	t3, (a1)
	sd	t0, 8(a1)
	li	a0, 0
	ret
1:	li	a7, SYS_CLOCK_GETTIME
	ecall
	ret
.Lend_clock_gettime:

/* The second argument, a time zone of old, is filled with 0. */
.Lcode_gettimeofday:
	lla	t1, .Ldata
	beqz	a0, 1f
	read_clock t0, t1
	li	t2, 1000
	divu	t0, t0, t2
	li	t2, 1000000
	divu	t3, t0, t2
	mul	t2, t3, t2
	sub	t0, t0, t2
	sd	t3, (a0)
	sd	t0, 8(a0)
1:	beqz	a1, 2f
	sw	zero, (a1)
	sw	zero, 4(a1)
2:	li	a0, 0
	ret
.Lend_gettimeofday:

.Lcode_clock_getres:
	li	t0, VDSO_CLOCKS
	bgeu	a0, t0, 2f
	lla	t1, .Ldata
	slli	t2, a0, 3
	add	t2, t1, t2
	ld	t3, VDSO_OFFSETS(t2)
	slli	t3, t3, 1
	beqz	t3, 2f
	beqz	a1, 1f
	ld	t3, VDSO_RESOLUTION(t1)
	sd	zero, (a1)
	sd	t3, 8(a1)
1:	li	a0, 0
	ret
2:	li	a7, SYS_CLOCK_GETRES
	ecall
	ret
.Lend_clock_getres:

	.org	vdso_image + VDSO_DATA_AT
.Ldata:
	.fill	VDSO_OFFSETS + 8 * VDSO_CLOCKS
	.globl	vdso_image_end
vdso_image_end:
	.option	pop
