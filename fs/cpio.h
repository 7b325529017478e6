/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_CPIO_H
#define FS_CPIO_H

#include <kernel/types.h>

/* An archive of cpio's format newc, entry by entry: for boot, and for the plan. */
#define CPIO_TRAILER		"TRAILER!!!"

enum cpio_field {
	CPIO_INO, CPIO_MODE, CPIO_UID, CPIO_GID, CPIO_NLINK, CPIO_MTIME, CPIO_FILESIZE,
	CPIO_DEVMAJOR, CPIO_DEVMINOR, CPIO_RDEVMAJOR, CPIO_RDEVMINOR, CPIO_NAMESIZE, CPIO_CHECK,
	NR_CPIO_FIELDS
};

struct cpio_entry {
	const char *name;		/* [o] with its end, in the archive */
	const char *content;		/* [o] CPIO_FILESIZE bytes */
	u32 field[NR_CPIO_FIELDS];	/* [o] */
};

/* Reads the entry at byte at. NULL, or what is wrong there. */
const char *cpio_read(const char *data, size_t bytes, size_t at, struct cpio_entry *e);
/* Where the next one begins. */
size_t cpio_next(const char *data, size_t bytes, const struct cpio_entry *e);

#endif /* FS_CPIO_H */
