/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* For %llx and %llu: whether u64 is long or long long is the C library's to say. */
#define ULL(x)			((unsigned long long)(x))

/* A physical address or a size in bytes of physical memory. Never dereferenced. */
typedef u64 phys_addr_t;
#define PHYS_ADDR_MAX (~(phys_addr_t)0)

/* Allocation flags, see mm/gfp.h. */
typedef unsigned int gfp_t;
#endif /* __ASSEMBLY__ */

#endif /* KERNEL_TYPES_H */
