/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single words of physical memory that may not be there. Where nothing answers the access traps,
 * and for the length of it the trap's vector is the instruction behind.
 */
#include <kernel/init.h>
#include <arch/mmu.h>
#include <asm/csr.h>
#include <asm/fixmap.h>
#include <asm/probe.h>

bool __init peek_as(phys_addr_t pa, u64 prot, u64 *value)
{
	const u64 *at = fixmap_map(FIX_TABLE, pa, prot);
	unsigned long vector, done = 0;
	u64 seen = 0;

	__asm__ volatile("	la	%0, 1f\n"
			 "	csrrw	%0, stvec, %0\n"
			 "	ld	%2, (%3)\n"
			 "	li	%1, 1\n"
			 "	.balign	4\n"
			 "1:	csrw	stvec, %0\n"
			 : "=&r"(vector), "+&r"(done), "+&r"(seen) : "r"(at) : "memory");
	*value = seen;
	return done;
}

bool __init arch_peek(phys_addr_t pa, u64 *value)
{
	return peek_as(pa, PROT_RW, value);
}

bool __init arch_poke(phys_addr_t pa, u64 value)
{
	u64 *at = fixmap_map(FIX_TABLE, pa, PROT_RW);
	unsigned long vector, done = 0;

	/* The fence is for a bus that answers late. */
	__asm__ volatile("	la	%0, 1f\n"
			 "	csrrw	%0, stvec, %0\n"
			 "	sd	%2, (%3)\n"
			 "	fence	rw, rw\n"
			 "	li	%1, 1\n"
			 "	.balign	4\n"
			 "1:	csrw	stvec, %0\n"
			 : "=&r"(vector), "+&r"(done) : "r"(value), "r"(at) : "memory");
	return done;
}
