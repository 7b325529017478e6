/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_TTY_INTERNAL_H
#define FS_TTY_INTERNAL_H

/* What the terminal's two halves share: fs/line.c takes characters in, fs/tty.c hands them out. */

#include <kernel/mutex.h>
#include <kernel/wait.h>
#include <fs/tty.h>

/* Flags of termios. */
#define IGNCR		0000200u
#define ICRNL		0000400u
#define INLCR		0000100u
#define IXON		0002000u
#define OPOST		0000001u
#define ONLCR		0000004u
#define ISIG		0000001u
#define ICANON		0000002u
#define ECHO		0000010u
#define ECHOE		0000020u
#define ECHOK		0000040u
#define ECHONL		0000100u
#define NOFLSH		0000200u
#define TOSTOP		0000400u
#define ECHOCTL		0001000u
#define ECHOKE		0004000u
#define IEXTEN		0100000u

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL, VREPRINT,
       VDISCARD, VWERASE, VLNEXT, VEOL2 };

#define TTY_BYTES	4096u
/* In the ring: a line ends behind the character; the character is no character but the end. */
#define TTY_LINE_END	0x100u
#define TTY_EOF		0x200u

struct tty {
	struct mutex lock;		/* [f] */
	struct wait_queue readable;	/* [f] */
	struct wait_queue writable;	/* [f] */
	struct termios termios;		/* [y] */
	struct winsize size;		/* [y] */
	/* Counts of all that came, that is in whole lines, and that was read. */
	u32 head, lines, tail;		/* [y*] */
	u16 ring[TTY_BYTES];		/* [y] */
	bool literal;			/* [y] the next character means itself */
	bool stopped;			/* [y*] output is */
	int session, pgid;		/* [y*] 0: nobody's; who is in the foreground */
	u32 opens;			/* [y*] files */
	bool has_reader;		/* [y] a thread takes characters from the console */
};

extern struct tty tty;

/* ---- line.c ---- */

/* What has come and was not read is forgotten. lock is held, here and below. */
void line_flush(struct tty *t);
/* Takes a character in: 0, or the signal that it stands for. */
int line_input(struct tty *t, unsigned char c);
/* Characters that a read would get now: with ICANON those of whole lines. */
static inline u32 line_ready(const struct tty *t)
{
	u32 end = t->termios.lflag & ICANON ? __atomic_load_n(&t->lines, __ATOMIC_RELAXED) :
					      __atomic_load_n(&t->head, __ATOMIC_RELAXED);

	return end - __atomic_load_n(&t->tail, __ATOMIC_RELAXED);
}
/* Takes out at most size of them, and at most a line with ICANON. *over: a line ended. */
size_t line_take(struct tty *t, char *buf, size_t size, bool *over);

#endif /* FS_TTY_INTERNAL_H */
