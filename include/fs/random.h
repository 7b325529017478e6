/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_RANDOM_H
#define FS_RANDOM_H

#include <fs/io.h>

/* All that io wants, of random bytes: how many, or -EFAULT. */
long random_fill(struct io *io);

#endif /* FS_RANDOM_H */
