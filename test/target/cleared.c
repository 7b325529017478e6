/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that idle CPUs have cleared ahead are dropped by whoever empties their frames, while those
 * CPUs go on. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/movable.h>
#include <mm/snapshot.h>
#include <mm/user_page.h>
#include <test/ktest.h>

static bool is_cleared(const struct page *page)
{
	u32 kind = READ_ONCE(page->movable_kind);

	return page_state(page) == PG_MOVABLE &&
	       kind < (unsigned long)(__movable_kinds_end - __movable_kinds_start) &&
	       !strcmp(__movable_kinds_start[kind].name, "cleared");
}

/* Empties frames of one section; counts the pages that went, and those that their CPU took
 * meanwhile. */
static void drop_in(const struct section_snapshot *s, unsigned int *went, unsigned int *taken)
{
	for (unsigned long pfn = s->start_pfn; pfn < s->end_pfn; pfn++) {
		int err;

		if (!is_cleared(pfn_to_page(pfn)))
			continue;
		err = migrate_page(pfn, GFP_NOWAIT);
		*went += !err;
		*taken += err == -EAGAIN;
	}
}

static bool is_zero(const u64 *word)
{
	u64 bits = 0;

	for (size_t i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		bits |= word[i];
	return !bits;
}

/* proves CZ1 */
static void cleared_pages_are_dropped(struct ktest *t)
{
	unsigned int went = 0, taken = 0, made = 0;
	struct section_snapshot s;
	struct page *page;
	struct audit a;

	while (user_pages_clear_one())
		made++;
	for_each_section_snapshot(&s)
		if (!s.hotpluggable)
			drop_in(&s, &went, &taken);
	if (!went && !made) {
		t->skip = "memory is too small to clear pages ahead";
		return;
	}
	KTEST_EXPECT(t, went || taken);
	KTEST_EXPECT_EQ(t, machine_audit(&a, NULL, NULL), 0);
	page = user_page_alloc(true);
	KTEST_ASSERT(t, page);
	KTEST_EXPECT(t, is_zero(page_address(page)));
	user_page_put(page);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(cleared_pages_are_dropped),
	{ .name = NULL },
};
KTEST_SUITE(cleared, cases, false);
