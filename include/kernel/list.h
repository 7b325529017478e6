/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_LIST_H
#define KERNEL_LIST_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Rings: a head, and members that lie in structs of the user's. Adding and removing are a few
 * stores whatever the ring's length. A member that is on no ring points to itself, as an empty head
 * does, once INIT_LIST_HEAD() or list_del_init() has seen it.
 */
struct list_head {
	struct list_head *prev, *next;	/* [o] the guard of the ring that it is on */
};

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }

static __always_inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->prev = list->next = list;
}

static __always_inline bool list_empty(const struct list_head *list)
{
	return list->next == list;
}

static __always_inline void list_insert_between(struct list_head *new, struct list_head *prev,
						struct list_head *next)
{
	new->prev = prev;
	new->next = next;
	next->prev = new;
	/* Others may look, without the lock, whether a ring is empty. */
	WRITE_RELAXED(prev->next, new);
}

/* First, or last, of the ring of head. */
static __always_inline void list_add(struct list_head *new, struct list_head *head)
{
	list_insert_between(new, head, head->next);
}

static __always_inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	list_insert_between(new, head->prev, head);
}

/* The member's own links stay what they were. */
static __always_inline void list_del(struct list_head *old)
{
	struct list_head *prev = old->prev, *next = old->next;

	next->prev = prev;
	WRITE_RELAXED(prev->next, next);
}

/* Of a member: is it alone? Needs no look at the head, also right behind list_del(). */
static __always_inline bool list_is_only(const struct list_head *member)
{
	return member->prev == member->next;
}

static __always_inline void list_del_init(struct list_head *old)
{
	list_del(old);
	INIT_LIST_HEAD(old);
}

#define list_entry(ptr, type, member)		container_of(ptr, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)

/* The body may not remove pos. */
#define list_for_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)

#endif /* KERNEL_LIST_H */
