/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads on the machine itself: order, preemption, ends, and what is left behind. */
#include <kernel/bitops.h>
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/audit.h>
#include <mm/snapshot.h>
#include <test/ktest.h>

#define HERE		cpumask_of(smp_processor_id())
#define URGENT		(CONFIG_SHELL_PRIORITY - 1)
#define SAME		CONFIG_SHELL_PRIORITY
#define LATER		(CONFIG_SHELL_PRIORITY + 1)

BUILD_ASSERT(CONFIG_SHELL_PRIORITY > 0 && LATER < CONFIG_NR_PRIORITIES,
	     "the cases need a priority on either side of the shell's");

static void say_broken(void *t, const char *line)
{
	ktest_fail(t, __FILE__, __LINE__, "%s", line);
}

static void expect_sound(struct ktest *t)
{
	struct audit a;

	KTEST_EXPECT_EQ(t, machine_audit(&a, say_broken, t), 0);
}

static char order[64];		/* [t] */
static unsigned int ordered;	/* [a] */

static void begin(void)
{
	ordered = 0;
	for (unsigned int i = 0; i < sizeof(order); i++)
		order[i] = 0;
}

static void note(void *arg)
{
	unsigned int at = __atomic_fetch_add(&ordered, 1, __ATOMIC_RELAXED);

	order[at % sizeof(order)] = *(const char *)arg;
}

static struct thread *make(const char *name, thread_fn fn, void *arg, unsigned int priority,
			   cpumask_t cpus)
{
	return thread_create(&(struct thread_params){ .name = name, .fn = fn, .arg = arg,
						      .priority = priority, .affinity = cpus });
}

static void the_urgent_one_runs_at_once(struct ktest *t)
{
	struct thread *a, *b;

	begin();
	a = make("later", note, "b", LATER, HERE);
	b = make("urgent", note, "a", URGENT, HERE);
	KTEST_ASSERT(t, a && b);
	KTEST_EXPECT_EQ(t, ordered, 1);
	thread_yield();
	/* This thread is more urgent than the other. */
	KTEST_EXPECT_EQ(t, ordered, 1);
	thread_join(a);
	thread_join(b);
	KTEST_EXPECT_EQ(t, order[0], 'a');
	KTEST_EXPECT_EQ(t, order[1], 'b');
	expect_sound(t);
}

static void note_and_yield(void *arg)
{
	for (unsigned int i = 0; i < 3; i++) {
		note(arg);
		thread_yield();
	}
}

static void equals_take_turns(struct ktest *t)
{
	struct thread *a, *b, *c;

	begin();
	a = make("a", note_and_yield, "a", SAME, HERE);
	b = make("b", note_and_yield, "b", SAME, HERE);
	c = make("c", note_and_yield, "c", SAME, HERE);
	KTEST_ASSERT(t, a && b && c);
	thread_join(a);
	thread_join(b);
	thread_join(c);
	for (unsigned int i = 0; i < 9; i++)
		KTEST_EXPECT_EQ(t, order[i], "abc"[i % 3]);
}

static void sleep_once(void *arg)
{
	thread_block();
	note(arg);
}

static void a_wake_up_preempts(struct ktest *t)
{
	struct thread *a;

	begin();
	a = make("sleeper", sleep_once, "a", URGENT, HERE);
	KTEST_ASSERT(t, a);
	KTEST_EXPECT_EQ(t, ordered, 0);
	preempt_disable();
	thread_wake(a);
	KTEST_EXPECT_EQ(t, ordered, 0);
	preempt_enable();
	KTEST_EXPECT_EQ(t, ordered, 1);
	thread_join(a);
}

static void interrupts_off_put_it_off(struct ktest *t)
{
	unsigned long flags;
	struct thread *a;

	begin();
	a = make("sleeper", sleep_once, "a", URGENT, HERE);
	KTEST_ASSERT(t, a);
	flags = arch_local_irq_save();
	thread_wake(a);
	KTEST_EXPECT_EQ(t, ordered, 0);
	arch_local_irq_restore(flags);
	KTEST_EXPECT_EQ(t, __atomic_load_n(&ordered, __ATOMIC_RELAXED), 1);
	thread_join(a);
}

