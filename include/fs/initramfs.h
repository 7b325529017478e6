/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_INITRAMFS_H
#define FS_INITRAMFS_H

#include <kernel/types.h>

struct unpacked {
	size_t at;			/* [o] the byte up to which it was good */
	unsigned long entries, files;	/* [o] */
	u64 file_bytes;			/* [o] */
};

/* Makes the files of an archive. NULL: all of them; else what is wrong with it at done->at. */
const char *initramfs_unpack(const void *data, size_t bytes, struct unpacked *done);

#endif /* FS_INITRAMFS_H */
