/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: descriptors of a program.
 *
 * Structure: a table of open files, one word of bits for each 64 of them that says which are in
 * use, and one that says which a new program does not get. A table begins with FILES_FEW places,
 * which lie in the struct; once these are used up it gets MAX_FILES, at once.
 *
 * Invariants:
 * FD1 A bit of used is set if and only if its place has a file.
 *
 * Locking: files->lock; files are closed without it.
 *
 * Configuration: MAX_FILES.
 */
#include <kernel/assert.h>
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/slab.h>
#include <fs/files.h>

BUILD_ASSERT(CONFIG_MAX_FILES >= FILES_FEW, "a table of files begins larger than MAX_FILES");

static u64 bit_of(unsigned int fd)
{
	return 1ull << fd % 64;
}

static bool is_used(const struct files *files, unsigned int fd)
{
	return fd < files->places && files->used[fd / 64] & bit_of(fd);
}

struct files *files_new(void)
{
	struct files *files = kzalloc(sizeof(*files), GFP_KERNEL | __GFP_NOWARN);

	if (!files)
		return NULL;
	spin_lock_init(&files->lock, LOCK_FILES);
	files->refs = 1;
	files->places = FILES_FEW;
	files->table = files->few;
	return files;
}

struct files *files_share(struct files *files)
{
	__atomic_fetch_add(&files->refs, 1, __ATOMIC_RELAXED);
	return files;
}

/* Room for all places, where there was room for few; the table may have grown meanwhile. */
static int grow(struct files *files)
{
	struct file **table = kzalloc(CONFIG_MAX_FILES * sizeof(*table),
				      GFP_KERNEL | __GFP_NOWARN);
	unsigned long flags;

	if (!table)
		return -ENOMEM;
	flags = spin_lock_irqsave(&files->lock);
	if (files->table == files->few) {
		memcpy(table, files->few, sizeof(files->few));
		files->table = table;
		files->places = CONFIG_MAX_FILES;
		table = NULL;
	}
	spin_unlock_irqrestore(&files->lock, flags);
	kfree(table);
	return 0;
}

/* A copy of the old one's table as it is now; the new one is nobody else's yet, and has room:
 * else false. */
static bool copy_table(struct files *files, struct files *old)
{
	unsigned long flags = spin_lock_irqsave(&old->lock);
	bool fits = old->places <= files->places;

	for (unsigned int word = 0; fits && word < FILES_WORDS; word++) {
		files->used[word] = old->used[word];
		files->cloexec[word] = old->cloexec[word];
		for (u64 bits = old->used[word]; bits; bits &= bits - 1) {
			unsigned int fd = word * 64 + (unsigned int)ctz64(bits);

			files->table[fd] = file_get(old->table[fd]);
		}
	}
	spin_unlock_irqrestore(&old->lock, flags);
	return fits;
}

struct files *files_fork(struct files *old)
{
	struct files *files = files_new();

	/* It grows once at most: the old one may have grown meanwhile. */
	while (files && !copy_table(files, old)) {
		if (!grow(files))
			continue;
		kfree(files);
		files = NULL;
	}
	return files;
}

struct files *files_unshare(struct files *files)
{
	struct files *own;

	if (__atomic_load_n(&files->refs, __ATOMIC_ACQUIRE) == 1)
		return files;
	own = files_fork(files);
	if (own)
		files_exit(files);
	return own;
}

int files_next(struct files *files, unsigned int fd)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	int found = -1;

	for (unsigned int word = fd / 64; word < FILES_WORDS && found < 0; word++) {
		u64 bits = files->used[word] & (word == fd / 64 ? ~0ull << fd % 64 : ~0ull);

		if (bits)
			found = (int)(word * 64 + (unsigned int)ctz64(bits));
	}
	spin_unlock_irqrestore(&files->lock, flags);
	return found;
}

static __always_inline struct file *take_out(struct files *files, unsigned int fd)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	struct file *f = fd < files->places ? files->table[fd] : NULL;
	u64 others = ~bit_of(fd);

	if (f) {
		files->table[fd] = NULL;
		files->used[fd / 64] &= others;
		files->cloexec[fd / 64] &= others;
	}
	spin_unlock_irqrestore(&files->lock, flags);
	return f;
}

