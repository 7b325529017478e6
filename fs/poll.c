/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for one of several files. The thread is on the queue of each of them before it looks at
 * what they have; a file has at most POLL_QUEUES of them.
 */
#include <kernel/wait_event.h>
#include <mm/slab.h>
#include <fs/files.h>
#include <fs/poll.h>

#define POLL_QUEUES	2u

struct poll_place {
	struct wait_queue *queue;	/* [o] */
	struct waiter waiter;		/* [W] of queue */
};

struct poll_table {
	struct poll_place *places;	/* [o] */
	unsigned int used, most;	/* [o] */
};

void poll_wait_on(struct poll_table *table, struct wait_queue *q)
{
	struct poll_place *at;

	if (!table || table->used == table->most)
		return;
	at = &table->places[table->used++];
	at->queue = q;
	wait_prepare(q, &at->waiter);
}

static unsigned int look(struct files *files, struct pollfd *fd, struct file **kept,
			 struct poll_table *table)
{
	unsigned int wanted = fd->events | POLLERR | POLLHUP;

	fd->revents = 0;
	if (fd->fd < 0)
		return 0;
	if (!*kept)
		*kept = files_get(files, (unsigned int)fd->fd);
	fd->revents = !*kept ? POLLNVAL : (u16)(file_poll(*kept, table) & wanted);
	return fd->revents != 0;
}

static long look_at_all(struct files *files, struct pollfd *fds, unsigned int nr,
			struct file **kept, struct poll_table *table)
{
	long ready = 0;

	for (unsigned int i = 0; i < nr; i++) {
		/* Once one is ready nobody waits. */
		ready += look(files, &fds[i], &kept[i], ready ? NULL : table);
	}
	return ready;
}

static void leave_all(struct poll_table *table)
{
	for (unsigned int i = 0; i < table->used; i++)
		wait_finish(table->places[i].queue, &table->places[i].waiter);
	table->used = 0;
}

/* A round: on all queues, a look, a sleep if nothing was there, off all queues. */
static long poll_round(struct files *files, struct pollfd *fds, unsigned int nr,
		       struct file **kept, struct poll_table *table, const struct wake_timer *timer)
{
	long ready = look_at_all(files, fds, nr, kept, table);

	if (!ready && timer && wake_timer_over(timer))
		ready = -ETIMEDOUT;
	else if (!ready && thread_interrupted())
		ready = -ERESTARTSYS;
	if (!ready)
		thread_block();
	leave_all(table);
	return ready;
}

static long poll_loop(struct files *files, struct pollfd *fds, unsigned int nr,
		      struct file **kept, struct poll_table *table, u64 us)
{
	struct wake_timer timer;
	long ready;

	if (!us)
		return look_at_all(files, fds, nr, kept, NULL);
	if (us != WAIT_FOREVER)
		wake_timer_start(&timer, us);
	do {
		ready = poll_round(files, fds, nr, kept, table,
				   us != WAIT_FOREVER ? &timer : NULL);
	} while (!ready);
	if (us != WAIT_FOREVER)
		wake_timer_stop(&timer);
	return ready == -ETIMEDOUT ? 0 : ready;
}

long poll_files(struct files *files, struct pollfd *fds, unsigned int nr, u64 us)
{
	size_t room = nr ? nr : 1;
	struct file **kept = kmalloc_array(room, sizeof(*kept), GFP_KERNEL | __GFP_ZERO |
					   __GFP_NOWARN);
	struct poll_table table = {
		.places = kmalloc_array(room * POLL_QUEUES, sizeof(struct poll_place),
					GFP_KERNEL | __GFP_NOWARN),
		.most = nr * POLL_QUEUES,
	};
	long ready = -ENOMEM;

	if (kept && table.places)
		ready = poll_loop(files, fds, nr, kept, &table, us);
	for (unsigned int i = 0; kept && i < nr; i++)
		file_put(kept[i]);
	kfree(table.places);
	kfree(kept);
	return ready;
}
