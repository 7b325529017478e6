/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/hex.h>

int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