static void a_wake_up_is_not_lost(struct ktest *t)
{
	thread_wake(current_thread());
	thread_wake(current_thread());
	/* It came before, and counts once. */
	thread_block();
	KTEST_EXPECT_EQ(t, current_thread()->wake_pending, false);
}

static void use_all(void *arg)
{
	volatile char deep[THREAD_STACK_DEFAULT / 2];

	deep[0] = 1;
	note(arg);
	thread_exit(42 + deep[0]);
}

static void ends_are_told_and_leave_nothing(struct ktest *t)
{
	unsigned long before = node_stack_pages(0);

	begin();
	for (unsigned int i = 0; i < 100; i++) {
		struct thread *a = make("short", use_all, "a", i % 2 ? URGENT : LATER, HERE);

		KTEST_ASSERT(t, a);
		KTEST_EXPECT_EQ(t, thread_join(a), 43);
	}
	KTEST_EXPECT_EQ(t, ordered, 100);
	for (unsigned int i = 0; i < 100; i++) {
		struct thread *a = make("detached", use_all, "a", i % 2 ? URGENT : LATER, HERE);

		KTEST_ASSERT(t, a);
		thread_detach(a);
	}
	while (__atomic_load_n(&ordered, __ATOMIC_RELAXED) < 200)
		thread_join(make("last", note, "z", LATER, HERE));
	/* Each new thread gives back two that have ended. */
	for (unsigned int i = 0; i < 100; i++)
		thread_join(make("last", note, "z", LATER, HERE));
	KTEST_EXPECT_EQ(t, node_stack_pages(0), before);
	expect_sound(t);
}

/* Threads that hand a baton round in a ring, wherever they run. */
#define RING		6u
#define LAPS		2000u

static struct ring {
	struct thread *of[RING];
	u32 baton;			/* [a] whose turn it is */
	u32 laps;			/* [a] */
} ring;					/* [t] */

static void hand_on(void *arg)
{
	unsigned int me = (unsigned int)(unsigned long)arg;

	for (unsigned int lap = 0; lap < LAPS; lap++) {
		while (__atomic_load_n(&ring.baton, __ATOMIC_ACQUIRE) != me)
			thread_block();
		__atomic_fetch_add(&ring.laps, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&ring.baton, (me + 1) % RING, __ATOMIC_RELEASE);
		if (lap < LAPS - 1 || me < RING - 1)
			thread_wake(ring.of[(me + 1) % RING]);
	}
}

static void a_ring_of_threads(struct ktest *t)
{
	ring.baton = RING;
	ring.laps = 0;
	for (unsigned long i = 0; i < RING; i++) {
		ring.of[i] = make("ring", hand_on, (void *)i, SAME + (i % 2), 0);
		KTEST_ASSERT(t, ring.of[i]);
	}
	__atomic_store_n(&ring.baton, 0, __ATOMIC_RELEASE);
	thread_wake(ring.of[0]);
	for (unsigned int i = 0; i < 20; i++)
		expect_sound(t);
	for (unsigned int i = 0; i < RING; i++)
		thread_join(ring.of[i]);
	KTEST_EXPECT_EQ(t, ring.laps, RING * LAPS);
	expect_sound(t);
}

/* The image's own thread: boot has made it ready before any suite runs. */
static u32 defined_ran;		/* [a] */

static void note_that_it_ran(void *arg)
{
	__atomic_store_n((u32 *)arg, current_thread()->priority, __ATOMIC_RELEASE);
}

THREAD_DEFINE(defined, note_that_it_ran, &defined_ran, LATER, 4096);

static void threads_of_the_image_run(struct ktest *t)
{
	for (unsigned int i = 0; i < 1000 && !__atomic_load_n(&defined_ran, __ATOMIC_ACQUIRE); i++)
		msleep(10);
	KTEST_EXPECT_EQ(t, __atomic_load_n(&defined_ran, __ATOMIC_ACQUIRE), LATER);
}

