/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: pipes, with a name or without.
 *
 * Structure: a ring of PIPE_BYTES in pages that come with the first byte that needs them and stay
 * until the pipe ends; head and tail count all bytes that were ever written and read.
 *
 * Most pieces are small, lie in one page of the ring, and the program's memory is there. Such a
 * piece is moved with interrupts off, under the spinlock of the queue of those who wait, of whom
 * one may have to be woken. Whatever is long, or may wait for the program's memory, has the mutex,
 * and says so by held.
 *
 * Invariants:
 * PI1 0 <= head - tail <= PIPE_BYTES.
 * PI2 While held is set, its holder alone changes the pipe; else whoever has the queue's lock.
 *
 * Locking: pipe->lock, a mutex; pipe->changed.lock inside, and alone while held is not set.
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
/* So many bytes are moved with interrupts off. */
#define PIPE_FEW	64u

struct pipe {
	struct wait_queue changed;	/* [f] */
	u64 head, tail;			/* [j*] */
	bool held;			/* [W] somebody has the mutex, and changes the pipe */
	struct mutex lock;		/* [f] */
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

/* ---- who changes it ---- */

static void hold(struct pipe *p)
{
	unsigned long flags;

	mutex_lock(&p->lock);
	flags = spin_lock_irqsave(&p->changed.lock);
	p->held = true;
	spin_unlock_irqrestore(&p->changed.lock, flags);
	ASSERT(filled(p) <= PIPE_BYTES, "PI1: a pipe holds %llu bytes", ULL(filled(p)));
}

static void release(struct pipe *p)
{
	unsigned long flags = spin_lock_irqsave(&p->changed.lock);

	p->held = false;
	spin_unlock_irqrestore(&p->changed.lock, flags);
	mutex_unlock(&p->lock);
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

/* [W] There is nothing to be read, and nobody is about to change that. */
static __always_inline bool is_empty(const struct pipe *p)
{
	return likely(!p->held) && p->head == p->tail;
}

/* [W] of an empty pipe is held, and released. True: it may have bytes now; else *done is what the
 * read returns. */
static __always_inline bool await_bytes(const struct file *f, struct pipe *p, unsigned long flags,
					long *done)
{
	struct waiter w;

	if (likely(p->writers) && likely(!(f->flags & O_NONBLOCK)) &&
	    likely(!thread_interrupted())) {
		wait_begin(&p->changed, &w);
		spin_unlock(&p->changed.lock);
		thread_block_restore(flags);
		if (unlikely(!waiter_is_woken(&w)))
			wait_finish(&p->changed, &w);
		return true;
	}
	*done = !p->writers ? 0 : f->flags & O_NONBLOCK ? -EAGAIN : -ERESTARTSYS;
	spin_unlock_irqrestore(&p->changed.lock, flags);
	return false;
}

/* Whatever take_few() does not. */
static __noinline long read_held(struct file *f, struct io *io)
{
	struct pipe *p = pipe_of(f);
	unsigned long flags;
	long done;

	for (;;) {
		hold(p);
		done = take(p, io);
		release(p);
		if (done) {
			wake_up_waiting(&p->changed);
			return done;
		}
		flags = spin_lock_irqsave(&p->changed.lock);
		if (!is_empty(p))
			spin_unlock_irqrestore(&p->changed.lock, flags);
		else if (!await_bytes(f, p, flags, &done))
			return done;
	}
}

/* [W] A read that is a small piece, of memory that is there. 0: it is no such. */
static __always_inline size_t take_few(struct pipe *p, const struct io *io)
{
	size_t place, run;

	if (unlikely(p->held))
		return 0;
	place = p->tail % PAGE_SIZE;
	run = min(io->left, (size_t)(p->head - p->tail));
	if (unlikely(run > PIPE_FEW) || unlikely(place + run > PAGE_SIZE) ||
	    unlikely(!io_put_once(io, page_at(p, p->tail) + place, run)))
		return 0;
	WRITE_ONCE(p->tail, p->tail + run);
	return run;
}

static long pipe_read(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	unsigned long flags;
	size_t run;
	long done;

	(void)pos;
	if (!io->left)
		return 0;
	flags = spin_lock_irqsave(&p->changed.lock);
	/* Who reads comes before the bytes most often. */
	while (is_empty(p)) {
		if (unlikely(!await_bytes(f, p, flags, &done)))
			return done;
		flags = spin_lock_irqsave(&p->changed.lock);
	}
	run = take_few(p, io);
	if (unlikely(!run)) {
		spin_unlock_irqrestore(&p->changed.lock, flags);
		return read_held(f, io);
	}
	wake_up_all_restore(&p->changed, flags);
	return (long)run;
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

static __noinline long give_held(struct pipe *p, struct io *io, size_t whole)
{
	long done;

	hold(p);
	done = give(p, io, whole);
	release(p);
	if (done > 0)
		wake_up_waiting(&p->changed);
	return done;
}

/* Whatever give_few() does not. */
static __noinline long write_held(struct file *f, struct io *io)
{
	size_t whole = io->left <= PIPE_BUF ? io->left : 0;
	struct pipe *p = pipe_of(f);
	long done = 0, part;

	for (;;) {
		part = give_held(p, io, whole);
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
	}
}

/* [W] A write that is a small piece, of memory that is there, for which there is room. False: it is
 * no such. */
static __always_inline bool give_few(struct pipe *p, const struct io *io, size_t bytes)
{
	size_t place;
	char *page;

	if (unlikely(p->held))
		return false;
	page = page_at(p, p->head);
	place = p->head % PAGE_SIZE;
	if (unlikely(bytes > PIPE_FEW) || unlikely(place + bytes > PAGE_SIZE) ||
	    unlikely(bytes > PIPE_BYTES - (size_t)(p->head - p->tail)) || unlikely(!page) ||
	    unlikely(!io_get_once(io, page + place, bytes)))
		return false;
	WRITE_ONCE(p->head, p->head + bytes);
	return true;
}

static long pipe_write(struct file *f, struct io *io, u64 *pos)
{
	struct pipe *p = pipe_of(f);
	size_t bytes = io->left;
	unsigned long flags;

	(void)pos;
	if (!bytes)
		return 0;
	if (!READ_ONCE(p->readers))
		return broken_pipe(0);
	flags = spin_lock_irqsave(&p->changed.lock);
	if (unlikely(!give_few(p, io, bytes))) {
		spin_unlock_irqrestore(&p->changed.lock, flags);
		return write_held(f, io);
	}
	wake_up_all_restore(&p->changed, flags);
	return (long)bytes;
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

	hold(p);
	if (!writes) {
		p->readers += change;
		p->readers_ever += change == 1;
	}
	if ((f->flags & O_ACCMODE) != O_RDONLY) {
		p->writers += change;
		p->writers_ever += change == 1;
	}
	missed = writes ? p->readers_ever - !!p->readers : p->writers_ever - !!p->writers;
	release(p);
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
