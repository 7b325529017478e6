/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The archive that the boot loader gives: newc, as cpio -H newc writes it, one or several behind
 * each other. Its files become files in memory, and its own memory goes to the page allocator. An
 * archive that is broken is unpacked up to there, and one sentence says where that is.
 */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/dt_memory.h>
#include <mm/mmzone.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <fs/initramfs.h>

#include "cpio.h"
#include "internal.h"

/* A file that has more names than one; its bytes come with the last of them. */
struct shared {
	struct shared *next;
	u32 ino, major, minor;
	struct inode *inode;
};

struct unpacking {
	const char *data;
	size_t bytes, at;		/* at: the entry that is looked at */
	struct fs_place *place;
	struct shared *shared;
	struct cpio_entry e;
	struct unpacked *done;
};

/* ---- entries ---- */

static struct shared *shared_of(const struct unpacking *u)
{
	struct shared *s = u->shared;

	while (s && (s->ino != u->e.field[CPIO_INO] || s->major != u->e.field[CPIO_DEVMAJOR] ||
		     s->minor != u->e.field[CPIO_DEVMINOR]))
		s = s->next;
	return s;
}

static int share(struct unpacking *u, struct inode *inode)
{
	struct shared *s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOWARN);

	if (!s)
		return -ENOMEM;
	*s = (struct shared){ .next = u->shared, .ino = u->e.field[CPIO_INO],
			      .major = u->e.field[CPIO_DEVMAJOR],
			      .minor = u->e.field[CPIO_DEVMINOR],
			      .inode = inode_get(inode) };
	u->shared = s;
	return 0;
}

static void forget_shared(struct unpacking *u)
{
	while (u->shared) {
		struct shared *s = u->shared;

		u->shared = s->next;
		inode_put(s->inode);
		kfree(s);
	}
}

static int write_content(struct unpacking *u, struct file *f)
{
	struct io io = io_kernel((char *)(unsigned long)u->e.content, u->e.field[CPIO_FILESIZE]);

	while (io.left) {
		long done = file_write(f, &io);

		if (done <= 0)
			return done ? (int)done : -ENOSPC;
	}
	return 0;
}

static int make_file(struct unpacking *u, const struct fs_path *p)
{
	struct shared *s = u->e.field[CPIO_NLINK] > 1 ? shared_of(u) : NULL;
	struct file *f;
	int err = 0;

	(void)path_unlink(p);
	if (s)
		err = path_link(s->inode, p);
	if (!err)
		err = path_open(p, O_WRONLY | O_CREAT, u->e.field[CPIO_MODE], &f);
	if (err)
		return err;
	if (!s && u->e.field[CPIO_NLINK] > 1)
		err = share(u, f->inode);
	if (!err)
		err = write_content(u, f);
	file_put(f);
	u->done->files++;
	u->done->file_bytes += u->e.field[CPIO_FILESIZE];
	return err;
}

static int make_link(struct unpacking *u, const struct fs_path *p)
{
	char *target = kmalloc((size_t)u->e.field[CPIO_FILESIZE] + 1, GFP_KERNEL | __GFP_NOWARN);
	int err;

	if (!target)
		return -ENOMEM;
	memcpy(target, u->e.content, u->e.field[CPIO_FILESIZE]);
	target[u->e.field[CPIO_FILESIZE]] = '\0';
	(void)path_unlink(p);
	err = path_symlink(p, target);
	kfree(target);
	return err;
}

/* A folder or a device may be there already: boot makes some. */
static int make_other(struct unpacking *u, const struct fs_path *p)
{
	u32 mode = u->e.field[CPIO_MODE];
	int err = path_mknod(p, mode & (S_IFMT | 07777),
			     DEV(u->e.field[CPIO_RDEVMAJOR], u->e.field[CPIO_RDEVMINOR]));

	return err == -EEXIST ? 0 : err;
}

