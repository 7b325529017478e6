/* SPDX-License-Identifier: BSD-2-Clause */
/* A text that is kept while its file is open: in pages that a page of pointers leads to. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/slab.h>

#include "text.h"

#define TEXT_PAGES	(PAGE_SIZE / sizeof(char *))

struct proc_text {
	struct seq_file m;		/* [U] */
	char **pages;			/* [U] */
	size_t len;			/* [U] */
	bool lost;			/* [U] there was no memory for all of it */
};

/* Views may print where nobody can wait. */
static char *page_at(struct proc_text *t, size_t at)
{
	char **page = &t->pages[at / PAGE_SIZE];

	if (at / PAGE_SIZE >= TEXT_PAGES)
		return NULL;
	if (!*page)
		*page = (void *)__get_free_page(GFP_NOWAIT | __GFP_NOWARN);
	return *page ? *page + at % PAGE_SIZE : NULL;
}

static void text_write(struct seq_file *m, const char *text, size_t len)
{
	struct proc_text *t = container_of(m, struct proc_text, m);

	while (len && !t->lost) {
		size_t part = min(len, PAGE_SIZE - t->len % PAGE_SIZE);
		char *to = page_at(t, t->len);

		if (!to) {
			t->lost = true;
			return;
		}
		memcpy(to, text, part);
		t->len += part;
		text += part;
		len -= part;
	}
}

static struct proc_text *text_of(struct file *f)
{
	struct proc_text *t = f->private;

	if (t)
		return t;
	t = kzalloc(sizeof(*t), GFP_KERNEL | __GFP_NOWARN);
	if (!t)
		return NULL;
	t->m.write = text_write;
	t->pages = (void *)get_zeroed_page(GFP_KERNEL | __GFP_NOWARN);
	if (!t->pages) {
		kfree(t);
		return NULL;
	}
	f->private = t;
	return t;
}

static long put(struct proc_text *t, struct io *io, u64 *pos)
{
	long done = 0;

	while (io->left && *pos < t->len) {
		size_t part = min(io->left, PAGE_SIZE - (size_t)(*pos % PAGE_SIZE)), moved;

		part = min(part, t->len - (size_t)*pos);
		moved = io_put(io, t->pages[*pos / PAGE_SIZE] + *pos % PAGE_SIZE, part);
		*pos += moved;
		done += (long)moved;
		if (moved < part)
			return done ? done : -EFAULT;
	}
	return done;
}

long proc_text_read(struct file *f, struct io *io, u64 *pos,
		    int (*show)(struct seq_file *m, struct inode *inode))
{
	bool fresh = !f->private;
	struct proc_text *t = text_of(f);
	int err = 0;

	if (!t)
		return -ENOMEM;
	if (fresh || !*pos) {
		t->len = 0;
		t->lost = false;
		err = show(&t->m, f->inode);
		if (!err && t->lost)
			err = -ENOMEM;
		if (err)
			t->len = 0;
	}
	return err ? err : put(t, io, pos);
}

void proc_text_release(struct file *f)
{
	struct proc_text *t = f->private;

	if (!t)
		return;
	for (size_t i = 0; i < TEXT_PAGES && t->pages[i]; i++)
		free_page((unsigned long)t->pages[i]);
	free_page((unsigned long)t->pages);
	kfree(t);
}
