/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include <kernel/sprintf.h>

size_t vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int len = vsnprintf(buf, size, fmt, args);

	if (len < 0) {
		buf[0] = '\0';
		return 0;
	}
	return (size_t)len < size ? (size_t)len : size - 1;
}

size_t scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	return va_scnprintf(buf, size, fmt);
}
