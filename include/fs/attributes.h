/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_ATTRIBUTES_H
#define FS_ATTRIBUTES_H

#include <fs/inode.h>

/* What is known of a file changes: 0, or -EPERM where nothing of the kind is kept. */
int inode_chmod(struct inode *inode, u32 mode);
/* ~0: it stays. */
int inode_chown(struct inode *inode, u32 uid, u32 gid);

#define TIME_NOW	(~0ull)
#define TIME_KEPT	(~0ull - 1)
int inode_set_times(struct inode *inode, u64 atime_ns, u64 mtime_ns);

/* Memory for bytes of a file, so that they can be written later; -ENOSPC, -EOPNOTSUPP. */
int inode_allocate(struct inode *inode, u64 from, u64 bytes, bool keep_size);

#endif /* FS_ATTRIBUTES_H */
