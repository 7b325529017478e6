/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_GLOB_H
#define KERNEL_GLOB_H

#include <kernel/types.h>

/* A pattern has a '*', which stands for any characters or none, or a '?', which stands for one. */
bool is_glob(const char *text);

/* Does the pattern stand for the whole of text? Steps: no more than the product of both lengths. */
bool glob_match(const char *pattern, const char *text);

#endif /* KERNEL_GLOB_H */
