/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pipes, with a name or without.
 *
 * Structure: a ring of PIPE_BYTES in pages that come with the first byte that needs them and stay
 * until the pipe ends; head and tail count all bytes that were ever written and read.
 *
 * Invariants:
 * PI1 0 <= head - tail <= PIPE_BYTES.
 *
 * Locking: pipe->lock, a mutex; who waits is on pipe->changed without it.
 *
 * Configuration: PROCESSES.
 */
#include <kernel/assert.h>
#include <kernel/math.h>
#include <kernel/wait_event.h>
#include <mm/gfp.h>
#include <mm/slab.h>
#include <fs/pipe.h>
#include <fs/poll.h>
#include <fs/tasks.h>

#define PIPE_PAGES	(PIPE_BYTES / PAGE_SIZE)

struct pipe {
	struct mutex lock;		/* [f] */
	struct wait_queue changed;	/* [f] */
	u64 head, tail;			/* [j*] */
	u32 readers, writers;		/* [j*] files that are open */
	u64 readers_ever, writers_ever;	/* [j*] */
	void *pages[PIPE_PAGES];	/* [j] */
};

static struct pipe *pipe_of(struct file *f)
{
	return f->inode->private;
}

static u64 filled(const struct pipe *p)
{
	return READ_ONCE(p->head) - READ_ONCE(p->tail);
}

