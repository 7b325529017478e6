/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_CSR_H
#define ASM_CSR_H

/* Control and status registers of supervisor mode: fields and access. */

#define SSTATUS_SIE		0x2
#define SSTATUS_SPIE		0x20
#define SSTATUS_SPP		0x100
#define SSTATUS_VS		0x600
#define SSTATUS_FS		0x6000
#define SSTATUS_SUM		0x40000
#define SSTATUS_MXR		0x80000

/* sie, sip: bit numbers are the interrupt's cause code. */
#define IRQ_S_SOFT		1
#define IRQ_S_TIMER		5
#define IRQ_S_EXT		9

/* Sstc; assemblers of today may not know its name. */
#define CSR_STIMECMP		0x14d

#define SATP_MODE_SHIFT		60
#define SATP_MODE_SV39		8
#define SATP_MODE_SV48		9

#define CAUSE_INSN_MISALIGNED	0
#define CAUSE_INSN_ACCESS	1
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_LOAD_ACCESS	5
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_STORE_ACCESS	7
#define CAUSE_ECALL_U		8
#define CAUSE_ECALL_S		9
#define CAUSE_INSN_PAGE		12
#define CAUSE_LOAD_PAGE		13
#define CAUSE_STORE_PAGE	15

#ifndef __ASSEMBLY__

#include <kernel/compiler.h>
#include <kernel/types.h>

#define CAUSE_IRQ_FLAG		(1ul << 63)

#define csr_read(csr) __extension__ ({ \
	unsigned long _v; \
	__asm__ volatile("csrr %0, " __stringify(csr) : "=r"(_v) : : "memory"); \
	_v; })

#define csr_write(csr, value) \
	__asm__ volatile("csrw " __stringify(csr) ", %0" \
			 : : "rK"((unsigned long)(value)) : "memory")

#define csr_set(csr, bits) \
	__asm__ volatile("csrs " __stringify(csr) ", %0" \
			 : : "rK"((unsigned long)(bits)) : "memory")

#define csr_clear(csr, bits) \
	__asm__ volatile("csrc " __stringify(csr) ", %0" \
			 : : "rK"((unsigned long)(bits)) : "memory")

#define csr_read_clear(csr, bits) __extension__ ({ \
	unsigned long _v; \
	__asm__ volatile("csrrc %0, " __stringify(csr) ", %1" \
			 : "=r"(_v) : "rK"((unsigned long)(bits)) : "memory"); \
	_v; })

static inline void wait_for_interrupt(void)
{
	__asm__ volatile("wfi" : : : "memory");
}

/* This hart's translations of all addresses, or of the page around va, are read anew. */
static inline void local_flush_tlb_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

static inline void local_flush_tlb_page(unsigned long va)
{
	__asm__ volatile("sfence.vma %0" : : "r"(va) : "memory");
}

#endif /* __ASSEMBLY__ */
#endif /* ASM_CSR_H */
