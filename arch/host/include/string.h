/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_STRING_H
#define HOST_STRING_H

#include_next <string.h>

/* Functions of the kernel's C library that some systems lack. They have other names here, so that
 * it does not matter whether this system has them. */
#define strlcpy host_strlcpy

size_t host_strlcpy(char *to, const char *from, size_t size);

#endif /* HOST_STRING_H */
