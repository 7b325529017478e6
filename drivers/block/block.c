/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: requests of disks, from whoever submits them to the driver and back.
 *
 * Structure: a disk has a list of requests that its device works on and one of those that wait. A
 * timer looks at the oldest that runs: a device that does not answer for BLOCK_TIMEOUT_MS is
 * stopped and given up, and each of its requests ends with -ETIMEDOUT.
 *
 * Invariants:
 * BD1 A request is on one list of its disk from block_submit() until it is done, and done() is
 *     called once.
 * BD2 At most queue_depth requests run; while fewer do, none waits.
 * BD3 While a request runs the disk's timer is pending, or its function is running.
 *
 * Locking: disk->lock for both lists and the device's queue; done() is called without it.
 *
 * Bounds: an interrupt takes what the device has done with and starts as many, so at most
 * queue_depth each; giving a disk up touches all of its requests, once.
 *
 * Configuration: BLOCK_TIMEOUT_MS.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <mm/vmalloc.h>
#include <arch/time.h>

#include "internal.h"

#define TIMEOUT_TICKS	ticks_of_us(CONFIG_BLOCK_TIMEOUT_MS * 1000ull)

static int check(const struct block_device *disk, const struct block_request *r)
{
	u64 sectors = r->bytes >> SECTOR_SHIFT;

	if (r->op == BLOCK_FLUSH)
		return r->bytes ? -EINVAL : 0;
	if (!r->bytes || r->bytes % SECTOR_BYTES || r->bytes > disk->max_bytes ||
	    r->sector >= disk->sectors || sectors > disk->sectors - r->sector ||
	    is_vmalloc_addr(r->data) || (unsigned long)r->data % sizeof(u64))
		return -EINVAL;
	return r->op == BLOCK_WRITE && disk->read_only ? -EROFS : 0;
}

static void call_done(struct list_head *done)
{
	while (!list_empty(done)) {
		struct block_request *r = list_first_entry(done, struct block_request, list);

		list_del(&r->list);
		r->done(r);
	}
}

/* [b] */
static void note_start(struct block_device *disk, struct block_request *r)
{
	r->started = arch_ticks();
	if (!disk->running_nr++)
		disk->stats.busy_since = r->started;
	list_add_tail(&r->list, &disk->running);
	if (!timer_pending(&disk->timer))
		timer_add(&disk->timer, r->started + TIMEOUT_TICKS);
}

/* [b] It is off the list of those that run. */
static void note_end(struct block_device *disk, struct block_request *r, int error,
		     struct list_head *done)
{
	struct block_stats *s = &disk->stats;
	u64 now = arch_ticks();

	if (!--disk->running_nr)
		s->busy_ticks += now - s->busy_since;
	s->requests[r->op]++;
	s->ticks[r->op] += now - r->submitted;
	if (error)
		s->errors++;
	else
		s->sectors[r->op] += r->bytes >> SECTOR_SHIFT;
	r->error = error;
	list_add_tail(&r->list, done);
}

void block_answered(struct block_device *disk, struct block_request *r, int error,
		    struct list_head *done)
{
	list_del(&r->list);
	note_end(disk, r, error, done);
}

/* [b] */
static void start_waiting(struct block_device *disk, struct list_head *done)
{
	bool started = false;

	while (disk->waiting_nr && disk->running_nr < disk->queue_depth && !disk->dead) {
		struct block_request *r = list_first_entry(&disk->waiting, struct block_request,
							   list);
		int err;

		list_del(&r->list);
		disk->waiting_nr--;
		err = disk->ops->start(disk, r);
		note_start(disk, r);
		if (err)
			block_answered(disk, r, err, done);
		started |= !err;
	}
	if (started)
		disk->ops->kick(disk);
}

void block_submit(struct block_device *disk, struct block_request *r)
{
	struct list_head done = LIST_HEAD_INIT(done);
	unsigned long flags;
	bool dead;

	r->error = check(disk, r);
	if (r->error) {
		r->done(r);
		return;
	}
	r->submitted = arch_ticks();
	flags = spin_lock_irqsave(&disk->lock);
	dead = disk->dead;
	if (!dead) {
		list_add_tail(&r->list, &disk->waiting);
		disk->waiting_nr++;
		start_waiting(disk, &done);
	}
	spin_unlock_irqrestore(&disk->lock, flags);
	call_done(&done);
	/* Else it may be its submitter's again by now. */
	if (dead) {
		r->error = -ENODEV;
		r->done(r);
	}
}

void block_interrupt(struct block_device *disk)
{
	struct list_head done = LIST_HEAD_INIT(done);
	unsigned long flags = spin_lock_irqsave(&disk->lock);

	if (!disk->dead) {
		disk->ops->collect(disk, &done);
		start_waiting(disk, &done);
	}
	spin_unlock_irqrestore(&disk->lock, flags);
	call_done(&done);
}

/* [b] */
static void give_up(struct block_device *disk, int error, struct list_head *done)
{
	disk->dead = true;
	disk->ops->stop(disk);
	while (!list_empty(&disk->running)) {
		struct block_request *r = list_first_entry(&disk->running, struct block_request,
							   list);

		disk->ops->abandon(disk, r);
		block_answered(disk, r, error, done);
	}
	while (!list_empty(&disk->waiting)) {
		struct block_request *r = list_first_entry(&disk->waiting, struct block_request,
							   list);

		list_del(&r->list);
		disk->waiting_nr--;
		disk->running_nr++;
		note_end(disk, r, error, done);
	}
}

/* The device may have answered, and its interrupt not have come: it is looked at once more. */
static void look_at_oldest(struct timer *timer)
{
	struct block_device *disk = container_of(timer, struct block_device, timer);
	struct list_head done = LIST_HEAD_INIT(done);
	unsigned long flags = spin_lock_irqsave(&disk->lock);
	u64 end = ~0ull, now = arch_ticks();
	bool late = false;

	if (disk->running_nr) {
		end = list_first_entry(&disk->running, struct block_request, list)->started +
		      TIMEOUT_TICKS;
		if (end <= now)
			disk->ops->collect(disk, &done);
	}
	if (disk->running_nr) {
		end = list_first_entry(&disk->running, struct block_request, list)->started +
		      TIMEOUT_TICKS;
		late = end <= now;
	}
	if (late)
		give_up(disk, -ETIMEDOUT, &done);
	else
		start_waiting(disk, &done);
	if (disk->running_nr && !timer_pending(timer))
		timer_add(timer, end);
	spin_unlock_irqrestore(&disk->lock, flags);
	if (late)
		pr_err("block: %s has not answered for %d ms: it is given up, and its requests "
		       "fail; unbind and bind its device to try again\n", disk->name,
		       CONFIG_BLOCK_TIMEOUT_MS);
	call_done(&done);
}

void block_prepare(struct block_device *disk)
{
	spin_lock_init(&disk->lock, LOCK_BLOCK);
	INIT_LIST_HEAD(&disk->running);
	INIT_LIST_HEAD(&disk->waiting);
	timer_init(&disk->timer, look_at_oldest);
}

void block_end(struct block_device *disk)
{
	struct list_head done = LIST_HEAD_INIT(done);
	unsigned long flags = spin_lock_irqsave(&disk->lock);

	if (!disk->dead)
		give_up(disk, -ENODEV, &done);
	spin_unlock_irqrestore(&disk->lock, flags);
	call_done(&done);
	timer_cancel_sync(&disk->timer);
}
