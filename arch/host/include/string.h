/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_STRING_H
#define HOST_STRING_H

/* What the kernel's C library has and an older one of the host lacks. */
#include_next <string.h>

size_t strlcpy(char *to, const char *from, size_t size);

#endif /* HOST_STRING_H */
