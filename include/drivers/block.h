/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <kernel/compiler.h>
#include <kernel/list.h>
#include <kernel/spinlock.h>
#include <kernel/timer.h>
#include <kernel/types.h>

/*
 * Disks. Data is read and written by sectors of 512 bytes, from and to memory of the linear map
 * (pages, kmalloc()). Requests of one disk are carried out side by side, as many as its driver
 * takes; the rest waits in the order of coming. There is no cache: what is written may stay in the
 * disk's own until a flush.
 */
#define SECTOR_SHIFT		9
#define SECTOR_BYTES		512u

enum block_op { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, NR_BLOCK_OPS };

struct block_device;

/* One request: its submitter's until block_submit(), and again from done() on. */
struct block_request {
	enum block_op op;		/* [o] */
	int error;			/* [o] what came of it: 0, or -Exxx */
	u64 sector;			/* [o] */
	void *data;			/* [o] */
	size_t bytes;			/* [o] whole sectors, at most max_bytes of the disk */
	void (*done)(struct block_request *r);	/* [o] any context: wakes, and does not wait */
	void *private;			/* [o] the submitter's */
	struct list_head list;		/* [b] */
	u64 submitted;			/* [b] ticks */
	u64 started;			/* [b] ticks */
};

/*
 * done() is called once, perhaps before this returns, with error: -EINVAL no whole sectors of this
 * disk or memory that it cannot use, -EROFS it cannot be written, -EIO the disk says no, -ETIMEDOUT
 * it said nothing for BLOCK_TIMEOUT_MS, and is given up; -ENODEV it is, or has gone. Any context.
 */
void block_submit(struct block_device *disk, struct block_request *r);

/* The same, and waits; any number of sectors. 0 or the first error. Process context. */
int block_read(struct block_device *disk, u64 sector, void *data, size_t bytes) __must_check;
int block_write(struct block_device *disk, u64 sector, const void *data,
		size_t bytes) __must_check;
int block_flush(struct block_device *disk) __must_check;

/* A disk by its name, which stays until as many block_put(); NULL: there is none. Process
 * context. */
struct block_device *block_get(const char *name);
void block_put(struct block_device *disk);

/* ---- for drivers ---- */

#define BLOCK_DEVICES_MOST	8u

/* Called with the disk's lock held. */
struct block_ops {
	/* Hands the request to the device. 0, or -Exxx: it fails so. There is room: at most
	 * queue_depth requests are started. */
	int (*start)(struct block_device *disk, struct block_request *r);
	/* Tells the device of what was started. */
	void (*kick)(struct block_device *disk);
	/* Calls block_answered() for each request that the device has done with. */
	void (*collect)(struct block_device *disk, struct list_head *done);
	/* From here on the device touches no memory; then each request that was started is
	 * abandoned. */
	void (*stop)(struct block_device *disk);
	void (*abandon)(struct block_device *disk, struct block_request *r);
};

struct block_stats {
	u64 requests[NR_BLOCK_OPS], sectors[NR_BLOCK_OPS], ticks[NR_BLOCK_OPS];	/* [b] */
	u64 errors;			/* [b] */
	u64 busy_ticks, busy_since;	/* [b] with a request under way */
};

struct block_device {
	spinlock_t lock;
	char name[8];			/* [c] */
	unsigned int index;		/* [c] */
	const struct block_ops *ops;	/* [c] */
	void *private;			/* [c] the driver's */
	u64 sectors;			/* [c] */
	size_t max_bytes;		/* [c] of a request */
	unsigned int queue_depth;	/* [c] */
	bool read_only;			/* [c] */
	bool dead;			/* [b] given up, or going */
	unsigned int users;		/* [d] */
	unsigned int running_nr, waiting_nr;	/* [b] */
	struct list_head running;	/* [b] the oldest first */
	struct list_head waiting;	/* [b] */
	struct timer timer;		/* [b] pending while something runs */
	struct block_stats stats;	/* [f] */
};

/* Fills in name, index and lists; ops, private, sectors and the rest of [c] are set. The first is
 * vda. 0, or -ENOSPC beyond BLOCK_DEVICES_MOST. Process context. */
int block_add(struct block_device *disk) __must_check;
/* -EBUSY: somebody has it. Else nothing of it is under way when this returns. */
int block_remove(struct block_device *disk) __must_check;

/* The device's interrupt: collects, and starts what waits. Any context. */
void block_interrupt(struct block_device *disk);
/* For collect(). */
void block_answered(struct block_device *disk, struct block_request *r, int error,
		    struct list_head *done);

/* ---- looking ---- */

struct block_snapshot {
	char name[8];
	u64 sectors;
	unsigned int index, queue_depth, running, waiting, users;
	size_t max_bytes;
	bool read_only, dead;
	struct block_stats stats;
};
/* Disk number nr, of one moment; false: there is none. Process context. */
bool block_snapshot(unsigned int nr, struct block_snapshot *s);

#endif /* DRIVERS_BLOCK_H */
