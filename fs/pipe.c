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
#include <fs/io_here.h>
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

static __always_inline char *page_at(const struct pipe *p, u64 place)
{
	return p->pages[place / PAGE_SIZE % PIPE_PAGES];
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

	while (io->left) {
		size_t run = min(io->left, (size_t)filled(p)), moved;
		char *at;

		if (!run)
			break;
		at = ring_at(p, p->tail, &run);
		moved = at ? io_put(io, at, run) : 0;
		WRITE_ONCE(p->tail, p->tail + moved);
		done += (long)moved;
		if (moved < run)
			return done ? done : -EFAULT;
	}
	return done;
}

/* Most often all that is to be read lies in one piece. */
static __noinline long take_now(struct pipe *p, struct io *io)
{
	size_t place, run;
	char *page;
	long done;

	mutex_lock(&p->lock);
	ASSERT(filled(p) <= PIPE_BYTES, "PI1: a pipe holds %llu bytes", ULL(filled(p)));
	place = p->tail % PAGE_SIZE;
	run = min(io->left, (size_t)(p->head - p->tail));
	page = page_at(p, p->tail);
	if (likely(place + run <= PAGE_SIZE) && likely(page)) {
		done = (long)io_put_here(io, page + place, run);
		WRITE_ONCE(p->tail, p->tail + (size_t)done);
		if (unlikely(!done) && run)
			done = -EFAULT;
	} else {
		done = take(p, io);
	}
	mutex_unlock(&p->lock);
	if (done)
		wake_up_waiting(&p->changed);
	return done;
}

/* 1: there may be bytes; 0: there will be none any more. */
static __noinline long await_bytes(struct file *f, struct pipe *p)
{
	struct waiter w;

	/* What the last writer has left was there before it went. */
	if (!__atomic_load_n(&p->writers, __ATOMIC_ACQUIRE))
		return filled(p) > 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	wait_prepare(&p->changed, &w);
	if (unlikely(thread_interrupted())) {
		wait_finish(&p->changed, &w);
		return -ERESTARTSYS;
	}
	if (likely(!filled(p)) && likely(READ_ONCE(p->writers)))
		thread_block();
	if (unlikely(!waiter_is_woken(&w)))
		wait_finish(&p->changed, &w);
	return 1;
}

static long pipe_read(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	long done;

	(void)pos;
	if (!io->left)
		return 0;
	for (;;) {
		/* Who reads comes before the bytes most often, and takes no lock for nothing. */
		if (filled(p)) {
			done = take_now(p, io);
			if (done)
				return done;
		}
		done = await_bytes(f, p);
		if (done <= 0)
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

/* Most often there is room for all, in one piece. */
static __noinline long give_now(struct pipe *p, struct io *io, size_t whole)
{
	size_t place, run = io->left;
	char *page;
	long done;

	mutex_lock(&p->lock);
	place = p->head % PAGE_SIZE;
	page = page_at(p, p->head);
	if (likely(place + run <= PAGE_SIZE) && likely(page) &&
	    likely(run <= PIPE_BYTES - (size_t)(p->head - p->tail))) {
		done = (long)io_get_here(io, page + place, run);
		WRITE_ONCE(p->head, p->head + (size_t)done);
		if (unlikely(!done))
			done = -EFAULT;
	} else {
		done = give(p, io, whole);
	}
	mutex_unlock(&p->lock);
	if (done > 0)
		wake_up_waiting(&p->changed);
	return done;
}

/* part: what came of the first try, and left something. */
static __noinline long write_on(struct file *f, struct io *io, size_t whole, long part)
{
	struct pipe *p = pipe_of(f);
	long done = 0;

	for (;;) {
		if (part < 0)
			return done ? done : part;
		done += part;
		if (!io->left)
			return done;
		if (f->flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		part = wait_event_interruptible(&p->changed, has_room(p, whole));
		if (part)
			return done ? done : part;
		if (!READ_ONCE(p->readers))
			return broken_pipe(done);
		part = give_now(p, io, whole);
	}
}

static long pipe_write(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	size_t whole = io->left <= PIPE_BUF ? io->left : 0;
	long done;

	(void)pos;
	if (!io->left)
		return 0;
	if (!READ_ONCE(p->readers))
		return broken_pipe(0);
	done = give_now(p, io, whole);
	return likely(!io->left) ? done : write_on(f, io, whole, done);
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
