/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HEX_H
#define KERNEL_HEX_H

/* 0 .. 15 of a hexadecimal digit, capital or not; -1 of anything else. */
int hex_digit(char c);

#endif /* KERNEL_HEX_H */
