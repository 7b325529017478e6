/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_DISKS_H
#define FS_DISKS_H

/* With CONFIG_BLOCK. Process context, no lock held. */

/* Disks that drivers have found get their names in /dev. */
void disks_make_names(void);
/* Every disk keeps what was written; 0, or the first error. */
int disks_sync(void);

#endif /* FS_DISKS_H */
