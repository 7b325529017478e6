/* SPDX-License-Identifier: BSD-2-Clause */
/* Disks by hand: what there is, bytes of one, and a test that writes all over it. */
#include <kernel/errno.h>
#include <kernel/hex.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <drivers/block.h>
#include <mm/slab.h>
#include <shell/shell.h>

#define PART_BYTES	(64u << 10)
#define THREADS_MOST	16u
#define WORDS		(SECTOR_BYTES / sizeof(u64))

static int list(struct seq_file *out)
{
	struct block_snapshot s;
	unsigned int nr;

	for (nr = 0; block_snapshot(nr, &s); nr++)
		seq_printf(out, "%s: %llu sectors, %u requests at a time of at most %zu KiB%s%s; %u "
			   "under way, %u waiting, %llu errors\n", s.name,
			   (unsigned long long)s.sectors, s.queue_depth, s.max_bytes >> 10,
			   s.read_only ? ", read-only" : "", s.dead ? ", given up" : "", s.running,
			   s.waiting, (unsigned long long)s.stats.errors);
	if (!nr)
		seq_puts(out, "there are no disks: make qemu DISK=<file> gives the machine one\n");
	return 0;
}

/* What a sector of the test holds: each word by its place. */
static void fill(u64 *word, u64 sector, u64 seed)
{
	for (unsigned int i = 0; i < WORDS; i++)
		word[i] = (sector << 8 | i) * 0x9e3779b97f4a7c15ull ^ seed;
}

static int show_sector(struct seq_file *out, struct block_device *disk, u64 sector)
{
	u8 *data = kmalloc(SECTOR_BYTES, GFP_KERNEL);
	int err = data ? block_read(disk, sector, data, SECTOR_BYTES) : -ENOMEM;

	for (unsigned int at = 0; !err && at < SECTOR_BYTES; at += 16) {
		seq_printf(out, "%08llx ", (unsigned long long)(sector * SECTOR_BYTES + at));
		for (unsigned int i = 0; i < 16; i++)
			seq_printf(out, " %02x", data[at + i]);
		seq_puts(out, "\n");
	}
	kfree(data);
	return err;
}

static int write_sector(struct block_device *disk, u64 sector, u64 seed)
{
	u64 *data = kmalloc(SECTOR_BYTES, GFP_KERNEL);
	int err = -ENOMEM;

	if (data) {
		fill(data, sector, seed);
		err = block_write(disk, sector, data, SECTOR_BYTES);
	}
	if (!err)
		err = block_flush(disk);
	kfree(data);
	return err;
}

/* ---- the test ---- */

struct part {
	struct block_device *disk;
	u64 first, sectors, seed;
	u64 written, verified, errors, wrong;
	bool no_memory;
};

static void write_part(struct part *p, u64 *data, u64 sector, unsigned int nr, u8 *failed)
{
	for (unsigned int i = 0; i < nr; i++)
		fill(data + i * WORDS, sector + i, p->seed);
	*failed = block_write(p->disk, sector, data, nr * SECTOR_BYTES) != 0;
	p->errors += *failed;
	p->written += *failed ? 0 : nr;
}

static void check_part(struct part *p, u64 *data, u64 sector, unsigned int nr)
{
	u64 expected[WORDS];

	memset(data, 0, nr * SECTOR_BYTES);
	if (block_read(p->disk, sector, data, nr * SECTOR_BYTES)) {
		p->errors++;
		return;
	}
	for (unsigned int i = 0; i < nr; i++) {
		fill(expected, sector + i, p->seed);
		p->wrong += memcmp(expected, data + i * WORDS, SECTOR_BYTES) != 0;
	}
	p->verified += nr;
}

/* What could not be written holds what it held, and is not looked at. */
static void test_part(void *arg)
{
	struct part *p = arg;
	unsigned int step = PART_BYTES / SECTOR_BYTES;
	u64 steps = (p->sectors + step - 1) / step;
	u64 *data = kmalloc(PART_BYTES, GFP_KERNEL);
	u8 *failed = kmalloc(steps + 1, GFP_KERNEL | __GFP_ZERO);

	p->no_memory = !data || !failed;
	for (unsigned int pass = 0; pass < 2 && !p->no_memory; pass++) {
		for (u64 i = 0; i < steps; i++) {
			u64 sector = p->first + i * step;
			unsigned int nr = (unsigned int)min((u64)step, p->sectors - i * step);

			if (!pass)
				write_part(p, data, sector, nr, &failed[i]);
			else if (!failed[i])
				check_part(p, data, sector, nr);
		}
		if (!pass)
			p->errors += block_flush(p->disk) != 0;
	}
	kfree(failed);
	kfree(data);
}

