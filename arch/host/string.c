/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

size_t host_strlcpy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from), copied = len < size ? len : size - 1;

	if (size) {
		memcpy(to, from, copied);
		to[copied] = 0;
	}
	return len;
}