static bool roaming_ends;		/* [a] */
static u32 roamed[CONFIG_NR_CPUS];	/* [a] how often somebody was on the CPU */

static void roam(void *arg)
{
	unsigned long how = (unsigned long)arg;

	while (!__atomic_load_n(&roaming_ends, __ATOMIC_RELAXED)) {
		__atomic_fetch_add(&roamed[READ_ONCE(current_thread()->cpu)], 1, __ATOMIC_RELAXED);
		if (how % 2)
			usleep(50 + how * 17);
		else
			thread_yield();
	}
}

static void a_thread_goes_where_it_may_be(struct ktest *t)
{
	cpumask_t here = HERE;
	struct thread *a;
	unsigned int cpu;

	roaming_ends = false;
	a = make("roamer", roam, (void *)1, LATER, 0);
	KTEST_ASSERT(t, a);
	KTEST_EXPECT_EQ(t, thread_set_affinity(a, cpumask_of(CONFIG_NR_CPUS - 1) &
					       ~cpus_online()), (unsigned long long)-EINVAL);
	for_each_online_cpu(cpu) {
		KTEST_EXPECT_EQ(t, thread_set_affinity(a, cpumask_of(cpu)), 0);
		KTEST_EXPECT_EQ(t, thread_set_affinity(current_thread(), cpumask_of(cpu)), 0);
		KTEST_EXPECT_EQ(t, smp_processor_id(), cpu);
		msleep(3);
		__atomic_store_n(&roamed[cpu], 0, __ATOMIC_RELAXED);
		msleep(3);
		KTEST_EXPECT(t, __atomic_load_n(&roamed[cpu], __ATOMIC_RELAXED));
		KTEST_EXPECT_EQ(t, a->cpu, cpu);
	}
	KTEST_EXPECT_EQ(t, thread_set_affinity(current_thread(), here), 0);
	__atomic_store_n(&roaming_ends, true, __ATOMIC_RELAXED);
	thread_join(a);
	expect_sound(t);
}

#define ROAMERS		8u
#define COMINGS		10u

/* Threads that sleep and yield are moved off a CPU that goes, and find it again when it comes. */
static void cpus_go_under_threads(struct ktest *t)
{
	unsigned int cpu = fls64(cpus_online()) - 1;
	struct thread *of[ROAMERS];

	if (!cpu) {
		t->skip = "there is one CPU";
		return;
	}
	roaming_ends = false;
	for (unsigned long i = 0; i < ROAMERS; i++) {
		of[i] = make("roamer", roam, (void *)i, LATER, i % 3 ? 0 : cpumask_of(cpu));
		KTEST_ASSERT(t, of[i]);
	}
	for (unsigned int i = 0; i < COMINGS; i++) {
		KTEST_EXPECT_EQ(t, cpu_down(cpu), 0);
		msleep(1);
		KTEST_EXPECT_EQ(t, cpu_up(cpu), 0);
		msleep(1);
	}
	__atomic_store_n(&roaming_ends, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < ROAMERS; i++)
		thread_join(of[i]);
	expect_sound(t);
}

static const struct ktest_case thread_cases[] = {
	KTEST_CASE(threads_of_the_image_run),
	KTEST_CASE(the_urgent_one_runs_at_once),
	KTEST_CASE(equals_take_turns),
	KTEST_CASE(a_wake_up_preempts),
	KTEST_CASE(interrupts_off_put_it_off),
	KTEST_CASE(a_wake_up_is_not_lost),
	KTEST_CASE(ends_are_told_and_leave_nothing),
	KTEST_CASE(a_ring_of_threads),
	KTEST_CASE(a_thread_goes_where_it_may_be),
	KTEST_CASE(cpus_go_under_threads),
	{ }
};
KTEST_SUITE(threads, thread_cases, false);
