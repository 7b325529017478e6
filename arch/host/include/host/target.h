/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_TARGET_H
#define HOST_TARGET_H

#include <kernel/types.h>

/* The parts of the target's image, as offsets from its start. */
struct target_image {
	u64 end, text_end, rodata_start, rodata_end, init_start, init_text_end, init_end;
	u64 data_start, data_end, bss_start, bss_end;
	u64 percpu_bytes;
};

/*
 * The machine that the hosted one stands in for. A program that has one fills in all fields and
 * gives it to host_reset(); arch/host knows no more of the target than this.
 */
struct host_target {
	struct target_image image;
	/* The target's arch_paging_init(), for the image at image_pa and a linear map that begins
	 * at linear_start; and its arch_vmemmap_map(), offset bytes into the window. Both put the
	 * target's tables into frames of RAM (host_frame()), where nothing walks them. */
	void (*paging_init)(phys_addr_t image_pa, phys_addr_t linear_start);
	void (*vmemmap_map)(u64 offset, phys_addr_t pa, u64 bytes);
	/* The target's arch_cpu_usable(). */
	bool (*cpu_usable)(int fdt_node, const char **why);
};

/* The address at which the process sees a frame of RAM. */
void *host_frame(phys_addr_t pa);

#endif /* HOST_TARGET_H */
