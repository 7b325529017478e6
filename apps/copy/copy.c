/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies the first disk to the second. A thread reads while this one writes: four pieces go round
 * between them, and two semaphores count the full ones and the free ones. A piece that fails is
 * tried again sector by sector, so that a bad sector costs itself alone.
 */
#include <kernel/app.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <drivers/block.h>
#include <mm/account.h>
#include <mm/slab.h>

#define FROM		"vda"
#define TO		"vdb"
#define PRIORITY	18		/* less urgent than the shell */
#define PIECES		4u
#define PIECE_BYTES	(32u << 10)
#define PIECE_SECTORS	(PIECE_BYTES / SECTOR_BYTES)
#define PROGRESS	10u		/* per cent, from line to line */

/* With CONFIG_MEM_ACCOUNTS: the pieces, and room for what disks need meanwhile. */
MEM_ACCOUNT(copy_memory, 0, 1 << 20);

struct piece {
	u8 *data;			/* [o] the reader's until it is full, then the writer's */
	u8 bad[PIECE_SECTORS];		/* [o] could not be read */
};

struct job {
	struct block_device *from, *to;
	u64 sectors;
	struct piece piece[PIECES];	/* [f] */
	struct semaphore free, full;	/* [f] */
	u64 unread, unwritten;		/* [o] the reader's; the writer's */
};

static unsigned int sectors_at(const struct job *job, u64 sector)
{
	return (unsigned int)min((u64)PIECE_SECTORS, job->sectors - sector);
}

static void read_piece(struct job *job, struct piece *p, u64 sector, unsigned int nr)
{
	memset(p->bad, 0, sizeof(p->bad));
	if (!block_read(job->from, sector, p->data, nr * SECTOR_BYTES))
		return;
	for (unsigned int i = 0; i < nr; i++) {
		p->bad[i] = block_read(job->from, sector + i, p->data + i * SECTOR_BYTES,
				       SECTOR_BYTES) != 0;
		job->unread += p->bad[i];
	}
}

static void read_all(void *arg)
{
	struct job *job = arg;
	unsigned int turn = 0;

	for (u64 sector = 0; sector < job->sectors; sector += PIECE_SECTORS) {
		down(&job->free);
		read_piece(job, &job->piece[turn++ % PIECES], sector, sectors_at(job, sector));
		up(&job->full);
	}
}

/* What could not be read stays on the other disk as it was. */
static void write_piece(struct job *job, const struct piece *p, u64 sector, unsigned int nr)
{
	if (!memchr(p->bad, 1, nr) &&
	    !block_write(job->to, sector, p->data, nr * SECTOR_BYTES))
		return;
	for (unsigned int i = 0; i < nr; i++)
		job->unwritten += !p->bad[i] &&
				  block_write(job->to, sector + i, p->data + i * SECTOR_BYTES,
					      SECTOR_BYTES);
}

static void write_all(struct job *job)
{
	unsigned int turn = 0, shown = 0;
	u64 start = time_us();

	for (u64 sector = 0; sector < job->sectors; sector += PIECE_SECTORS) {
		unsigned int nr = sectors_at(job, sector), percent;

		down(&job->full);
		write_piece(job, &job->piece[turn++ % PIECES], sector, nr);
		up(&job->free);
		percent = (unsigned int)((sector + nr) * 100 / job->sectors);
		if (percent < shown + PROGRESS)
			continue;
		shown = percent - percent % PROGRESS;
		pr_info("copy: %u %%, %llu KiB a second\n", shown,
			(unsigned long long)((sector + nr) * 500000 / (time_us() - start + 1)));
	}
}

/* False: not all of the memory is to be had. */
static bool take_memory(struct job *job)
{
	for (unsigned int i = 0; i < PIECES; i++) {
		job->piece[i].data = kmalloc(PIECE_BYTES, GFP_KERNEL);
		if (!job->piece[i].data)
			return false;
	}
	return true;
}

static void run_job(struct job *job)
{
	struct thread *reader = NULL;
	int err;

	sema_init(&job->free, PIECES);
	sema_init(&job->full, 0);
	if (take_memory(job))
		reader = thread_create(&(struct thread_params){ .name = "copy reader",
								.fn = read_all, .arg = job,
								.priority = PRIORITY });
	if (!reader) {
		pr_err("copy: no memory for %u KiB and a thread; nothing was copied\n",
		       PIECES * PIECE_BYTES >> 10);
		return;
	}
	write_all(job);
	thread_join(reader);
	err = block_flush(job->to);
	pr_info("copy: %llu sectors of " FROM " to " TO ", %llu could not be read, %llu not "
		"written%s\n", (unsigned long long)job->sectors, (unsigned long long)job->unread,
		(unsigned long long)job->unwritten,
		err ? "; " TO " may have lost some of them" : "");
}

static void copy_main(void *unused)
{
	static struct job job;		/* [o] of this thread, and of the reader as it says */

	(void)unused;
	job.from = block_get(FROM);
	job.to = block_get(TO);
	if (!job.from || !job.to)
		pr_err("copy: there is no disk %s; two are needed\n", job.from ? TO : FROM);
	else if (job.to->read_only || job.to->sectors < job.from->sectors)
		pr_err("copy: " TO " is read-only, or smaller than " FROM "; nothing was copied\n");
	else {
		job.sectors = job.from->sectors;
		run_job(&job);
	}
	for (unsigned int i = 0; i < PIECES; i++)
		kfree(job.piece[i].data);
	if (job.from)
		block_put(job.from);
	if (job.to)
		block_put(job.to);
}

APP(copy, copy_main, PRIORITY, 8192, &copy_memory);