static void stamp(struct unpacking *u, const struct fs_path *p)
{
	struct inode *inode;

	if (path_inode(p, false, &inode))
		return;
	inode->uid = u->e.field[CPIO_UID];
	inode->gid = u->e.field[CPIO_GID];
	inode->mtime_ns = u->e.field[CPIO_MTIME] * 1000000000ull;
	if (!S_ISLNK(inode->mode))
		inode->mode = (inode->mode & S_IFMT) | (u->e.field[CPIO_MODE] & 07777);
	inode_put(inode);
}

static const char *make_entry(struct unpacking *u)
{
	const struct fs_path p = { .place = u->place, .text = u->e.name };
	u32 kind = u->e.field[CPIO_MODE] & S_IFMT;
	int err = kind == S_IFREG ? make_file(u, &p) : kind == S_IFLNK ? make_link(u, &p) :
		  kind == S_IFDIR || kind == S_IFCHR || kind == S_IFBLK || kind == S_IFIFO ?
		  make_other(u, &p) : -EINVAL;

	if (!err) {
		stamp(u, &p);
		u->done->entries++;
	}
	return err == -ENOSPC || err == -ENOMEM ? "memory is out: give the machine more, or less "
						  "to unpack" :
	       err == -ENOENT ? "the folder of a name is not there" :
	       err == -EINVAL ? "an entry is neither file, folder, link, device nor pipe" :
	       err ? "a name cannot be made" : NULL;
}

static const char *next_entry(struct unpacking *u)
{
	const char *wrong;

	/* Archives are padded with zeros, and others may follow. */
	if (!u->data[u->at]) {
		u->at++;
		return NULL;
	}
	wrong = cpio_read(u->data, u->bytes, u->at, &u->e);
	if (wrong)
		return wrong;
	if (!strcmp(u->e.name, CPIO_TRAILER))
		forget_shared(u);
	else
		wrong = make_entry(u);
	if (!wrong)
		u->at = cpio_next(u->data, u->bytes, &u->e);
	return wrong;
}

const char *initramfs_unpack(const void *data, size_t bytes, struct unpacked *done)
{
	struct unpacking u = { .data = data, .bytes = bytes, .done = done };
	const char *wrong = NULL;

	*done = (struct unpacked){ .at = 0 };
	u.place = place_new();
	if (!u.place)
		return "memory is out: give the machine more, or less to unpack";
	u.place->umask = 0;
	while (u.at < u.bytes && !wrong)
		wrong = next_entry(&u);
	done->at = u.at;
	forget_shared(&u);
	place_put(u.place);
	return wrong;
}

/* ---- boot ---- */

/* Its blocks go, as boot cut them; a page that it shares with somebody stays. */
static unsigned long __init give_back(void)
{
	unsigned long pfn = PFN_UP(initrd_start_pa), pages = 0;
	unsigned long end = PFN_UP(initrd_start_pa + initrd_bytes);

	while (pfn < end && pfn_valid(pfn)) {
		struct page *page = pfn_to_page(pfn);
		unsigned long next = pfn + (1ul << page_order(page));

		if (page_state(page) != PG_RESERVED || next > end ||
		    strcmp(mem_owner_name(page->owner), "initrd"))
			break;
		pages += free_reserved_range(PFN_PHYS(pfn), PFN_PHYS(next));
		pfn = next;
	}
	return pages;
}

static int __init files_init(void)
{
	struct unpacked done;
	const char *wrong;
	int err = files_make_root();

	if (err || !initrd_bytes)
		return err;
	wrong = initramfs_unpack(__va(initrd_start_pa), initrd_bytes, &done);
	if (wrong)
		pr_err("initramfs: byte 0x%zx: %s\n", done.at, wrong);
	pr_info("initramfs: %lu names, %lu files of %lluK\n", done.entries, done.files,
		ULL(done.file_bytes / SZ_1K));
	pr_info("Freeing initrd memory: %luK\n", pages_to_kb(give_back()));
	return 0;
}
initcall(files_init);
