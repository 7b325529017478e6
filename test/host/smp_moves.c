/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Movers against users, on CPUs that are threads: some CPUs make areas whose pages move, read and
 * write them while they are pinned, and free them, while others empty pageblocks at random. Built a
 * second time under the thread sanitizer, for which a page that is copied while its owner has it
 * pinned is a race.
 */
#include "common/audit.h"
#include "common/boot.h"

#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/smp.h>
#include <mm/page_isolation.h>
#include <mm/slab.h>
#include <mm/snapshot.h>
#include <mm/vmalloc.h>

#define CPUS		MIN_CONST(CONFIG_NR_CPUS, 8)
#define MOVERS		(CPUS / 2)
#define RAM_BASE	0x80000000ul
#define RAM_BYTES	(64ul << 20)
#define AREAS		12u
#define PAGES_MOST	40ul
#define STEP		64u		/* words between those that are looked at */

static struct random_plan plan;
static u32 users;			/* who is not done */
static u64 emptied, stayed;		/* pageblocks */

/* ---- users ---- */

struct area {
	char *va;
	unsigned long pages;
	u64 token;
};

/* The area is pinned: its frames stay. */
static void write_words(struct area *a, u64 token)
{
	a->token = token;
	for (unsigned long page = 0; page < a->pages; page++) {
		u64 *word = page_address(vmalloc_to_page(a->va + page * PAGE_SIZE));

		for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*word); i += STEP)
			word[i] = token + page * PAGE_SIZE + i;
	}
}

static void check_words(const struct area *a)
{
	for (unsigned long page = 0; page < a->pages; page++) {
		const u64 *word = page_address(vmalloc_to_page(a->va + page * PAGE_SIZE));

		for (unsigned int i = 0; i < PAGE_SIZE / sizeof(*word); i += STEP)
			if (word[i] != a->token + page * PAGE_SIZE + i)
				fail_msg("page %lu of %lu has lost what was written", page,
					 a->pages);
	}
}

/* Takes, uses or frees an area. */
static void use(struct rng *rng, struct area *a)
{
	bool is_new = !a->va;

	if (is_new) {
		a->pages = 1 + rng_below(rng, PAGES_MOST);
		a->va = vmalloc_movable(a->pages * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
		if (!a->va)
			return;
	}
	assert_int_equal(vm_pin(a->va, "a user"), 0);
	if (!is_new)
		check_words(a);
	write_words(a, rng_next(rng));
	vm_unpin(a->va);
	if (rng_below(rng, 8) == 0) {
		vfree(a->va);
		a->va = NULL;
	}
}

static void user(void *arg)
{
	struct rng rng = { plan.seed + (unsigned long)arg };
	struct area areas[AREAS] = { { .va = NULL } };

	for (u64 i = 0; i < plan.operations / (CPUS - MOVERS); i++)
		use(&rng, &areas[rng_below(&rng, AREAS)]);
	for (unsigned int i = 0; i < AREAS; i++)
		vfree(areas[i].va);
	__atomic_fetch_sub(&users, 1, __ATOMIC_RELEASE);
}

/* ---- movers ---- */

/* Empties pageblocks: what is in the way is pinned, or no owner has it yet, or any more. */
static void mover(void *arg)
{
	struct rng rng = { plan.seed ^ ~(unsigned long)arg };
	unsigned long nr_pageblocks = PFN_DOWN(RAM_BYTES) / pageblock_nr_pages;
	u64 nr_emptied = 0, nr_stayed = 0;

	while (__atomic_load_n(&users, __ATOMIC_ACQUIRE)) {
		unsigned long pfn = PFN_DOWN(RAM_BASE) +
				    rng_below(&rng, nr_pageblocks) * pageblock_nr_pages;
		struct page_obstacle o;
		int err;

		if (start_isolate_page_range(pfn, pfn + pageblock_nr_pages, &o))
			continue;
		err = evacuate_range(pfn, pfn + pageblock_nr_pages, GFP_KERNEL | __GFP_NOWARN, &o);
		undo_isolate_page_range(pfn, pfn + pageblock_nr_pages);
		assert_true(err == 0 || err == -EBUSY || err == -ENOMEM);
		nr_emptied += err == 0;
		nr_stayed += err != 0;
	}
	__atomic_fetch_add(&emptied, nr_emptied, __ATOMIC_RELAXED);
	__atomic_fetch_add(&stayed, nr_stayed, __ATOMIC_RELAXED);
}

/* proves MV2, VB1, VB2 */
static void movers_against_users(void **state)
{
	static struct cpu_work works[CPUS];
	unsigned long stacks_pages;

	(void)state;
	if (CPUS < 4)
		skip();
	boot_ram(RAM_BYTES, CPUS);
	kmem_cache_init();
	host_start_cpus();
	stacks_pages = vmalloc_pages();
	users = CPUS - MOVERS;
	for (unsigned int cpu = 1; cpu < CPUS; cpu++) {
		works[cpu] = (struct cpu_work){ .fn = cpu <= MOVERS ? mover : user,
						.arg = (void *)(unsigned long)cpu };
		assert_int_equal(cpu_work_start(cpu, &works[cpu]), 0);
	}
	user(NULL);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		cpu_work_wait(&works[cpu]);
	printf("# %llu pageblocks emptied, %llu not\n", (unsigned long long)emptied,
	       (unsigned long long)stayed);
	assert_true(emptied > 0);
	for (unsigned int cpu = 1; cpu < CPUS; cpu++)
		assert_int_equal(cpu_down(cpu), 0);
	assert_int_equal(vmalloc_pages(), stacks_pages);
	assert_int_equal(audit_errors(NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(movers_against_users),
	};

	plan = random_plan(argc, argv, 20000, 1000000);
	return cmocka_run_group_tests_name("smp_moves", tests, NULL, NULL);
}