static struct pipe *pipe_new(void)
{
	struct pipe *p = kzalloc(sizeof(*p), GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		return NULL;
	mutex_init(&p->lock);
	wait_queue_init(&p->changed);
	return p;
}

static void pipe_free(struct pipe *p)
{
	for (unsigned int i = 0; i < PIPE_PAGES; i++) {
		if (p->pages[i])
			free_page((unsigned long)p->pages[i]);
	}
	kfree(p);
}

/* The place of a byte, and how many follow it in one piece; NULL: no memory. */
static char *ring_at(struct pipe *p, u64 place, size_t *run)
{
	void **page = &p->pages[place / PAGE_SIZE % PIPE_PAGES];

	if (!*page)
		*page = (void *)__get_free_page(GFP_KERNEL | __GFP_NOWARN);
	*run = min(*run, PAGE_SIZE - (size_t)(place % PAGE_SIZE));
	return *page ? (char *)*page + place % PAGE_SIZE : NULL;
}

/* ---- reading ---- */

static long take(struct pipe *p, struct io *io)
{
	long done = 0;

	ASSERT(filled(p) <= PIPE_BYTES, "PI1: a pipe holds %llu bytes", ULL(filled(p)));
	while (io->left && filled(p)) {
		size_t run = min(io->left, (size_t)filled(p)), moved;
		char *at = ring_at(p, p->tail, &run);

		moved = at ? io_put(io, at, run) : 0;
		WRITE_ONCE(p->tail, p->tail + moved);
		done += (long)moved;
		if (moved < run)
			return done ? done : -EFAULT;
	}
	return done;
}

static long pipe_read(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	long done;

	(void)pos;
	if (!io->left)
		return 0;
	for (;;) {
		mutex_lock(&p->lock);
		done = take(p, io);
		mutex_unlock(&p->lock);
		if (done) {
			wake_up_waiting(&p->changed);
			return done;
		}
		/* What the last writer has left was there before it went. */
		if (!__atomic_load_n(&p->writers, __ATOMIC_ACQUIRE)) {
			if (filled(p))
				continue;
			return 0;
		}
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		done = wait_event_interruptible(&p->changed, filled(p) || !READ_ONCE(p->writers));
		if (done)
			return done;
	}
}

/* ---- writing ---- */

/* Puts in what fits: a write of PIPE_BUF bytes or less as a whole, or not at all. */
static long give(struct pipe *p, struct io *io, size_t whole)
{
	long done = 0;

	while (io->left && filled(p) < PIPE_BYTES) {
		size_t room = PIPE_BYTES - (size_t)filled(p), run = min(io->left, room), moved;
		char *at;

		if (room < whole)
			break;
		at = ring_at(p, p->head, &run);
		if (!at)
			return done ? done : -ENOMEM;
		moved = io_get(io, at, run);
		WRITE_ONCE(p->head, p->head + moved);
		done += (long)moved;
		whole -= min(whole, moved);
		if (moved < run)
			return done ? done : -EFAULT;
	}
	return done;
}

static bool has_room(const struct pipe *p, size_t whole)
{
	return PIPE_BYTES - filled(p) >= max(whole, (size_t)1) || !READ_ONCE(p->readers);
}

static long broken_pipe(long done)
{
	if (done)
		return done;
	file_tasks->signal_self(FILE_SIGPIPE);
	return -EPIPE;
}

static long pipe_write(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	size_t whole = io->left <= PIPE_BUF ? io->left : 0;
	long done = 0, part;

	(void)pos;
	while (io->left) {
		if (!READ_ONCE(p->readers))
			return broken_pipe(done);
		mutex_lock(&p->lock);
		part = give(p, io, whole);
		mutex_unlock(&p->lock);
		if (part > 0)
			wake_up_waiting(&p->changed);
		if (part < 0)
			return done ? done : part;
		done += part;
		if (!io->left)
			break;
		if (f->flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		part = wait_event_interruptible(&p->changed, has_room(p, whole));
		if (part)
			return done ? done : part;
	}
	return done;
}

static unsigned int pipe_poll(struct file *f, struct poll_table *table)
{
	struct pipe *p = pipe_of(f);
	unsigned int can = 0;

	poll_wait_on(table, &p->changed);
	if ((f->flags & O_ACCMODE) != O_WRONLY) {
		if (filled(p))
			can |= POLLIN | POLLRDNORM;
		if (!READ_ONCE(p->writers) && READ_ONCE(p->writers_ever))
			can |= POLLHUP;
	}
	if ((f->flags & O_ACCMODE) != O_RDONLY) {
		if (PIPE_BYTES - filled(p) >= PIPE_BUF)
			can |= POLLOUT | POLLWRNORM;
		if (!READ_ONCE(p->readers))
			can |= POLLERR;
	}
	return can;
}

long pipe_waiting(struct file *f)
{
	return S_ISFIFO(f->inode->mode) ? (long)filled(pipe_of(f)) : -EINVAL;
}

/* ---- ends ---- */

/* Counts f among the open ends. Returns how many of the other kind f has missed: those that were
 * opened so far, but for one if there is one now. */
static u64 count_ends(struct file *f, u32 change)
{
	bool writes = (f->flags & O_ACCMODE) == O_WRONLY;
	struct pipe *p = pipe_of(f);
	u64 missed;

	mutex_lock(&p->lock);
	if (!writes) {
		p->readers += change;
		p->readers_ever += change == 1;
	}
	if ((f->flags & O_ACCMODE) != O_RDONLY) {
		p->writers += change;
		p->writers_ever += change == 1;
	}
	missed = writes ? p->readers_ever - !!p->readers : p->writers_ever - !!p->writers;
	mutex_unlock(&p->lock);
	wake_up_waiting(&p->changed);
	return missed;
}

static void pipe_release(struct file *f)
{
	count_ends(f, (u32)-1);
}

static void pipe_inode_release(struct inode *inode)
{
	pipe_free(inode->private);
}

static const struct file_ops pipe_file_ops = {
	.read = pipe_read, .write = pipe_write, .poll = pipe_poll, .release = pipe_release,
	.stream = true,
};
static const struct inode_ops pipe_inode_ops = { .release = pipe_inode_release };

int pipe_open(struct file *ends[2], unsigned int flags)
{
	struct inode *inode = inode_new(S_IFIFO | 0600, 0);
	int err = -ENOMEM;

	if (!inode)
		return err;
	inode->private = pipe_new();
	if (inode->private) {
		inode->ops = &pipe_inode_ops;
		inode->file_ops = &fifo_file_ops;
		ends[0] = file_new(inode, &pipe_file_ops, flags | O_RDONLY);
		ends[1] = ends[0] ? file_new(inode, &pipe_file_ops, flags | O_WRONLY) : NULL;
		if (ends[0])
			count_ends(ends[0], 1);
		if (ends[1]) {
			count_ends(ends[1], 1);
			err = 0;
		} else {
			file_put(ends[0]);
		}
	}
	inode_put(inode);
	return err;
}

/* ---- pipes with a name ---- */

/* The pipe of a name comes with its first open file, and stays with the name. */
static int fifo_pipe(struct inode *inode)
{
	mutex_lock(&inode->lock);
	if (!inode->private)
		inode->private = pipe_new();
	mutex_unlock(&inode->lock);
	return inode->private ? 0 : -ENOMEM;
}

/* Each end waits for the other one, which may have gone again before this one looks. */
static int fifo_open(struct file *f)
{
	unsigned int mode = f->flags & O_ACCMODE;
	struct pipe *p;
	u64 missed;
	int err = fifo_pipe(f->inode);

	if (err)
		return err;
	p = pipe_of(f);
	if (mode == O_WRONLY && f->flags & O_NONBLOCK && !READ_ONCE(p->readers))
		return -ENXIO;
	missed = count_ends(f, 1);
	if (f->flags & O_NONBLOCK || mode == O_RDWR)
		return 0;
	if (mode == O_RDONLY)
		err = wait_event_interruptible(&p->changed, READ_ONCE(p->writers_ever) != missed);
	else
		err = wait_event_interruptible(&p->changed, READ_ONCE(p->readers_ever) != missed);
	if (err)
		count_ends(f, (u32)-1);
	return err;
}

void fifo_inode_release(struct inode *inode)
{
	if (inode->private)
		pipe_free(inode->private);
}

const struct file_ops fifo_file_ops = {
	.read = pipe_read, .write = pipe_write, .poll = pipe_poll, .release = pipe_release,
	.open = fifo_open, .stream = true,
};
