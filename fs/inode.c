/* SPDX-License-Identifier: BSD-2-Clause */
/* Inodes: how they come, are shared, and go. */
#include <kernel/compiler.h>
#include <mm/slab.h>
#include <fs/clock.h>
#include <fs/inode.h>
#include <arch/page.h>

static DEFINE_KMEM_CACHE(inode_cache, "inode", sizeof(struct inode), 0, 0);	/* [f] */
static u64 last_ino;			/* [a] */
static unsigned long inodes;		/* [a] */

DEFINE_MUTEX(names_lock);

struct inode *inode_new(u32 mode, u32 dev)
{
	struct inode *inode = kmem_cache_zalloc(&inode_cache, GFP_KERNEL | __GFP_NOWARN);

	if (!inode)
		return NULL;
	inode->refs = 1;
	inode->dev = dev;
	inode->ino = __atomic_add_fetch(&last_ino, 1, __ATOMIC_RELAXED);
	inode->mode = mode;
	inode->nlink = S_ISDIR(mode) ? 2 : 1;
	inode->atime_ns = inode->mtime_ns = inode->ctime_ns = files_clock_ns();
	mutex_init(&inode->lock);
	__atomic_fetch_add(&inodes, 1, __ATOMIC_RELAXED);
	return inode;
}

void inode_end(struct inode *inode)
{
	/* A folder's parent may go with it, and that one's parent. */
	do {
		struct inode *parent = inode->parent;

		if (inode->ops && inode->ops->release)
			inode->ops->release(inode);
		kmem_cache_free(&inode_cache, inode);
		__atomic_fetch_sub(&inodes, 1, __ATOMIC_RELAXED);
		inode = parent;
	} while (inode && !__atomic_sub_fetch(&inode->refs, 1, __ATOMIC_ACQ_REL));
}

unsigned long inodes_total(void)
{
	return __atomic_load_n(&inodes, __ATOMIC_RELAXED);
}

void inode_stat(struct inode *inode, struct kstat *st)
{
	*st = (struct kstat){
		.ino = inode->ino, .dev = inode->dev, .rdev = inode->rdev, .mode = inode->mode,
		.nlink = inode->nlink, .uid = inode->uid, .gid = inode->gid,
		.size = READ_ONCE(inode->size), .blksize = PAGE_SIZE,
		.atime_ns = READ_ONCE(inode->atime_ns), .mtime_ns = READ_ONCE(inode->mtime_ns),
		.ctime_ns = READ_ONCE(inode->ctime_ns),
	};
	if (inode->ops && inode->ops->stat)
		inode->ops->stat(inode, st);
}
