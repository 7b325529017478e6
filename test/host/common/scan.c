/* SPDX-License-Identifier: BSD-2-Clause */
#include "scan.h"

#include <kernel/cmdline.h>
#include <mm/config.h>
#include <mm/dt_memory.h>
#include <arch/mmu.h>

#include "mm/boot/memblock_internal.h"

static const char *const usual[] = { "kernel image", "kernel init", "device tree", NULL };

enum host_stop scan(const struct host_machine *m, const void *fdt, const char *args)
{
	struct host_machine machine = m ? *m : host_default_machine;

	if (!machine.fdt_pa)
		machine.fdt_pa = TREE;
	host_reset(&machine);
	regions_leave_out(usual);
	if (args)
		cmdline_init(args);
	return HOST_TRY(dt_scan_memory(fdt); dt_scan_reserved(fdt, machine.fdt_pa);
			dt_place_reserved(fdt));
}

void check_scan(void)
{
	const struct image_layout *image = arch_image_layout();
	const struct memblock_region *r;
	phys_addr_t start, end;

	if (memblock_validate(&memblock.memory) || memblock_validate(&memblock.reserved))
		fail_msg("a table does not hold together");
	arch_linear_range(memblock_start_of_DRAM(), &start, &end);
	for_each_mem_region(r) {
		assert_true(IS_ALIGNED(r->base | r->size, PAGE_SIZE));
		assert_true(r->base + r->size <= min(end, PFN_PHYS(MAX_PHYSMEM_PFN)));
	}
	for (phys_addr_t pa = image->start; pa < image->end; pa += PAGE_SIZE) {
		assert_true(memblock_is_map_memory(pa));
		assert_true(memblock_is_reserved(pa));
	}
}

void scan_well(const struct host_machine *m, const void *fdt, const char *args)
{
	if (scan(m, fdt, args) != HOST_RAN_ON)
		fail_msg("boot stopped: %s", host_stop_text());
	check_scan();
}
