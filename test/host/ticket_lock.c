/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The target's ticket lock in threads: no update is lost, turns come in the order of the tickets,
 * and a ticket of 16 bits wraps around. The lock guards plain memory, so that under the thread
 * sanitizer (THREADS=1) an acquire or a release that is too weak shows as a race.
 */
#include "common/boot.h"

#include <pthread.h>
#include <sched.h>

#include "arch/riscv/include/asm/ticket_lock.h"

#define THREADS		4
#define TURNS		20000u

static ticket_lock_t lock;
static unsigned long counted;		/* plain, under the lock */
static u16 last_ticket;

static void *count(void *unused)
{
	for (unsigned int i = 0; i < TURNS; i++) {
		u32 old = ticket_draw(&lock);

		while (!ticket_is_served(&lock, old))
			sched_yield();
		/* First come, first served. */
		if (counted && (u16)(last_ticket + 1) != (u16)(old >> 16))
			abort();
		last_ticket = (u16)(old >> 16);
		counted++;
		ticket_serve_next(&lock);
	}
	return unused;
}

static void nobody_is_lost(void **state)
{
	pthread_t thread[THREADS];

	(void)state;
	/* There are more turns than numbers, so that tickets wrap around. */
	lock = (ticket_lock_t){ .serving = 0xfff0, .next = 0xfff0 };
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_int_equal(counted, THREADS * TURNS);
	assert_false(ticket_is_drawn(&lock));
	assert_int_equal(lock.serving, (u16)(0xfff0 + THREADS * TURNS));
}

static void a_ticket_waits_for_its_number(void **state)
{
	ticket_lock_t l = TICKET_LOCK_INIT;
	u32 first, second;

	(void)state;
	assert_false(ticket_is_drawn(&l));
	first = ticket_draw(&l);
	assert_true(ticket_is_drawn(&l));
	assert_true(ticket_is_served(&l, first));
	second = ticket_draw(&l);
	assert_false(ticket_is_served(&l, second));
	ticket_serve_next(&l);
	assert_false(ticket_is_served(&l, first));
	assert_true(ticket_is_served(&l, second));
	ticket_serve_next(&l);
	assert_false(ticket_is_drawn(&l));
}

/* A carry out of the last ticket must not change the number that is served. */
static void the_last_ticket_carries_nothing_over(void **state)
{
	ticket_lock_t l = { .serving = 0xffff, .next = 0xffff };
	u32 old = ticket_draw(&l);

	(void)state;
	assert_int_equal(l.serving, 0xffff);
	assert_int_equal(l.next, 0);
	assert_true(ticket_is_served(&l, old));
	ticket_serve_next(&l);
	assert_int_equal(l.serving, 0);
	assert_false(ticket_is_drawn(&l));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_waits_for_its_number),
		cmocka_unit_test(the_last_ticket_carries_nothing_over),
		cmocka_unit_test(nobody_is_lost),
	};

	return cmocka_run_group_tests_name("ticket_lock", tests, NULL, NULL);
}