static int run_test(struct seq_file *out, struct block_device *disk, u64 sectors,
		    unsigned int threads)
{
	struct part parts[THREADS_MOST] = { { .first = 0 } }, sum = { .first = 0 };
	struct thread *of[THREADS_MOST];
	u64 start = time_us();

	for (unsigned int i = 0; i < threads; i++) {
		parts[i] = (struct part){
			.disk = disk, .first = sectors / threads * i, .sectors = sectors / threads,
			.seed = start,
		};
		of[i] = thread_create(&(struct thread_params){
			.name = "blk test", .fn = test_part, .arg = &parts[i],
			.priority = CONFIG_SHELL_PRIORITY,
		});
	}
	for (unsigned int i = 0; i < threads; i++) {
		if (of[i])
			thread_join(of[i]);
		sum.no_memory |= !of[i] || parts[i].no_memory;
		sum.written += parts[i].written;
		sum.verified += parts[i].verified;
		sum.errors += parts[i].errors;
		sum.wrong += parts[i].wrong;
	}
	seq_printf(out, "%u threads: %llu KiB written, %llu KiB verified, %llu errors, %llu wrong "
		   "sectors, %llu ms%s\n", threads, (unsigned long long)sum.written / 2,
		   (unsigned long long)sum.verified / 2, (unsigned long long)sum.errors,
		   (unsigned long long)sum.wrong, (unsigned long long)(time_us() - start) / 1000,
		   sum.no_memory ? "; no memory for some" : "");
	return sum.no_memory ? -ENOMEM : sum.errors || sum.wrong ? -EIO : 0;
}

static int test_disk(struct seq_file *out, struct block_device *disk, int argc, u64 mib,
		     u64 threads)
{
	u64 sectors = min(mib << (20 - SECTOR_SHIFT), disk->sectors);

	if (argc < 4)
		sectors = disk->sectors;
	if (!threads || threads > THREADS_MOST || sectors / threads == 0) {
		seq_printf(out, "blk: 1 to %u threads with a sector each are expected\n",
			   THREADS_MOST);
		return -EINVAL;
	}
	return run_test(out, disk, sectors, (unsigned int)threads);
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOMEM:		return "there is no memory for a sector";
	case -EROFS:		return "the disk is read-only";
	case -ETIMEDOUT:	return "the disk does not answer";
	case -ENODEV:		return "the disk is gone";
	default:		return "the disk reports an error";
	}
}

static bool has_sector(struct seq_file *out, const struct block_device *disk, u64 sector)
{
	if (sector < disk->sectors)
		return true;
	seq_printf(out, "blk: %s has no sector %llu: the last is %llu\n", disk->name,
		   (unsigned long long)sector, (unsigned long long)disk->sectors - 1);
	return false;
}

static int carry_out(struct seq_file *out, struct block_device *disk, int argc, char **argv,
		     const u64 *number)
{
	if (!strcmp(argv[1], "test"))
		return test_disk(out, disk, argc, number[0], argc > 4 ? number[1] : 4);
	if (!strcmp(argv[1], "read") && argc == 4)
		return has_sector(out, disk, number[0]) ? show_sector(out, disk, number[0]) :
		       -EINVAL;
	if (!strcmp(argv[1], "write") && argc == 5)
		return has_sector(out, disk, number[0]) ?
		       write_sector(disk, number[0], number[1]) : -EINVAL;
	if (!strcmp(argv[1], "flush") && argc == 3)
		return block_flush(disk);
	shell_usage(out, "blk");
	return -EINVAL;
}

static int blk_run(struct seq_file *out, int argc, char **argv)
{
	u64 number[2] = { 0, 0 };
	struct block_device *disk;
	int err;

	if (argc == 1)
		return list(out);
	if (argc < 3 || argc > 5)
		return shell_usage(out, "blk");
	for (int i = 3; i < argc; i++)
		if (!parse_number(out, argv[i], &number[i - 3]))
			return -EINVAL;
	disk = block_get(argv[2]);
	if (!disk) {
		seq_printf(out, "blk: there is no disk %s: blk lists the disks\n", argv[2]);
		return -ENODEV;
	}
	err = carry_out(out, disk, argc, argv, number);
	block_put(disk);
	if (err && err != -EINVAL)
		seq_printf(out, "blk: %s: %s (%d)\n", argv[2], reason(err), err);
	return err;
}

SHELL_COMMAND(blk, "[read <disk> <at> | write <disk> <at> <seed> | flush <disk> | test <disk> "
	      "[MiB] [threads]]",
	      "list disks; sectors; test overwrites a disk",
	      "blk test vda 64 4", blk_run);
