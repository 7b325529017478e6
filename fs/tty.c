/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal as a device: reading, writing, job control, and the thread that listens. */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/uaccess.h>
#include <kernel/wait_event.h>
#include <fs/file.h>
#include <fs/poll.h>
#include <fs/tasks.h>

#include "tty_internal.h"

#define PIECE		128u
/* Between looks at a console without interrupts, whose FIFO holds 16 characters of 87 us each. */
#define LISTEN_US	1000
/* Others are waited for: a limit that nobody notices, in case that the console changes. */
#define LISTEN_MOST_US	1000000

#define TTY_RDEV	DEV(5, 1)
#define TTYS0_RDEV	DEV(4, 64)
#define CTRL(letter)	((letter) & 0x1f)

struct tty tty = {			/* [f] */
	.lock = MUTEX_INIT(tty.lock),
	.readable = WAIT_QUEUE_INIT(tty.readable),
	.writable = WAIT_QUEUE_INIT(tty.writable),
	.termios = {
		.iflag = ICRNL | IXON,
		.oflag = OPOST | ONLCR,
		.cflag = 0000015 | 0000060 | 0000200 | 0004000 | 0002000, /* B9600 CS8 CREAD */
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.cc = {
			[VINTR] = CTRL('C'), [VQUIT] = CTRL('\\'), [VERASE] = 0x7f,
			[VKILL] = CTRL('U'), [VEOF] = CTRL('D'), [VMIN] = 1,
			[VSTART] = CTRL('Q'), [VSTOP] = CTRL('S'), [VSUSP] = CTRL('Z'),
			[VREPRINT] = CTRL('R'), [VDISCARD] = CTRL('O'),
			[VWERASE] = CTRL('W'), [VLNEXT] = CTRL('V'),
		},
	},
	.size = { .rows = 24, .columns = 80 },
};

/* ---- job control ---- */

/* A program in the background that wants something of its terminal: 0 lets it through. */
static long check_job(const struct tty *t, int sig)
{
	int pgid = file_tasks->pgid();

	if (!t->session || t->session != file_tasks->sid() || t->pgid == pgid)
		return 0;
	if (sig == FILE_SIGTTIN && (file_tasks->ignores(sig) || file_tasks->orphaned(pgid)))
		return -EIO;
	if (file_tasks->ignores(sig))
		return 0;
	if (file_tasks->orphaned(pgid))
		return -EIO;
	file_tasks->signal_group(pgid, sig);
	return -ERESTARTSYS;
}

/* A session whose leader has a terminal already, or that is not its leader's, gets none. */
static long take_session(struct tty *t, bool by_force)
{
	int sid = file_tasks->sid();

	if (t->session == sid)
		return 0;
	if (!sid || sid != file_tasks->pid())
		return -EPERM;
	if (t->session && file_tasks->group_session(t->session) && !by_force)
		return -EPERM;
	t->session = sid;
	t->pgid = file_tasks->pgid();
	return 0;
}

void tty_session_ended(int sid)
{
	int pgid = 0;

	mutex_lock(&tty.lock);
	if (tty.session == sid) {
		pgid = tty.pgid;
		tty.session = 0;
		tty.pgid = 0;
	}
	mutex_unlock(&tty.lock);
	if (pgid) {
		file_tasks->signal_group(pgid, FILE_SIGHUP);
		file_tasks->signal_group(pgid, FILE_SIGCONT);
	}
}

void tty_of_session(int sid, u32 *rdev, int *pgid)
{
	bool has = sid && READ_ONCE(tty.session) == sid;

	*rdev = has ? TTYS0_RDEV : 0;
	*pgid = has ? READ_ONCE(tty.pgid) : -1;
}

/* ---- what is typed ---- */

void tty_input(unsigned char c)
{
	int sig, pgid;

	mutex_lock(&tty.lock);
	sig = line_input(&tty, c);
	pgid = tty.pgid;
	mutex_unlock(&tty.lock);
	if (sig && pgid)
		file_tasks->signal_group(pgid, sig);
	wake_up_all(&tty.readable);
	wake_up_all(&tty.writable);
}

static bool is_closed(void)
{
	return !READ_ONCE(tty.opens);
}

/* The last file is closed: what is typed from then on is not the terminal's. */
static bool goes_on(void)
{
	bool on;

	mutex_lock(&tty.lock);
	on = tty.opens;
	tty.has_reader = on;
	mutex_unlock(&tty.lock);
	return on;
}

/* Ends with the last file. */
static void listen(void *unused)
{
	(void)unused;
	while (goes_on()) {
		while (console_input_waiting())
			tty_input((unsigned char)console_getc());
		if (!console_sleep(is_closed, LISTEN_MOST_US))
			usleep(LISTEN_US);
	}
}

