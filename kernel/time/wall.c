/* SPDX-License-Identifier: BSD-2-Clause */
/* The wall clock and the calendar. */
#include <kernel/compiler.h>
#include <kernel/time.h>
#include <kernel/wall.h>

#define DAY_SECONDS	86400u
/* A calendar repeats after 400 years. Its years here begin in March, so that the day that some of
 * them have more is their last. */
#define DAYS_OF_400	146097u
#define DAYS_OF_100	36524u
#define DAYS_OF_4	1461u
/* From 1 March of the year 0 to 1 January 1970. */
#define DAYS_TO_1970	719468u
/* 31 December 9999, the last second. */
#define LAST_SECOND	253402300799ull

static u64 distance_us;		/* [a] */
static bool known;		/* [a] */
static void (*watcher)(void);	/* [a] */

u64 time_wall_distance_us(void)
{
	return __atomic_load_n(&distance_us, __ATOMIC_RELAXED);
}

u64 time_wall_us(void)
{
	return time_wall_distance_us() + time_us();
}

void time_wall_set(u64 us)
{
	void (*changed)(void);

	__atomic_store_n(&distance_us, us - time_us(), __ATOMIC_SEQ_CST);
	__atomic_store_n(&known, true, __ATOMIC_RELAXED);
	changed = __atomic_load_n(&watcher, __ATOMIC_SEQ_CST);
	if (changed)
		changed();
}

void time_wall_watch(void (*changed)(void))
{
	__atomic_store_n(&watcher, changed, __ATOMIC_SEQ_CST);
}

bool time_wall_known(void)
{
	return __atomic_load_n(&known, __ATOMIC_RELAXED);
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

struct date date_of(u64 seconds)
{
	u64 time = seconds < LAST_SECOND ? seconds : LAST_SECOND;
	unsigned int rest = (unsigned int)(time % DAY_SECONDS);
	unsigned int days = (unsigned int)(time / DAY_SECONDS) + DAYS_TO_1970;
	unsigned int cycles = days / DAYS_OF_400, centuries, fours, years, month;
	struct date d = { .hour = rest / 3600, .minute = rest / 60 % 60, .second = rest % 60 };

	d.weekday = (days + 3) % 7;
	days %= DAYS_OF_400;
	/* The last of four parts has a day more. */
	centuries = least(days / DAYS_OF_100, 3);
	days -= centuries * DAYS_OF_100;
	fours = days / DAYS_OF_4;
	days %= DAYS_OF_4;
	years = least(days / 365, 3);
	days -= years * 365;
	/* Five months from March on have 153 days, and again. */
	month = (5 * days + 2) / 153;
	d.day = days - (153 * month + 2) / 5 + 1;
	d.month = month < 10 ? month + 3 : month - 9;
	d.year = 400 * cycles + 100 * centuries + 4 * fours + years + (month >= 10);
	return d;
}
