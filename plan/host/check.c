/* SPDX-License-Identifier: BSD-2-Clause */
/* The conditions on a plan before its build may be shipped: the budgets, and that it is the
 * expected plan. */
#include <stdio.h>

#include <kernel/math.h>
#include <mm/memblock.h>
#include <plan/plan.h>
#include <arch/page.h>

#include "budget.h"
#include "options.h"

/* Checks the budgets; the sentence about a broken one names the option. */
static bool check_budget(void)
{
	unsigned long free_mb = plan_free_pages() / (SZ_1M / PAGE_SIZE);
	int order = plan_largest_free_order();

	if (free_mb < plan_budget.free_mb) {
		fprintf(stderr, "plan: %lu MiB are free after boot, and CONFIG_PLAN_MIN_FREE_MB asks "
			"for %lu\n", free_mb, plan_budget.free_mb);
		return false;
	}
	if (order < plan_budget.largest_order) {
		fprintf(stderr, "plan: the largest block that is free after boot has order %d, and "
			"CONFIG_PLAN_MIN_LARGEST_ORDER asks for %d\n", order,
			plan_budget.largest_order);
		return false;
	}
	return true;
}

/*
 * A tree without the firmware's range is no tree that a firmware handed over, such as the one that
 * QEMU's dumpdtb writes: the kernel gets another, and boots with another digest.
 */
static void note_assumed_firmware(const struct plan_options *o)
{
	static bool noted;

	for (unsigned long i = 0; i < memblock_copy->reserved.cnt && !noted; i++) {
		const struct memblock_region *r = &memblock_copy->reserved.regions[i];

		if (!memblock_region_owned(r, "firmware (assumed)"))
			continue;
		fprintf(stderr, "plan: note: %s does not say where the firmware lies. A firmware "
			"that adds its own range, as OpenSBI does, makes boot's digest another "
			"one. Mend: plan with the tree that the firmware hands over "
			"(docs/plan.md, \"Whose tree\")\n", o->dtb);
		noted = true;
	}
}

bool plan_check(const struct plan_options *o)
{
	enum plan_verdict verdict;
	char why[PLAN_WHY_BYTES];

	if (!check_budget())
		return false;
	if (o->check || o->format == PLAN_CONFIG)
		note_assumed_firmware(o);
	if (!o->check)
		return true;
	verdict = plan_compare(plan_expected, why, sizeof(why));
	if (verdict == PLAN_DIFFERS)
		fprintf(stderr, "plan: digest 0x%016llx is none of CONFIG_PLAN_DIGEST: %s\n",
			(unsigned long long)plan_digest(), why);
	else if (verdict == PLAN_UNCHECKED)
		fprintf(stderr, "plan: --check: %s\n", why);
	return verdict == PLAN_AS_PLANNED;
}
