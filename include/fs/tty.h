/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_TTY_H
#define FS_TTY_H

#include <kernel/types.h>

/*
 * The terminal on the kernel's console, with Linux's line discipline. While a program has it open,
 * what is typed is the program's.
 */
#define TTY_CC		19

/* [y] As programs know it: struct termios of the system calls. */
struct termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line;
	u8 cc[TTY_CC];
};

/* [y] */
struct winsize {
	u16 rows, columns, x, y;
};

/* A character was typed. Process context. */
void tty_input(unsigned char c);
/* The leader of a session has ended: its terminal is nobody's, and its foreground group hears of
 * it. */
void tty_session_ended(int sid);

/* What /proc/<pid>/stat says: the terminal's device and foreground group, 0 and -1 for none. */
void tty_of_session(int sid, u32 *rdev, int *pgid);

#endif /* FS_TTY_H */
