/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_NODE_THREAD_H
#define MM_PAGE_NODE_THREAD_H

/* A thread of a node that is told what is wanted of it (node_thread.c); NODE_THREADS. */
#include <kernel/thread.h>

struct node_thread {
	struct thread *thread;		/* [c] NULL: there is none */
	u32 wanted;			/* [a] a bit for each kind of work; the highest: it rests */
	char name[16];			/* [c] */
};
#define NODE_THREAD_KINDS	31

/* Boot: a thread for an online node; fn gets n. -ENOMEM is said. */
int node_thread_start(struct node_thread *n, const char *what, int nid, thread_fn fn,
		      unsigned int priority);
/* Adds a kind of work. The thread is woken, unless it knows or rests. Any context. */
void node_thread_want(struct node_thread *n, unsigned int kind);

/* For the thread itself: the kinds that were added since the last call. */
u32 node_thread_take(struct node_thread *n);
/* It sleeps until work is added, if there is none. */
void node_thread_block(struct node_thread *n);
/* It does nothing for so long, whatever is added, unless thread_wake() is called. */
void node_thread_rest(struct node_thread *n, u64 us);

#endif /* MM_PAGE_NODE_THREAD_H */
