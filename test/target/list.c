/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/list.h>
#include <test/ktest.h>

struct item {
	int value;
	struct list_head link;
};

/* The values in order as decimal digits. */
static unsigned int digits(struct list_head *head)
{
	unsigned int number = 0;
	struct item *item;

	list_for_each_entry(item, head, link)
		number = number * 10 + (unsigned int)item->value;
	return number;
}

static void ends(struct ktest *t)
{
	struct item a = { .value = 1 }, b = { .value = 2 }, c = { .value = 3 };
	LIST_HEAD(head);

	KTEST_EXPECT(t, list_empty(&head));
	KTEST_EXPECT_EQ(t, digits(&head), 0);
	list_add(&a.link, &head);
	list_add_tail(&b.link, &head);
	list_add(&c.link, &head);
	KTEST_EXPECT_EQ(t, digits(&head), 312);
	KTEST_EXPECT(t, list_first_entry(&head, struct item, link) == &c);
}

static void removal(struct ktest *t)
{
	struct item items[5];
	struct list_head head;

	INIT_LIST_HEAD(&head);
	for (int i = 0; i < 5; i++) {
		items[i].value = i + 1;
		list_add_tail(&items[i].link, &head);
	}
	list_del(&items[2].link);
	KTEST_EXPECT_EQ(t, digits(&head), 1245);
	KTEST_EXPECT(t, !items[2].link.next && !items[2].link.prev);
	list_del(&items[0].link);
	list_del(&items[4].link);
	KTEST_EXPECT_EQ(t, digits(&head), 24);
}

static void removal_while_walking(struct ktest *t)
{
	struct item items[6], *item, *next;
	LIST_HEAD(head);

	for (int i = 0; i < 6; i++) {
		items[i].value = i + 1;
		list_add_tail(&items[i].link, &head);
	}
	list_for_each_entry_safe(item, next, &head, link) {
		if (item->value % 2)
			list_del(&item->link);
	}
	KTEST_EXPECT_EQ(t, digits(&head), 246);
	list_for_each_entry_safe(item, next, &head, link)
		list_del(&item->link);
	KTEST_EXPECT(t, list_empty(&head));
}

static const struct ktest_case cases[] = {
	KTEST_CASE(ends),
	KTEST_CASE(removal),
	KTEST_CASE(removal_while_walking),
	{ .name = NULL },
};
KTEST_SUITE(list, cases, false);
