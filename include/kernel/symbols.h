/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <kernel/types.h>

/*
 * Name of the symbol that covers va, its distance from the symbol's start and the symbol's
 * size; NULL when va is outside the kernel or the image carries no names.
 */
const char *symbol_lookup(unsigned long va, unsigned long *offset, unsigned long *size);

/* Where a call returns to, as "function+0x1c", or the bare address in an image without names. Any
 * context. Returns buf. */
const char *symbol_place(char *buf, size_t size, unsigned long place);

/* Symbol nr in address order, for the view; false past the end. */
bool symbol_get(unsigned int nr, unsigned long *va, char *type, const char **name);

#endif /* KERNEL_SYMBOLS_H */
