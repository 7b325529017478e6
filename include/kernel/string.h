/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H

/* mem* and str* come from picolibc on the target and from the C library on the host. */
#include <string.h>

#endif /* KERNEL_STRING_H */
