/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_LIMITS_H
#define FS_LIMITS_H

/* Bytes of a path, its end included. Also for archives, which are read without file systems. */
#define PATH_MAX	4096u

#endif /* FS_LIMITS_H */
