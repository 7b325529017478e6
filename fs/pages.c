/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the pages of a file: by index, shared with whoever maps them.
 *
 * Structure: a tree of tables of 512 pointers, one page each, as high as the file is long, so that
 * a look takes at most FILE_TABLES_MOST steps. The first page of a file needs no table.
 *
 *	height 0: root --> page 0        height 1: root --> table --> pages 0 .. 511
 *
 * The pages are those of mm/user_page.h, counted: the tree has one count, and one more has each who
 * was handed it. A frame of the initramfs that is used in place is not counted, and stays.
 *
 * Invariants: none.
 *
 * Locking: the holder's lock for every pointer of the tree; it is held for one way down. Memory is
 * asked for before the lock is taken. With MIGRATION a mover holds it while it copies a page.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/user_page.h>
#include <fs/inode.h>

#define SLOTS		(1u << FILE_TABLE_SHIFT)

static unsigned long pages_held;	/* [a] */

unsigned long file_pages_total(void)
{
	return __atomic_load_n(&pages_held, __ATOMIC_RELAXED);
}

static void count_pages(long pages)
{
	__atomic_fetch_add(&pages_held, (unsigned long)pages, __ATOMIC_RELAXED);
}

static struct page *table_new(void)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN, 0);

	if (page)
		count_pages(1);
	return page;
}

static void table_free(struct page *table)
{
	count_pages(-1);
	__free_pages(table, 0);
}

/* ---- the tree ---- */

static void **table_slots(void *table)
{
	return page_address(table);
}

static unsigned int slot_of(u64 index, unsigned int height)
{
	return index >> (height - 1) * FILE_TABLE_SHIFT & (SLOTS - 1);
}

static bool reaches(const struct file_pages *fp, u64 index)
{
	return !(index >> fp->height * FILE_TABLE_SHIFT);
}

/* What points to the page; NULL: nothing does. */
static __always_inline void **slot_at(struct file_pages *fp, u64 index)
{
	void **slot = reaches(fp, index) ? &fp->root : NULL;

	for (unsigned int h = fp->height; h && slot; h--)
		slot = *slot ? &table_slots(*slot)[slot_of(index, h)] : NULL;
	return slot;
}

static void **holder_slot(struct page_holder *h, u64 index)
{
	return slot_at(container_of(h, struct file_pages, holder), index);
}

void file_pages_init(struct file_pages *fp)
{
	page_holder_init(&fp->holder, holder_slot);
	fp->root = NULL;
	fp->height = 0;
}

struct page *file_page_find(struct file_pages *fp, u64 index)
{
	unsigned long flags = spin_lock_irqsave(&fp->holder.lock);
	void **slot = slot_at(fp, index);
	struct page *page = slot ? *slot : NULL;

	if (page)
		user_page_get(page);
	spin_unlock_irqrestore(&fp->holder.lock, flags);
	return page;
}

/* The slot of a page. NULL: *spare is wanted for a table, and is used up when it was there. */
static void **slot_for(struct file_pages *fp, u64 index, struct page **spare)
{
	void **slot = &fp->root;

	while (!reaches(fp, index)) {
		if (fp->root) {
			if (!*spare)
				return NULL;
			table_slots(*spare)[0] = fp->root;
			fp->root = *spare;
			*spare = NULL;
		}
		fp->height++;
	}
	for (unsigned int h = fp->height; h; h--) {
		if (!*slot) {
			if (!*spare)
				return NULL;
			*slot = *spare;
			*spare = NULL;
		}
		slot = &table_slots(*slot)[slot_of(index, h)];
	}
	return slot;
}

/* One try under the lock, with at most one new table: -EAGAIN wants another, -EEXIST found one. */
static int try_insert(struct file_pages *fp, u64 index, struct page **page, struct page **spare)
{
	unsigned long flags = spin_lock_irqsave(&fp->holder.lock);
	void **slot = slot_for(fp, index, spare);
	int err = !slot ? -EAGAIN : 0;

	if (slot && *slot) {
		*page = *slot;
		user_page_get(*page);
		err = -EEXIST;
	} else if (slot) {
		*slot = *page;
		count_pages(1);
	}
	spin_unlock_irqrestore(&fp->holder.lock, flags);
	return err;
}