static int start_listening(struct tty *t)
{
	const struct thread_params params = {
		.name = "tty", .fn = listen, .priority = CONFIG_SHELL_PRIORITY,
	};
	struct thread *thread;

	if (t->has_reader)
		return 0;
	thread = thread_create(&params);
	if (!thread)
		return -ENOMEM;
	thread_detach(thread);
	t->has_reader = true;
	return 0;
}

/* ---- the file ---- */

static int tty_open(struct file *f)
{
	int err = 0;

	mutex_lock(&tty.lock);
	/* /dev/tty is the terminal of the program that asks. */
	if (f->inode->rdev == DEV(5, 0) && (!tty.session || tty.session != file_tasks->sid()))
		err = -ENXIO;
	if (!err)
		err = start_listening(&tty);
	if (!err) {
		tty.opens++;
		if (!(f->flags & O_NOCTTY))
			(void)take_session(&tty, false);
	}
	mutex_unlock(&tty.lock);
	return err;
}

static void tty_release(struct file *f)
{
	(void)f;
	mutex_lock(&tty.lock);
	WRITE_ONCE(tty.opens, tty.opens - 1);
	mutex_unlock(&tty.lock);
	if (is_closed())
		console_wake();
}

/* Without ICANON: so many characters are waited for, so long; 0: not at all. */
static u32 wanted_raw(const struct tty *t, size_t size, u64 *us)
{
	u32 least = t->termios.cc[VMIN];

	*us = t->termios.cc[VTIME] && !least ? t->termios.cc[VTIME] * 100000ull : WAIT_FOREVER;
	if (!least)
		return t->termios.cc[VTIME] ? 1 : 0;
	return (u32)min((size_t)least, size);
}

static bool is_ready(const struct tty *t, size_t size, u64 *us)
{
	*us = WAIT_FOREVER;
	if (t->termios.lflag & ICANON)
		return line_ready(t) > 0;
	return line_ready(t) >= wanted_raw(t, size, us);
}

/* Waits until a read has something. *over: time was up, and it has nothing. */
static long wait_for_input(struct file *f, size_t size, bool *over)
{
	struct wake_timer timer;
	u64 us, ignored;
	long err = 0;

	*over = false;
	if (is_ready(&tty, size, &us))
		return 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	if (us == WAIT_FOREVER)
		return wait_event_interruptible(&tty.readable, is_ready(&tty, size, &ignored));
	wake_timer_start(&timer, us);
	err = wait_event_interruptible(&tty.readable, is_ready(&tty, size, &ignored) ||
				       wake_timer_over(&timer));
	wake_timer_stop(&timer);
	*over = !is_ready(&tty, size, &ignored);
	return err;
}

/* Hands out what is there. Characters that the reader has no memory for are lost. */
static long hand_out(struct io *io)
{
	bool over = false;
	long done = 0;

	while (io->left && !over) {
		char buf[PIECE];
		size_t part, moved;

		mutex_lock(&tty.lock);
		part = line_take(&tty, buf, min(io->left, sizeof(buf)), &over);
		mutex_unlock(&tty.lock);
		moved = io_put(io, buf, part);
		done += (long)moved;
		if (moved < part)
			return done ? done : -EFAULT;
		if (!part)
			break;
	}
	return done;
}

static long tty_read(struct file *f, struct io *io, u64 *pos)
{
	bool over;
	long err;

	(void)pos;
	if (!io->left)
		return 0;
	err = check_job(&tty, FILE_SIGTTIN);
	if (!err)
		err = wait_for_input(f, io->left, &over);
	return err ? err : over ? 0 : hand_out(io);
}

static long tty_write(struct file *f, struct io *io, u64 *pos)
{
	long done = 0, err = 0;

	(void)f;
	(void)pos;
	if (tty.termios.lflag & TOSTOP)
		err = check_job(&tty, FILE_SIGTTOU);
	while (io->left && !err) {
		char buf[PIECE];
		size_t part = min(io->left, sizeof(buf)), moved = io_get(io, buf, part);

		console_write(buf, moved);
		done += (long)moved;
		err = moved < part ? -EFAULT : 0;
		if (!err && READ_ONCE(tty.stopped))
			err = wait_event_interruptible(&tty.writable, !READ_ONCE(tty.stopped));
	}
	return done ? done : err;
}

static unsigned int tty_poll(struct file *f, struct poll_table *table)
{
	unsigned int can = POLLOUT | POLLWRNORM;
	u64 us;

	(void)f;
	poll_wait_on(table, &tty.readable);
	if (is_ready(&tty, 1, &us) && line_ready(&tty))
		can |= POLLIN | POLLRDNORM;
	return can;
}

