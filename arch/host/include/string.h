/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_STRING_H
#define HOST_STRING_H

#include_next <string.h>

/* What the kernel's C library has and not every system's. Ours by another name, so that it does not
 * matter whether this one does. */
#define strlcpy host_strlcpy

size_t host_strlcpy(char *to, const char *from, size_t size);

#endif /* HOST_STRING_H */
