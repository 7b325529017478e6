/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   Holds the RAM that the tree claims against the machine, before anything is put there.
 *
 * Structure
 *   Of every range that boot may use the first and the last word are written, read and put back. A
 *   machine with less RAM than its tree claims fails in one of two ways:
 *
 *     claimed   [ image |  free range               ]
 *     there     [                  ]  . . . nothing x      nothing answers, or forgets
 *     there     [                  ][ the same again ]     the last word is another's as well
 *
 *   An address that the memory's decoder ignores a bit of is the same without that bit, so the last
 *   word is held against each address that has one bit less.
 *
 * Invariants
 *   RP1  What is reserved or not to be mapped is not written, and what may not be mapped not read.
 *   RP2  Every word has its former value afterwards.
 *
 * Locking
 *   None: boot only, with interrupts off.
 *
 * Configuration
 *   None.
 */
#include <mm/dt_memory.h>

#include <kernel/bitops.h>
#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/sprintf.h>
#include <mm/config.h>
#include <mm/memblock.h>
#include <arch/mmu.h>

#include "dt_internal.h"

#define WORD	sizeof(u64)

/* Is what is written at pa there when it is read again? (RP2) */
static bool __init answers(phys_addr_t pa)
{
	u64 was, seen;
	bool keeps;

	if (!arch_peek(pa, &was) || !arch_poke(pa, ~was))
		return false;
	keeps = arch_peek(pa, &seen) && seen == ~was;
	return arch_poke(pa, was) && keeps;
}

/* Does what is written at pa, which answers, change the word at other? (RP2) */
static bool __init is_same(phys_addr_t pa, phys_addr_t other)
{
	u64 mine, others, seen;
	bool same;

	if (!memblock_is_map_memory(other) || !arch_peek(other, &others) || !arch_peek(pa, &mine))
		return false;
	same = arch_poke(pa, ~others) && arch_peek(other, &seen) && seen == ~others;
	return arch_poke(pa, mine) && same;
}

/* What to do about RAM that ends before end: of the banks' sum so much lies below. */
static const char *__init mend(phys_addr_t end, char *buf, size_t size)
{
	u64 below = 0;
	const struct memblock_region *r;

	for_each_mem_region(r)
		if (r->base < end)
			below += min(r->size, end - r->base);
	if (end < arch_image_layout()->end)
		return "correct the node's reg";
	if (IS_ALIGNED(below, SZ_1M))
		scnprintf(buf, size, "correct the node's reg, or boot with mem=%lluM", ULL(below / SZ_1M));
	else
		scnprintf(buf, size, "correct the node's reg, or boot with mem=%lluK", ULL(below / SZ_1K));
	return buf;
}

/* The first frame of (answering, silent] that is silent, as far as there is one border. */
static phys_addr_t __init find_border(phys_addr_t answering, phys_addr_t silent)
{
	while (silent - answering > PAGE_SIZE) {
		phys_addr_t middle = answering +
			ALIGN_DOWN((silent - answering) / 2, (phys_addr_t)PAGE_SIZE);

		if (answers(middle))
			answering = middle;
		else
			silent = middle;
	}
	return silent;
}

/* Who claims the RAM at pa; of more banks than there are claims the last have no name. */
static const char *__init claimant(phys_addr_t pa, char *buf, size_t size)
{
	const struct claim *bank = dt_bank_at(pa);

	if (!bank)
		return "The device tree claims RAM there";
	scnprintf(buf, size, "/%.64s of the device tree claims RAM at 0x%llx - 0x%llx", bank->name,
		  ULL(bank->at.base), ULL(bank->at.end));
	return buf;
}

static __noreturn void __init nothing_answers(phys_addr_t from)
{
	char who[128], what[64];

	boot_failed("%s, and none answers from 0x%llx on: %s", claimant(from, who, sizeof(who)),
		    ULL(from), mend(from, what, sizeof(what)));
}

/* The same word once more: the lowest address that it has. */
static void __init check_copies(phys_addr_t last)
{
	phys_addr_t lowest = last;
	char who[128], what[64];

	for (unsigned int bit = PAGE_SHIFT; bit < CONFIG_MAX_PHYSMEM_BITS; bit++)
		if (lowest >> bit & 1 && is_same(last, lowest ^ (phys_addr_t)1 << bit))
			lowest ^= (phys_addr_t)1 << bit;
	if (lowest == last)
		return;
	boot_failed("%s, and the word at 0x%llx is the one at 0x%llx once more: %s",
		    claimant(last, who, sizeof(who)), ULL(last), ULL(lowest),
		    mend(lowest + WORD, what, sizeof(what)));
}

void __init ram_probe(void)
{
	phys_addr_t start, end;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL) {
		start = ALIGN_UP(start, PAGE_SIZE);
		end = ALIGN_DOWN(end, PAGE_SIZE);
		if (start >= end)
			continue;
		if (!answers(start))
			nothing_answers(start);
		if (!answers(end - WORD))
			nothing_answers(find_border(start, end - PAGE_SIZE));
		check_copies(end - WORD);
	}
}