int files_close(struct files *files, unsigned int fd)
{
	struct file *f = take_out(files, fd);

	if (unlikely(!f))
		return -EBADF;
	file_put(f);
	return 0;
}

void files_exec(struct files *files)
{
	for (unsigned int word = 0; word < FILES_WORDS; word++) {
		u64 bits = READ_ONCE(files->cloexec[word]);

		for (; bits; bits &= bits - 1)
			files_close(files, word * 64 + (unsigned int)ctz64(bits));
	}
}

void files_exit(struct files *files)
{
	if (!files || __atomic_sub_fetch(&files->refs, 1, __ATOMIC_ACQ_REL))
		return;
	/* Nobody else has it. */
	for (unsigned int word = 0; word < FILES_WORDS; word++)
		for (u64 bits = files->used[word]; bits; bits &= bits - 1)
			file_put(files->table[word * 64 + (unsigned int)ctz64(bits)]);
	if (files->table != files->few)
		kfree(files->table);
	kfree(files);
}

struct file *files_get(struct files *files, unsigned int fd)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	struct file *f = is_used(files, fd) ? files->table[fd] : NULL;

	if (f)
		file_get(f);
	spin_unlock_irqrestore(&files->lock, flags);
	return f;
}

static __always_inline void put_in(struct files *files, unsigned int fd, struct file *f,
				   bool cloexec)
{
	u64 *used = &files->used[fd / 64], *not_kept = &files->cloexec[fd / 64];
	u64 bit = bit_of(fd);

	ASSERT(!files->table[fd] == !(*used & bit), "FD1: descriptor %u", fd);
	files->table[fd] = f;
	*used |= bit;
	*not_kept = cloexec ? *not_kept | bit : *not_kept & ~bit;
}

/* -ENOSPC: the table is to grow first. */
static int try_add(struct files *files, struct file *f, unsigned int least, bool cloexec)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	unsigned int word = least / 64, fd;
	u64 free = word < FILES_WORDS ? ~files->used[word] & ~0ull << least % 64 : 0;
	int result;

	while (!free && ++word < FILES_WORDS)
		free = ~files->used[word];
	fd = free ? word * 64 + (unsigned int)ctz64(free) : CONFIG_MAX_FILES;
	result = fd < files->places ? (int)fd : fd < CONFIG_MAX_FILES ? -ENOSPC : -EMFILE;
	if (result >= 0)
		put_in(files, fd, f, cloexec);
	spin_unlock_irqrestore(&files->lock, flags);
	return result;
}

int files_add(struct files *files, struct file *f, unsigned int least, bool cloexec)
{
	int fd;

	while ((fd = try_add(files, f, least, cloexec)) == -ENOSPC) {
		if (grow(files))
			return -ENOMEM;
	}
	return fd;
}

int files_set(struct files *files, struct file *f, unsigned int fd, bool cloexec)
{
	unsigned long flags;
	struct file *old;

	if (fd >= CONFIG_MAX_FILES)
		return -EBADF;
	if (fd >= READ_ONCE(files->places) && grow(files))
		return -ENOMEM;
	flags = spin_lock_irqsave(&files->lock);
	old = is_used(files, fd) ? files->table[fd] : NULL;
	put_in(files, fd, f, cloexec);
	spin_unlock_irqrestore(&files->lock, flags);
	file_put(old);
	return (int)fd;
}

int files_cloexec(struct files *files, unsigned int fd)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	int marked = !is_used(files, fd) ? -EBADF : !!(files->cloexec[fd / 64] & bit_of(fd));

	spin_unlock_irqrestore(&files->lock, flags);
	return marked;
}

int files_set_cloexec(struct files *files, unsigned int fd, bool cloexec)
{
	unsigned long flags = spin_lock_irqsave(&files->lock);
	int err = is_used(files, fd) ? 0 : -EBADF;

	if (!err)
		put_in(files, fd, files->table[fd], cloexec);
	spin_unlock_irqrestore(&files->lock, flags);
	return err;
}
