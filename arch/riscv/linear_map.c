/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the linear map shows: RAM from memblock, without what must not be mapped. A large leaf
 * lies wholly inside one range, so none reaches into firmware memory or past the end of RAM.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/memblock.h>
#include <asm/pgtable.h>

unsigned long linear_map_offset;	/* [c] */

struct linear_mapper {
	struct pgtable *pt;
	const struct pa_range *read_only;
	unsigned int nr;
};

static void __init map_piece(const struct linear_mapper *m, phys_addr_t start, phys_addr_t end,
			     unsigned int rights)
{
	int err = start < end ? pgtable_map(m->pt, (unsigned long)__va(start), start, end - start,
					    rights) : 0;

	ASSERT(!err, "no table for the linear map at 0x%lx: %d", (unsigned long)start, err);
}

/* One range of RAM, cut where rights change. */
static void __init map_range(const struct linear_mapper *m, phys_addr_t start, phys_addr_t end)
{
	start = ALIGN_UP(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start >= end)
		return;
	for (unsigned int i = 0; i < m->nr; i++) {
		phys_addr_t ro_start = clamp(m->read_only[i].start, start, end);
		phys_addr_t ro_end = clamp(m->read_only[i].end, start, end);

		if (ro_start >= ro_end)
			continue;
		map_piece(m, start, ro_start, VM_KERNEL_RW);
		map_piece(m, ro_start, ro_end, VM_KERNEL_RO);
		start = ro_end;
	}
	map_piece(m, start, end, VM_KERNEL_RW);
}

void __init pgtable_map_linear(struct pgtable *pt, const struct pa_range *read_only,
			       unsigned int nr)
{
	const struct linear_mapper m = { pt, read_only, nr };
	phys_addr_t start, end, from = 0, to = 0;
	u64 i;

	/* Neighbouring regions, of different nodes for example, are one range here. */
	for_each_mem_range(i, &start, &end) {
		if (start == to) {
			to = end;
			continue;
		}
		map_range(&m, from, to);
		from = start;
		to = end;
	}
	map_range(&m, from, to);
}
