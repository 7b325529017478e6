/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include <stdint.h>

/*
 * What boot loaders decide, for who does not say it: where the kernel, of which image_bytes are
 * taken, and the tree lie, and which hart boots.
 */

/* 2 MiB above the first RAM that has room for it there. */
uint64_t plan_default_kernel_base(const void *fdt, uint64_t image_bytes);

/* Where QEMU or U-Boot of the board that the tree names would put it; never into the kernel. */
uint64_t plan_default_fdt_addr(const void *fdt, uint64_t kernel_pa, uint64_t image_bytes);

/*
 * The first hart of boot_fdt that the kernel can run on, 0 where the tree has no harts. Ends the
 * process with a sentence that begins with name when it can run on none.
 */
uint64_t plan_default_boot_hart(const char *name);

#endif /* PLAN_PLACE_H */
