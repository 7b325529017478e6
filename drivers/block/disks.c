/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of disks, and requests whose submitter waits. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/mutex.h>
#include <kernel/printk.h>
#include <kernel/string.h>

#include "internal.h"

static DEFINE_MUTEX(disks_mutex);				/* [f] */
static struct block_device *disks[BLOCK_DEVICES_MOST];		/* [d] */

int block_add(struct block_device *disk)
{
	int err = -ENOSPC;

	block_prepare(disk);
	mutex_lock(&disks_mutex);
	for (unsigned int i = 0; i < BLOCK_DEVICES_MOST && err; i++) {
		if (disks[i])
			continue;
		disks[i] = disk;
		disk->index = i;
		memcpy(disk->name, "vda", 4);
		disk->name[2] = (char)('a' + i);
		err = 0;
	}
	mutex_unlock(&disks_mutex);
	return err;
}

int block_remove(struct block_device *disk)
{
	int err = -EBUSY;

	mutex_lock(&disks_mutex);
	if (!disk->users) {
		disks[disk->index] = NULL;
		err = 0;
	}
	mutex_unlock(&disks_mutex);
	if (!err)
		block_end(disk);
	return err;
}

struct block_device *block_get(const char *name)
{
	struct block_device *found = NULL;

	mutex_lock(&disks_mutex);
	for (unsigned int i = 0; i < BLOCK_DEVICES_MOST && !found; i++)
		if (disks[i] && !strcmp(disks[i]->name, name))
			found = disks[i];
	if (found)
		found->users++;
	mutex_unlock(&disks_mutex);
	return found;
}

void block_put(struct block_device *disk)
{
	mutex_lock(&disks_mutex);
	disk->users--;
	mutex_unlock(&disks_mutex);
}

bool block_snapshot(unsigned int nr, struct block_snapshot *s)
{
	struct block_device *disk = NULL;
	unsigned long flags;

	mutex_lock(&disks_mutex);
	for (unsigned int i = 0; i < BLOCK_DEVICES_MOST && !disk; i++)
		if (disks[i] && !nr--)
			disk = disks[i];
	if (disk) {
		flags = spin_lock_irqsave(&disk->lock);
		*s = (struct block_snapshot){
			.sectors = disk->sectors, .index = disk->index,
			.queue_depth = disk->queue_depth, .running = disk->running_nr,
			.waiting = disk->waiting_nr, .users = disk->users,
			.max_bytes = disk->max_bytes, .read_only = disk->read_only,
			.dead = disk->dead, .stats = disk->stats,
		};
		memcpy(s->name, disk->name, sizeof(s->name));
		spin_unlock_irqrestore(&disk->lock, flags);
	}
	mutex_unlock(&disks_mutex);
	return disk;
}

/* ---- requests whose submitter waits ---- */

static void wake_submitter(struct block_request *r)
{
	complete(r->private);
}

static int submit_and_wait(struct block_device *disk, enum block_op op, u64 sector, void *data,
			   size_t bytes)
{
	struct completion ended;
	struct block_request r = { .op = op, .sector = sector, .data = data, .bytes = bytes,
				   .done = wake_submitter, .private = &ended };

	init_completion(&ended);
	block_submit(disk, &r);
	wait_for_completion(&ended);
	return r.error;
}

static int carry_out(struct block_device *disk, enum block_op op, u64 sector, char *data,
		     size_t bytes)
{
	int err = bytes ? 0 : -EINVAL;

	while (!err && bytes) {
		size_t part = min(bytes, disk->max_bytes);

		err = submit_and_wait(disk, op, sector, data, part);
		sector += part >> SECTOR_SHIFT;
		data += part;
		bytes -= part;
	}
	return err;
}

int block_read(struct block_device *disk, u64 sector, void *data, size_t bytes)
{
	return carry_out(disk, BLOCK_READ, sector, data, bytes);
}

int block_write(struct block_device *disk, u64 sector, const void *data, size_t bytes)
{
	/* A request has one field for both directions. */
	return carry_out(disk, BLOCK_WRITE, sector, (char *)(unsigned long)data, bytes);
}

int block_flush(struct block_device *disk)
{
	return submit_and_wait(disk, BLOCK_FLUSH, 0, NULL, 0);
}
