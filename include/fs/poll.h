/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_POLL_H
#define FS_POLL_H

#include <kernel/types.h>
#include <kernel/wait.h>

#define POLLIN		0x001u
#define POLLPRI		0x002u
#define POLLOUT		0x004u
#define POLLERR		0x008u
#define POLLHUP		0x010u
#define POLLNVAL	0x020u
#define POLLRDNORM	0x040u
#define POLLWRNORM	0x100u

struct files;
struct poll_table;

/* As programs give it. */
struct pollfd {
	s32 fd;
	u16 events, revents;
};

/* A file says where to wait before it says what can be done. */
void poll_wait_on(struct poll_table *table, struct wait_queue *q);

/*
 * Waits until one of the descriptors has what it is asked for, for us microseconds or WAIT_FOREVER:
 * how many have something, 0 when time is up, -ERESTARTSYS, -ENOMEM.
 */
long poll_files(struct files *files, struct pollfd *fds, unsigned int nr, u64 us);

#endif /* FS_POLL_H */
