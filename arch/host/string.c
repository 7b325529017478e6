/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

/* Weak: the C library's own wins where it has one. */
__attribute__((__weak__)) size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from), copied = len < size ? len : size - 1;

	if (size) {
		memcpy(to, from, copied);
		to[copied] = 0;
	}
	return len;
}
