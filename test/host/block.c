/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of a disk whose device is the test: it answers in any order, says no, takes no more, or
 * is silent, on a clock that is moved by hand.
 */
#include <kernel/errno.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <drivers/block.h>
#include <arch/processor.h>
#include <arch/time.h>

#include "common/boot.h"
#include "drivers/block/internal.h"

#define REQUESTS	40u
#define DEPTH		7u
#define SECTORS		1000u
#define TIMEOUT		ticks_of_us(CONFIG_BLOCK_TIMEOUT_MS * 1000ull)

static struct random_plan drawn;

static struct modelled {
	struct block_request r;
	bool submitted, in_device, answered;
	int answer;
	unsigned int done;
} model[REQUESTS];

static struct block_device disk;
static u64 buffer[SECTOR_BYTES / sizeof(u64) * 4];
static unsigned int in_device, kicks, abandoned;
static bool refuses, stopped;

static struct modelled *model_of(struct block_request *r)
{
	return container_of(r, struct modelled, r);
}

static void note_done(struct block_request *r)
{
	model_of(r)->done++;
}

static int fake_start(struct block_device *d, struct block_request *r)
{
	assert_ptr_equal(d, &disk);
	assert_false(stopped);
	if (refuses)
		return -ENOMEM;
	assert_true(in_device < DEPTH);
	in_device++;
	model_of(r)->in_device = true;
	return 0;
}

static void fake_kick(struct block_device *d)
{
	(void)d;
	kicks++;
}

static void leave_device(struct block_request *r)
{
	assert_true(model_of(r)->in_device);
	model_of(r)->in_device = model_of(r)->answered = false;
	in_device--;
}

static void fake_collect(struct block_device *d, struct list_head *done)
{
	for (unsigned int i = 0; i < REQUESTS; i++) {
		if (!model[i].answered)
			continue;
		leave_device(&model[i].r);
		block_answered(d, &model[i].r, model[i].answer, done);
	}
}

static void fake_stop(struct block_device *d)
{
	(void)d;
	stopped = true;
}

static void fake_abandon(struct block_device *d, struct block_request *r)
{
	(void)d;
	assert_true(stopped);
	leave_device(r);
	abandoned++;
}

static const struct block_ops fake_ops = {
	.start = fake_start, .kick = fake_kick, .collect = fake_collect, .stop = fake_stop,
	.abandon = fake_abandon,
};

static void begin(void)
{
	struct host_machine m = host_default_machine;

	m.virtual_time = true;
	host_reset(&m);
	timebase_hz = HOST_TICKS_PER_S;
	timers_init();
	memset(model, 0, sizeof(model));
	in_device = kicks = abandoned = 0;
	refuses = stopped = false;
	disk = (struct block_device){ .name = "vda", .ops = &fake_ops, .sectors = SECTORS,
				      .max_bytes = sizeof(buffer), .queue_depth = DEPTH };
	block_prepare(&disk);
}

static void submit(struct modelled *m, enum block_op op)
{
	*m = (struct modelled){ .submitted = true, .r = {
		.op = op, .sector = (u64)(m - model) * 4, .data = buffer,
		.bytes = op == BLOCK_FLUSH ? 0 : sizeof(buffer), .done = note_done } };
	block_submit(&disk, &m->r);
}

static void timers_run(void)
{
	while (host_timer_deadline <= host_virtual_ticks()) {
		unsigned long flags = arch_local_irq_save();

		arch_timer_cancel();
		timer_interrupt();
		arch_local_irq_restore(flags);
	}
}

/* What the disk says of itself is what the device and the submitters see. */
static void expect_agreement(void)
{
	unsigned int running = 0, waiting = 0;

	for (unsigned int i = 0; i < REQUESTS; i++) {
		struct modelled *m = &model[i];

		assert_true(m->done <= 1);
		running += m->submitted && m->in_device;
		waiting += m->submitted && !m->in_device && !m->done;
	}
	assert_int_equal(running, disk.running_nr);
	assert_int_equal(waiting, disk.waiting_nr);
	assert_true(running <= DEPTH);
	assert_true(!waiting || running == DEPTH);
	assert_true(!running || timer_pending(&disk.timer));
}

static void one_step(struct rng *rng)
{
	struct modelled *m = &model[rng_below(rng, REQUESTS)];

	if (!m->submitted) {
		refuses = !rng_below(rng, 10);
		submit(m, (enum block_op)rng_below(rng, NR_BLOCK_OPS));
		assert_true(!refuses || m->done || !m->in_device);
		refuses = false;
	} else if (m->done) {
		assert_true(m->r.error == 0 || m->r.error == -EIO || m->r.error == -ENOMEM);
		m->submitted = false;
		m->done = 0;
	} else if (m->in_device && rng_below(rng, 3)) {
		m->answered = true;
		m->answer = rng_below(rng, 8) ? 0 : -EIO;
		if (rng_below(rng, 2))
			block_interrupt(&disk);
	} else {
		/* An interrupt for nothing, and time that passes without anybody being late. */
		block_interrupt(&disk);
		host_advance_to(host_virtual_ticks() + rng_below(rng, 1000));
		timers_run();
	}
}

