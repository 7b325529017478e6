/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_MODEL_H
#define HOST_MODEL_H

#include <kernel/types.h>

/*
 * The target's page tables, built by the target's own code in the hosted machine's RAM, so that
 * a plan sets aside the very frames that the kernel will. Nothing walks them.
 */

/* Parts of the target's image as offsets from its start; made from the linked kernel. */
struct target_image {
	u64 end, text_end, rodata_start, rodata_end, init_start, init_text_end, init_end;
	u64 data_start, data_end, bss_start, bss_end;
	u64 percpu_bytes;
};
extern const struct target_image target_image;

/* Bytes of the target's linear map. */
u64 model_linear_map_bytes(void);

/* Missing where no plan is made: programs that give the machine no target do not link them. */
#pragma weak model_paging_init
#pragma weak model_vmemmap_map
#pragma weak model_cpu_usable

/*
 * The target's arch_paging_init() and arch_vmemmap_map(), for the image at image_pa and a linear
 * map that begins at linear_start. offset: bytes into the vmemmap window.
 */
void model_paging_init(phys_addr_t image_pa, phys_addr_t linear_start);
void model_vmemmap_map(u64 offset, phys_addr_t pa, u64 bytes);

/* The target's arch_cpu_usable(). */
bool model_cpu_usable(int fdt_node, const char **why);

/* Given by arch/host: where the process sees a frame of RAM. */
void *host_frame(phys_addr_t pa);

#endif /* HOST_MODEL_H */
