/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include <stdint.h>

/*
 * What boot loaders decide, for users who do not say it: where the kernel (image_bytes of it) and
 * the tree lie, and which hart boots.
 */

/* 2 MiB above the first RAM that has room for the kernel there. */
uint64_t plan_default_kernel_base(const void *fdt, uint64_t image_bytes);

/* Where QEMU, or U-Boot on the board that the tree names, would put the tree; never inside the
 * kernel. */
uint64_t plan_default_fdt_addr(const void *fdt, uint64_t kernel_pa, uint64_t image_bytes);

/*
 * The first hart of boot_fdt that the kernel can run on, or 0 where the tree has no harts. Ends the
 * process with a sentence that begins with name when the kernel can run on none of them.
 */
uint64_t plan_default_boot_hart(const char *name);

#endif /* PLAN_PLACE_H */