/* proves BD1, BD2 and BD3 */
static void random_use(void **state)
{
	struct rng rng = { drawn.seed | 1 };

	(void)state;
	begin();
	for (u64 n = 0; n < drawn.operations; n++) {
		one_step(&rng);
		expect_agreement();
	}
	assert_false(disk.dead);
	block_end(&disk);
	for (unsigned int i = 0; i < REQUESTS; i++)
		assert_int_equal(model[i].done, model[i].submitted);
	assert_int_equal(in_device, 0);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		enum block_op op;
		u64 sector;
		size_t bytes;
		size_t at;
		int error;
	} rows[] = {
		{ BLOCK_READ, 0, 0, 0, -EINVAL }, { BLOCK_READ, 0, 100, 0, -EINVAL },
		{ BLOCK_READ, SECTORS, 512, 0, -EINVAL },
		{ BLOCK_READ, SECTORS - 1, 1024, 0, -EINVAL },
		{ BLOCK_READ, ~0ull, 512, 0, -EINVAL }, { BLOCK_READ, 0, 1 << 20, 0, -EINVAL },
		{ BLOCK_READ, 0, 512, 1, -EINVAL }, { BLOCK_FLUSH, 0, 512, 0, -EINVAL },
		{ BLOCK_WRITE, 0, 512, 0, -EROFS },
	};

	(void)state;
	begin();
	disk.read_only = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		model[0] = (struct modelled){ .r = {
			.op = rows[i].op, .sector = rows[i].sector, .bytes = rows[i].bytes,
			.data = (char *)buffer + rows[i].at, .done = note_done } };
		block_submit(&disk, &model[0].r);
		assert_int_equal(model[0].done, 1);
		assert_int_equal(model[0].r.error, rows[i].error);
	}
	assert_int_equal(disk.running_nr + disk.waiting_nr, 0);
}

/* The oldest request has the timer: an answer to it gives the next request its whole time. */
static void a_silent_device_is_given_up(void **state)
{
	u64 start;

	(void)state;
	begin();
	start = host_virtual_ticks();
	for (unsigned int i = 0; i < REQUESTS; i++)
		submit(&model[i], BLOCK_READ);
	host_advance_to(start + TIMEOUT - 10000);
	timers_run();
	model[0].answered = true;
	block_interrupt(&disk);
	assert_int_equal(model[0].done, 1);
	assert_false(disk.dead);
	host_advance_to(start + TIMEOUT + 10000);
	timers_run();
	assert_true(disk.dead && stopped);
	assert_int_equal(abandoned, DEPTH);
	for (unsigned int i = 1; i < REQUESTS; i++) {
		assert_int_equal(model[i].done, 1);
		assert_int_equal(model[i].r.error, -ETIMEDOUT);
	}
	assert_non_null(strstr(host_log(), "vda has not answered for 30000 ms: it is given up"));
	submit(&model[0], BLOCK_READ);
	assert_int_equal(model[0].r.error, -ENODEV);
	assert_int_equal(model[0].done, 1);
	block_interrupt(&disk);
	block_end(&disk);
	assert_int_equal(disk.stats.errors, REQUESTS - 1);
}

/* The device has answered in time, and its interrupt is lost. */
static void a_lost_interrupt_is_no_timeout(void **state)
{
	(void)state;
	begin();
	for (unsigned int i = 0; i < DEPTH + 1; i++)
		submit(&model[i], BLOCK_WRITE);
	for (unsigned int i = 0; i < DEPTH; i++)
		model[i].answered = true;
	host_advance_to(host_virtual_ticks() + TIMEOUT);
	timers_run();
	assert_false(disk.dead);
	for (unsigned int i = 0; i < DEPTH; i++)
		assert_int_equal(model[i].done, 1);
	assert_true(model[DEPTH].in_device);
	expect_agreement();
	block_end(&disk);
	assert_int_equal(model[DEPTH].r.error, -ENODEV);
}

/* No request was started since: the timer alone keeps the second request's time. */
static void a_later_request_has_its_whole_time(void **state)
{
	u64 start;

	(void)state;
	begin();
	start = host_virtual_ticks();
	submit(&model[0], BLOCK_READ);
	host_advance_to(start + TIMEOUT / 2);
	submit(&model[1], BLOCK_READ);
	model[0].answered = true;
	block_interrupt(&disk);
	host_advance_to(start + TIMEOUT + 10000);
	timers_run();
	assert_false(disk.dead);
	expect_agreement();
	host_advance_to(start + 2 * TIMEOUT);
	timers_run();
	assert_true(disk.dead);
	assert_int_equal(model[1].r.error, -ETIMEDOUT);
	block_end(&disk);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_use),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_silent_device_is_given_up),
		cmocka_unit_test(a_lost_interrupt_is_no_timeout),
		cmocka_unit_test(a_later_request_has_its_whole_time),
	};

	drawn = random_plan(argc, argv, 200000, 20000000);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
