/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: a lock for many readers or one writer.
 *
 * Structure: a counter of readers, with a bit that says that a writer is in or waits; a mutex,
 * which that writer holds; and a semaphore, by which the last reader tells it that it is alone. A
 * reader that finds the bit waits for the mutex, and so lends its priority to the writer; it counts
 * itself while it holds the mutex, when no writer is there.
 *
 * Invariants:
 * RW1 While a writer is in, the counter is RWSEM_WRITER alone.
 * RW2 The bit is set if and only if the holder of the mutex writes, or waits for readers to leave.
 * RW3 up(left) comes once for each time that the counter became RWSEM_WRITER by a reader's leaving,
 *     and the writer takes it.
 *
 * Locking: the mutex and the counter's atomic operations.
 *
 * Bounds: those of a mutex; a writer waits for the readers that were in when it came.
 *
 * Configuration: THREADS.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/rwsem.h>

void init_rwsem_kind(struct rw_semaphore *s, const struct wait_kind *kind)
{
	s->readers = 0;
	mutex_init_kind(&s->writer, kind);
	sema_init(&s->left, 0);
}

/* ---- readers ---- */

int down_read_slow(struct rw_semaphore *s, u64 us)
{
	if (us == WAIT_FOREVER)
		mutex_lock(&s->writer);
	else if (mutex_lock_timeout(&s->writer, us))
		return -ETIMEDOUT;
	__atomic_fetch_add(&s->readers, 1, __ATOMIC_ACQUIRE);
	mutex_unlock(&s->writer);
	return 0;
}

void up_read_slow(struct rw_semaphore *s)
{
	up(&s->left);
}

/* ---- writers ---- */

/* The mutex is held. True: no reader is in. */
static bool shut_out_readers(struct rw_semaphore *s)
{
	return !__atomic_fetch_or(&s->readers, RWSEM_WRITER, __ATOMIC_ACQUIRE);
}

/* The last reader has said that it left. What it says it says of itself alone: that the others have
 * read what they wanted is seen by the counter. */
static void see_all_left(struct rw_semaphore *s)
{
	(void)__atomic_load_n(&s->readers, __ATOMIC_ACQUIRE);
}

/* Time is up. True: the last reader left all the same, and says so or has done so. */
static bool all_left_late(struct rw_semaphore *s)
{
	u32 readers = __atomic_load_n(&s->readers, __ATOMIC_RELAXED);

	while (readers != RWSEM_WRITER)
		if (__atomic_compare_exchange_n(&s->readers, &readers, readers & ~RWSEM_WRITER,
						false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return false;
	return true;
}

void down_write(struct rw_semaphore *s)
{
	mutex_lock(&s->writer);
	if (shut_out_readers(s))
		return;
	down(&s->left);
	see_all_left(s);
}

int down_write_timeout(struct rw_semaphore *s, u64 us)
{
	if (mutex_lock_timeout(&s->writer, us))
		return -ETIMEDOUT;
	if (shut_out_readers(s))
		return 0;
	if (down_timeout(&s->left, us)) {
		if (!all_left_late(s)) {
			mutex_unlock(&s->writer);
			return -ETIMEDOUT;
		}
		down(&s->left);
	}
	see_all_left(s);
	return 0;
}

bool down_write_trylock(struct rw_semaphore *s)
{
	u32 none = 0;

	if (!mutex_trylock(&s->writer))
		return false;
	if (__atomic_compare_exchange_n(&s->readers, &none, RWSEM_WRITER, false, __ATOMIC_ACQUIRE,
					__ATOMIC_RELAXED))
		return true;
	mutex_unlock(&s->writer);
	return false;
}

void up_write(struct rw_semaphore *s)
{
	ASSERT(READ_ONCE(s->readers) == RWSEM_WRITER,
	       "RW1: a writer leaves that was not alone, or not in");
	__atomic_fetch_and(&s->readers, ~RWSEM_WRITER, __ATOMIC_RELEASE);
	mutex_unlock(&s->writer);
}

void downgrade_write(struct rw_semaphore *s)
{
	ASSERT(READ_ONCE(s->readers) == RWSEM_WRITER,
	       "RW1: a writer that was not alone, or not in, becomes a reader");
	__atomic_store_n(&s->readers, 1, __ATOMIC_RELEASE);
	mutex_unlock(&s->writer);
	WAIT_ORDER(wait_order_taken(s, s->writer.kind))
}
