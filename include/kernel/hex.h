/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HEX_H
#define KERNEL_HEX_H

/* Returns 0 to 15 for a hexadecimal digit, capital or not, and -1 for anything else. */
int hex_digit(char c);

#endif /* KERNEL_HEX_H */