/* ---- ioctl ---- */

static long to_user(uintptr_t to, const void *from, size_t bytes)
{
	return copy_to_user(to, from, bytes) ? -EFAULT : 0;
}

static long set_termios(struct tty *t, uintptr_t arg, bool flush)
{
	struct termios new;
	long err = check_job(t, FILE_SIGTTOU);

	if (err)
		return err;
	if (copy_from_user(&new, arg, sizeof(new)))
		return -EFAULT;
	mutex_lock(&t->lock);
	if (flush)
		line_flush(t);
	/* What is typed already can be read at once without lines, and is a line with them. */
	if ((new.lflag ^ t->termios.lflag) & ICANON)
		t->lines = t->head;
	t->termios = new;
	mutex_unlock(&t->lock);
	wake_up_all(&t->readable);
	return 0;
}

static long set_foreground(struct tty *t, uintptr_t arg)
{
	int pgid;
	long err = check_job(t, FILE_SIGTTOU);

	if (err)
		return err;
	if (!t->session || t->session != file_tasks->sid())
		return -ENOTTY;
	if (copy_from_user(&pgid, arg, sizeof(pgid)))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	if (file_tasks->group_session(pgid) != t->session)
		return file_tasks->group_session(pgid) ? -EPERM : -ESRCH;
	WRITE_ONCE(t->pgid, pgid);
	return 0;
}

static long set_size(struct tty *t, uintptr_t arg)
{
	struct winsize size;
	bool changed;

	if (copy_from_user(&size, arg, sizeof(size)))
		return -EFAULT;
	mutex_lock(&t->lock);
	changed = memcmp(&size, &t->size, sizeof(size));
	t->size = size;
	mutex_unlock(&t->lock);
	if (changed && t->pgid)
		file_tasks->signal_group(t->pgid, FILE_SIGWINCH);
	return 0;
}

static long give_up(struct tty *t)
{
	if (!t->session || t->session != file_tasks->sid())
		return -ENOTTY;
	if (file_tasks->pid() == t->session)
		tty_session_ended(t->session);
	return 0;
}

static long flush_input(struct tty *t, uintptr_t which)
{
	if (which > 2)
		return -EINVAL;
	mutex_lock(&t->lock);
	if (which != 1)
		line_flush(t);
	mutex_unlock(&t->lock);
	return 0;
}

static long ask_job(const struct tty *t, uintptr_t arg, int number)
{
	if (!t->session || t->session != file_tasks->sid())
		return -ENOTTY;
	return to_user(arg, &number, sizeof(number));
}

static long tty_ioctl(struct file *f, unsigned int command, uintptr_t arg)
{
	struct tty *t = &tty;
	int waiting = (int)line_ready(t);

	(void)f;
	switch (command) {
	case 0x5401:	return to_user(arg, &t->termios, sizeof(t->termios));	/* TCGETS */
	case 0x5402:							/* TCSETS, TCSETSW */
	case 0x5403:	return set_termios(t, arg, false);
	case 0x5404:	return set_termios(t, arg, true);		/* TCSETSF */
	case 0x5409:							/* TCSBRK, TCXONC */
	case 0x540a:	return 0;
	case 0x540b:	return flush_input(t, arg);			/* TCFLSH */
	case 0x540e:	return take_session(t, arg == 1);		/* TIOCSCTTY */
	case 0x540f:	return ask_job(t, arg, t->pgid);		/* TIOCGPGRP */
	case 0x5410:	return set_foreground(t, arg);			/* TIOCSPGRP */
	case 0x5413:	return to_user(arg, &t->size, sizeof(t->size));	/* TIOCGWINSZ */
	case 0x5414:	return set_size(t, arg);			/* TIOCSWINSZ */
	case 0x541b:	return to_user(arg, &waiting, sizeof(waiting));	/* FIONREAD */
	case 0x5422:	return give_up(t);				/* TIOCNOTTY */
	case 0x5429:	return ask_job(t, arg, t->session);		/* TIOCGSID */
	default:	return -ENOTTY;
	}
}

static const struct file_ops tty_ops = {
	.read = tty_read, .write = tty_write, .poll = tty_poll, .ioctl = tty_ioctl,
	.open = tty_open, .release = tty_release, .stream = true,
};

FILE_DEVICE(console, "console", S_IFCHR | 0600, TTY_RDEV, &tty_ops);
FILE_DEVICE(tty, "tty", S_IFCHR | 0666, DEV(5, 0), &tty_ops);
FILE_DEVICE(ttyS0, "ttyS0", S_IFCHR | 0660, TTYS0_RDEV, &tty_ops);