/* *page becomes the tree's, or what was there already, with a reference: -EEXIST. */
static int insert(struct file_pages *fp, u64 index, struct page **page)
{
	struct page *spare = NULL;
	int err;

	if (index >= FILE_BYTES_MAX >> PAGE_SHIFT)
		return -EFBIG;
	/* Each round but the last uses up a table: two for each height at most. */
	while ((err = try_insert(fp, index, page, &spare)) == -EAGAIN) {
		spare = table_new();
		if (!spare)
			return -ENOMEM;
	}
	if (spare)
		table_free(spare);
	return err;
}

static int make(struct file_pages *fp, u64 index)
{
	struct page *page = page_holder_alloc(&fp->holder, index), *found = page;
	int err = page ? insert(fp, index, &found) : -ENOMEM;

	if (err && page)
		page_holder_drop(page);
	if (err == -EEXIST)
		user_page_put(found);
	return err == -EEXIST ? 0 : err;
}

bool file_page_provide(struct file_pages *fp, u64 index)
{
	struct page *page = file_page_find(fp, index);
	int err;

	if (page) {
		user_page_put(page);
		return true;
	}
	page_holder_change(&fp->holder);
	err = make(fp, index);
	page_holder_changed(&fp->holder);
	return !err;
}

bool file_page_insert(struct file_pages *fp, u64 index, struct page *page)
{
	struct page *found = page;
	int err = insert(fp, index, &found);

	if (err == -EEXIST)
		user_page_put(found);
	return !err;
}

/* ---- cutting ---- */

/* A page or a table that nobody can find any more. True: there was a page. */
static bool drop(void *at, unsigned int height)
{
	bool went = false;

	if (!at)
		return false;
	if (!height) {
		count_pages(-1);
		page_holder_drop(at);
		return true;
	}
	for (unsigned int i = 0; i < SLOTS; i++)
		went |= drop(table_slots(at)[i], height - 1);
	table_free(at);
	return went;
}

static void *detach(struct file_pages *fp, void **slot)
{
	unsigned long flags = spin_lock_irqsave(&fp->holder.lock);
	void *at = *slot;

	*slot = NULL;
	spin_unlock_irqrestore(&fp->holder.lock, flags);
	return at;
}

/* Whole slots behind index go; the one that index lies in is cut in its turn. Tables go only here,
 * and one file is cut by one thread at a time. True: a page went. */
static bool cut(struct file_pages *fp, void **slot, unsigned int height, u64 index)
{
	u64 span = 1ull << height * FILE_TABLE_SHIFT;
	bool went = false;
	unsigned int first;
	void *at;

	if (!index)
		return drop(detach(fp, slot), height);
	at = READ_ONCE(*slot);
	if (index >= span || !at)
		return false;
	first = slot_of(index, height);
	for (unsigned int i = first + 1; i < SLOTS; i++)
		went |= drop(detach(fp, &table_slots(at)[i]), height - 1);
	index &= (span >> FILE_TABLE_SHIFT) - 1;
	return cut(fp, &table_slots(at)[first], height - 1, index) || went;
}

static bool cut_at(struct file_pages *fp, u64 index)
{
	bool went;

	page_holder_change(&fp->holder);
	went = cut(fp, &fp->root, fp->height, index);
	page_holder_changed(&fp->holder);
	return went;
}

/* Where there was no page, no program has one, nor a copy of one. */
void file_pages_cut(struct file_pages *fp, u64 index)
{
	if (cut_at(fp, index))
		page_holder_unmap(&fp->holder, index);
}

/* Nobody maps it. */
void file_pages_end(struct file_pages *fp)
{
	(void)cut_at(fp, 0);
	page_holder_end(&fp->holder);
}

static unsigned long count(void *at, unsigned int height)
{
	unsigned long pages = 0;

	if (!at || !height)
		return at != NULL;
	for (unsigned int i = 0; i < SLOTS; i++)
		pages += count(READ_ONCE(table_slots(at)[i]), height - 1);
	return pages;
}

unsigned long file_pages_count(struct file_pages *fp)
{
	return count(READ_ONCE(fp->root), fp->height);
}
