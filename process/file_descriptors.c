/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about descriptors and places in files. */
#include <fs/pipe.h>

#include "file_calls.h"

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_DUPFD_CLOEXEC	1030
#define F_GETPIPE_SZ	1032
#define FD_CLOEXEC	1ul
/* What fcntl() may change of an open file. */
#define SETTABLE	(O_APPEND | O_NONBLOCK)

SYSCALL(close)
{
	return files_close(current_files(), (unsigned int)a0);
}

SYSCALL(close_range)
{
	struct files *files = current_files();
	unsigned int last = (unsigned int)a1;
	int fd;

	if ((unsigned int)a0 > last || a2 & ~6ul)
		return -EINVAL;
	for (fd = files_next(files, (unsigned int)a0); fd >= 0 && (unsigned int)fd <= last;
	     fd = files_next(files, (unsigned int)fd + 1)) {
		/* CLOSE_RANGE_CLOEXEC */
		if (a2 & 4)
			(void)files_set_cloexec(files, (unsigned int)fd, true);
		else
			(void)files_close(files, (unsigned int)fd);
	}
	return 0;
}

static long duplicate(unsigned long fd, unsigned int least, bool cloexec)
{
	struct file *f = current_file(fd);
	int new;

	if (!f)
		return -EBADF;
	new = least < CONFIG_MAX_FILES ? files_add(current_files(), f, least, cloexec) : -EINVAL;
	if (new < 0)
		file_put(f);
	return new;
}

SYSCALL(dup)
{
	return duplicate(a0, 0, false);
}

SYSCALL(dup3)
{
	struct file *f;
	int err;

	if (a2 & ~(unsigned long)O_CLOEXEC || (unsigned int)a0 == (unsigned int)a1)
		return -EINVAL;
	if ((unsigned int)a1 >= CONFIG_MAX_FILES)
		return -EBADF;
	f = current_file(a0);
	if (!f)
		return -EBADF;
	err = files_set(current_files(), f, (unsigned int)a1, a2 & O_CLOEXEC);
	if (err < 0)
		file_put(f);
	return err;
}

static long change_file(struct file *f, unsigned long command, unsigned long arg)
{
	switch (command) {
	case F_GETFL:
		return f->flags | O_LARGEFILE;
	case F_SETFL:
		f->flags = (f->flags & ~SETTABLE) | ((unsigned int)arg & SETTABLE);
		return 0;
	case F_GETPIPE_SZ:
		return pipe_waiting(f) < 0 ? -EBADF : (long)PIPE_BYTES;
	default:
		return -EINVAL;
	}
}

SYSCALL(fcntl)
{
	unsigned int fd = (unsigned int)a0;
	struct file *f;
	long result;

	switch (a1) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(a0, (unsigned int)a2, a1 == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return files_cloexec(current_files(), fd);
	case F_SETFD:
		return files_set_cloexec(current_files(), fd, a2 & FD_CLOEXEC);
	}
	f = current_file(a0);
	if (!f)
		return -EBADF;
	result = f->flags & O_PATH && a1 != F_GETFL ? -EBADF : change_file(f, a1, a2);
	file_put(f);
	return result;
}

#define FIONCLEX	0x5450u
#define FIOCLEX		0x5451u
#define FIONBIO		0x5421u
#define FIONREAD	0x541bu

static long set_nonblock(struct file *f, uintptr_t arg)
{
	int on;

	if (copy_from_user(&on, arg, sizeof(on)))
		return -EFAULT;
	f->flags = (f->flags & ~O_NONBLOCK) | (on ? O_NONBLOCK : 0);
	return 0;
}

/* Bytes that can be read of a pipe or a file. */
static long put_waiting(struct file *f, uintptr_t arg)
{
	long waiting = S_ISREG(f->inode->mode) ? (long)(f->inode->size - f->pos) : pipe_waiting(f);
	int number = (int)waiting;

	if (waiting == -EINVAL)
		return file_ioctl(f, FIONREAD, arg);
	return copy_to_user(arg, &number, sizeof(number)) ? -EFAULT : 0;
}

SYSCALL(ioctl)
{
	struct file *f = current_file(a0);
	unsigned int command = (unsigned int)a1;
	long result;

	if (!f)
		return -EBADF;
	if (f->flags & O_PATH)
		result = -EBADF;
	else if (command == FIOCLEX || command == FIONCLEX)
		result = files_set_cloexec(current_files(), (unsigned int)a0, command == FIOCLEX);
	else if (command == FIONBIO)
		result = set_nonblock(f, a2);
	else if (command == FIONREAD)
		result = put_waiting(f, a2);
	else
		result = file_ioctl(f, command, a2);
	file_put(f);
	return result;
}

/* Both ends have descriptors that the program knows, or none has. */
static long tell_ends(int fds[2], uintptr_t to)
{
	if (!copy_to_user(to, fds, 2 * sizeof(*fds)))
		return 0;
	(void)files_close(current_files(), (unsigned int)fds[0]);
	(void)files_close(current_files(), (unsigned int)fds[1]);
	return -EFAULT;
}

SYSCALL(pipe2)
{
	struct file *ends[2];
	int fds[2], err;

	if (a1 & ~(unsigned long)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pipe_open(ends, (unsigned int)a1 & O_NONBLOCK);
	if (err)
		return err;
	fds[0] = files_add(current_files(), ends[0], 0, a1 & O_CLOEXEC);
	if (fds[0] < 0) {
		file_put(ends[0]);
		file_put(ends[1]);
		return fds[0];
	}
	fds[1] = files_add(current_files(), ends[1], 0, a1 & O_CLOEXEC);
	if (fds[1] < 0) {
		file_put(ends[1]);
		(void)files_close(current_files(), (unsigned int)fds[0]);
		return fds[1];
	}
	return tell_ends(fds, a0);
}

SYSCALL(lseek)
{
	struct file *f = current_file(a0);
	long at;

	if (!f)
		return -EBADF;
	at = file_seek(f, (s64)a1, (unsigned int)a2);
	file_put(f);
	return at;
}
