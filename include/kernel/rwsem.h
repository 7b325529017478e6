/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_RWSEM_H
#define KERNEL_RWSEM_H

#include <kernel/compiler.h>
#include <kernel/mutex.h>
#include <kernel/wait.h>

/* Without threads nobody can wait. */
#if defined(CONFIG_THREADS)

/*
 * A lock that many may have to read, or one to write. Once a writer waits no further reader comes
 * in, so that it waits for those at most who are in already; who comes later waits for the writer,
 * by priority, and lends it the priority. Readers are counted, not known: nobody lends them
 * anything, so that a reader keeps the lock for a short time. Process context; a reader must not
 * take the same lock again.
 */
struct rw_semaphore {
	u32 readers;			/* [a] who are in; RWSEM_WRITER: one has it, or waits */
	struct mutex writer;		/* [f] held by the one that writes, or waits for readers */
	struct semaphore left;		/* [f] the last reader has left a writer alone */
};

#define RWSEM_WRITER		(1u << 31)
#define RWSEM_INIT(name) \
	{ 0, { .waiters = WAITERS_INIT((name).writer.waiters), WAIT_KIND_INIT(#name) }, \
	  SEMAPHORE_INIT((name).left, 0) }
#define DECLARE_RWSEM(name)	struct rw_semaphore name = RWSEM_INIT(name)

#define init_rwsem(s) \
	do { \
		static const struct wait_kind __kind = { #s }; \
		\
		init_rwsem_kind(s, &__kind); \
	} while (0)
void init_rwsem_kind(struct rw_semaphore *s, const struct wait_kind *kind);
int down_read_slow(struct rw_semaphore *s, u64 us);
void up_read_slow(struct rw_semaphore *s);

static __always_inline bool __down_read_trylock(struct rw_semaphore *s)
{
	u32 readers = __atomic_load_n(&s->readers, __ATOMIC_RELAXED);

	while (!(readers & RWSEM_WRITER))
		if (__atomic_compare_exchange_n(&s->readers, &readers, readers + 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

static __always_inline bool down_read_trylock(struct rw_semaphore *s)
{
	bool taken = __down_read_trylock(s);

	WAIT_ORDER(if (taken) wait_order_taken(s, s->writer.kind))
	return taken;
}

static __always_inline void down_read(struct rw_semaphore *s)
{
	WAIT_ORDER(wait_order_take(s, s->writer.kind))
	if (unlikely(!__down_read_trylock(s)))
		(void)down_read_slow(s, WAIT_FOREVER);
}

/* 0, or -ETIMEDOUT. */
static inline __must_check int down_read_timeout(struct rw_semaphore *s, u64 us)
{
	int err;

	WAIT_ORDER(wait_order_take(s, s->writer.kind))
	err = __down_read_trylock(s) ? 0 : down_read_slow(s, us);
	WAIT_ORDER(if (err) wait_order_release(s))
	return err;
}

static __always_inline void up_read(struct rw_semaphore *s)
{
	WAIT_ORDER(wait_order_release(s))
	if (unlikely(__atomic_fetch_sub(&s->readers, 1, __ATOMIC_RELEASE) == (RWSEM_WRITER | 1)))
		up_read_slow(s);
}

void down_write(struct rw_semaphore *s);
int down_write_timeout(struct rw_semaphore *s, u64 us) __must_check;
bool down_write_trylock(struct rw_semaphore *s) __must_check;
void up_write(struct rw_semaphore *s);
/* The writer goes on as a reader; no other writer comes in between. */
void downgrade_write(struct rw_semaphore *s);

#endif /* CONFIG_THREADS */
#endif /* KERNEL_RWSEM_H */
