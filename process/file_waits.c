/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that wait for one of several files. */
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/wait_event.h>
#include <mm/slab.h>
#include <fs/poll.h>

#include "file_calls.h"
#include "internal.h"

struct timespec {
	s64 sec, nsec;
};

/* Microseconds, rounded up; 0 for a pointer: no limit. */
static long read_timeout(uintptr_t from, u64 *us)
{
	struct timespec t;

	*us = WAIT_FOREVER;
	if (!from)
		return 0;
	if (copy_from_user(&t, from, sizeof(t)))
		return -EFAULT;
	if (t.sec < 0 || t.nsec < 0 || t.nsec >= 1000000000)
		return -EINVAL;
	/* A hundred years are no limit either. */
	if (t.sec < 3155760000)
		*us = (u64)t.sec * 1000000 + DIV_ROUND_UP((u64)t.nsec, 1000);
	return 0;
}

/* Waits with other signals kept back; whoever is interrupted is not to try again. */
static long wait_masked(struct pollfd *fds, unsigned int nr, u64 us, uintptr_t set, size_t bytes)
{
	long ready = signal_mask_for_wait(set, bytes);

	if (ready)
		return ready;
	ready = poll_files(current_files(), fds, nr, us);
	signal_mask_after_wait(ready == -ERESTARTSYS);
	return ready == -ERESTARTSYS ? -EINTR : ready;
}

SYSCALL(ppoll)
{
	unsigned int nr = (unsigned int)a1;
	size_t bytes = nr * sizeof(struct pollfd);
	struct pollfd few[4], *fds = few;
	long ready;
	u64 us;

	if (nr > CONFIG_MAX_FILES)
		return -EINVAL;
	ready = read_timeout(a2, &us);
	if (ready)
		return ready;
	if (nr > ARRAY_SIZE(few))
		fds = kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!fds)
		return -ENOMEM;
	ready = copy_from_user(fds, a0, bytes) ? -EFAULT : wait_masked(fds, nr, us, a3, a4);
	if (ready >= 0 && copy_to_user(a0, fds, bytes))
		ready = -EFAULT;
	if (fds != few)
		kfree(fds);
	return ready;
}

/* ---- select ---- */

#define SET_BITS	1024u
#define SET_WORDS	(SET_BITS / 64)

/* Three sets of descriptors: to read, to write, exceptions. */
struct select_sets {
	u64 bits[3][SET_WORDS];
	struct pollfd fds[];
};

static const u16 asked[3] = { POLLIN, POLLOUT, POLLPRI };
static const u16 told[3] = { POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI };

static bool in_set(const struct select_sets *s, unsigned int set, unsigned int fd)
{
	return s->bits[set][fd / 64] >> fd % 64 & 1;
}

static unsigned int sets_to_fds(struct select_sets *s, unsigned int nr)
{
	unsigned int used = 0;

	for (unsigned int fd = 0; fd < nr; fd++) {
		u16 events = 0;

		for (unsigned int set = 0; set < 3; set++)
			events |= in_set(s, set, fd) ? asked[set] : 0;
		if (events)
			s->fds[used++] = (struct pollfd){ .fd = (s32)fd, .events = events };
	}
	return used;
}

static long fds_to_sets(struct select_sets *s, unsigned int used)
{
	long ready = 0;

	memset(s->bits, 0, sizeof(s->bits));
	for (struct pollfd *at = s->fds; at < s->fds + used; at++) {
		if (at->revents & POLLNVAL)
			return -EBADF;
		for (unsigned int set = 0; set < 3; set++) {
			if (!(at->events & asked[set]) || !(at->revents & told[set]))
				continue;
			s->bits[set][at->fd / 64] |= 1ull << at->fd % 64;
			ready++;
		}
	}
	return ready;
}

static long copy_sets(struct select_sets *s, const uintptr_t user[3], unsigned int nr, bool out)
{
	size_t bytes = DIV_ROUND_UP(nr, 64) * sizeof(u64);

	for (unsigned int set = 0; set < 3; set++) {
		if (user[set] && (out ? copy_to_user(user[set], s->bits[set], bytes)
				      : copy_from_user(s->bits[set], user[set], bytes)))
			return -EFAULT;
	}
	return 0;
}

static long select(struct select_sets *s, const uintptr_t user[3], unsigned int nr, u64 us,
		   const uintptr_t mask[2])
{
	unsigned int used;
	long ready = copy_sets(s, user, nr, false);

	if (ready)
		return ready;
	used = sets_to_fds(s, nr);
	ready = wait_masked(s->fds, used, us, mask[0], mask[1]);
	if (ready < 0)
		return ready;
	ready = fds_to_sets(s, used);
	return ready < 0 || !copy_sets(s, user, nr, true) ? ready : -EFAULT;
}

SYSCALL(pselect6)
{
	unsigned int nr = min((unsigned int)a0, MIN_CONST(SET_BITS, CONFIG_MAX_FILES + 0u));
	const uintptr_t user[3] = { a1, a2, a3 };
	uintptr_t mask[2] = { 0, 0 };
	struct select_sets *s;
	long ready;
	u64 us;

	if ((int)a0 < 0)
		return -EINVAL;
	ready = read_timeout(a4, &us);
	if (!ready && a5 && copy_from_user(mask, a5, sizeof(mask)))
		ready = -EFAULT;
	if (ready)
		return ready;
	s = kzalloc(sizeof(*s) + nr * sizeof(struct pollfd), GFP_KERNEL | __GFP_NOWARN);
	if (!s)
		return -ENOMEM;
	ready = select(s, user, nr, us, mask);
	kfree(s);
	return ready;
}
