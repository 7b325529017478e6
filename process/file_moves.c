/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls that move bytes. */
#include <kernel/math.h>
#include <kernel/string.h>
#include <mm/slab.h>

#include <process/signal.h>

#include "file_calls.h"

#define IOV_MAX		1024u
/* Pieces of a program's list that are looked at in one go. */
#define IOV_FEW		8u

typedef long (*move_fn)(struct file *f, struct io *io);

/* Another thread may close the file meanwhile. */
static __noinline long move_shared(unsigned long fd, unsigned long base, unsigned long bytes,
				   move_fn move_file)
{
	struct file *f = current_file(fd);
	struct io io = io_user(base, bytes);
	long done;

	if (!f)
		return -EBADF;
	done = move_file(f, &io);
	file_put(f);
	return done;
}

static __always_inline long move(unsigned long fd, unsigned long base, unsigned long bytes,
				 move_fn move_file)
{
	const struct files *files = calling_process()->files;
	struct io io = io_user(base, bytes);
	struct file *f;

	if (unlikely(!files_are_own(files)))
		return move_shared(fd, base, bytes, move_file);
	f = files_peek(files, (unsigned int)fd);
	if (unlikely(!f))
		return -EBADF;
	return move_file(f, &io);
}

SYSCALL(read)
{
	return move(a0, a1, a2, file_read);
}

SYSCALL(write)
{
	return move(a0, a1, a2, file_write);
}

static long move_at(unsigned long fd, unsigned long base, unsigned long bytes, unsigned long pos,
		    long (*move_file)(struct file *f, struct io *io, u64 pos))
{
	struct file *f = current_file(fd);
	struct io io = io_user(base, bytes);
	long done;

	if (!f)
		return -EBADF;
	done = (long)pos < 0 ? -EINVAL : move_file(f, &io, pos);
	file_put(f);
	return done;
}

SYSCALL(pread64)
{
	return move_at(a0, a1, a2, a3, file_read_at);
}

SYSCALL(pwrite64)
{
	return move_at(a0, a1, a2, a3, file_write_at);
}

/* ---- lists of pieces ---- */

struct iovec {
	uintptr_t base;
	size_t len;
};

/* Is the list whole, and no longer in sum than a call may return? */
static long check_list(uintptr_t list, unsigned long nr)
{
	struct iovec few[IOV_FEW];
	size_t sum = 0;

	if (nr > IOV_MAX)
		return -EINVAL;
	for (unsigned long i = 0; i < nr; i++) {
		if (i % IOV_FEW == 0 &&
		    copy_from_user(few, list + i * sizeof(*few),
				   min(nr - i, (unsigned long)IOV_FEW) * sizeof(*few)))
			return -EFAULT;
		if (__builtin_add_overflow(sum, few[i % IOV_FEW].len, &sum) || (long)sum < 0)
			return -EINVAL;
	}
	return 0;
}

static long move_piece(struct file *f, const struct iovec *v, bool write, s64 pos)
{
	struct io io = io_user(v->base, v->len);

	if (pos >= 0)
		return write ? file_write_at(f, &io, (u64)pos) : file_read_at(f, &io, (u64)pos);
	return write ? file_write(f, &io) : file_read(f, &io);
}

/* Piece by piece until one is not moved whole; pos below 0: the file's own place. */
static long move_list(struct file *f, uintptr_t list, unsigned long nr, bool write, s64 pos)
{
	long err = check_list(list, nr), sum = 0;

	for (unsigned long i = 0; i < nr && !err; i++) {
		struct iovec v;
		long done;

		if (copy_from_user(&v, list + i * sizeof(v), sizeof(v)))
			return sum ? sum : -EFAULT;
		if (!v.len)
			continue;
		done = move_piece(f, &v, write, pos < 0 ? pos : pos + sum);
		if (done < 0)
			return sum ? sum : done;
		sum += done;
		if ((size_t)done < v.len)
			break;
	}
	return err ? err : sum;
}

static long move_call(unsigned long fd, uintptr_t list, unsigned long nr, bool write, s64 pos)
{
	struct file *f = current_file(fd);
	long done;

	if (!f)
		return -EBADF;
	done = move_list(f, list, nr, write, pos);
	file_put(f);
	return done;
}

SYSCALL(readv)
{
	return move_call(a0, a1, a2, false, -1);
}

SYSCALL(writev)
{
	return move_call(a0, a1, a2, true, -1);
}

SYSCALL(preadv)
{
	return (long)a3 < 0 ? -EINVAL : move_call(a0, a1, a2, false, (s64)a3);
}

SYSCALL(pwritev)
{
	return (long)a3 < 0 ? -EINVAL : move_call(a0, a1, a2, true, (s64)a3);
}

/* ---- sendfile ---- */

/* One piece by way of buf: how much went out, 0 at the end. What could not be written is not read
 * either, as far as the file has places. */
static long send_piece(struct file *out, struct file *in, u64 *pos, void *buf, size_t bytes)
{
	struct io from = io_kernel(buf, min(bytes, PAGE_SIZE)), to;
	long got = file_read_at(in, &from, *pos), put;

	if (got <= 0)
		return got;
	to = io_kernel(buf, (size_t)got);
	put = file_write(out, &to);
	if (put > 0)
		*pos += (u64)put;
	return put;
}

static long send(struct file *out, struct file *in, u64 *pos, size_t bytes)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL | __GFP_NOWARN);
	long done = 0, part = 1;

	if (!buf)
		return -ENOMEM;
	while (part > 0 && (size_t)done < bytes) {
		part = send_piece(out, in, pos, buf, bytes - (size_t)done);
		if (part > 0)
			done += part;
		if (part > 0 && signal_pending())
			break;
	}
	free_page((unsigned long)buf);
	return done ? done : part;
}

static long sendfile(struct file *out, struct file *in, uintptr_t place, size_t bytes)
{
	u64 pos = READ_ONCE(in->pos);
	long done;

	if (place && copy_from_user(&pos, place, sizeof(pos)))
		return -EFAULT;
	if ((s64)pos < 0 || in->ops->stream)
		return -EINVAL;
	done = send(out, in, &pos, min(bytes, (size_t)0x7ffff000));
	if (place)
		return copy_to_user(place, &pos, sizeof(pos)) ? -EFAULT : done;
	if (done > 0)
		(void)file_seek(in, (s64)pos, SEEK_SET);
	return done;
}

SYSCALL(sendfile)
{
	struct file *out = current_file(a0), *in = current_file(a1);
	long done = out && in ? sendfile(out, in, a2, a3) : -EBADF;

	file_put(out);
	file_put(in);
	return done;
}

/* ---- what is in a folder ---- */

struct dirent64 {
	u64 ino;
	s64 off;
	u16 reclen;
	u8 type;
	char name[];
} __packed;

#define DIRENT_BYTES(len)	ALIGN_UP(offsetof(struct dirent64, name) + (len) + 1, 8ul)

/* One entry to the program: its size, 0 when it does not fit, -EFAULT. */
static long put_entry(uintptr_t to, size_t room, const struct dir_seen *seen, u64 next)
{
	union {
		struct dirent64 entry;
		char bytes[DIRENT_BYTES(NAME_MAX)];
	} u;
	size_t bytes = DIRENT_BYTES(seen->len);

	if (bytes > room)
		return 0;
	memset(u.bytes, 0, bytes);
	u.entry = (struct dirent64){ .ino = seen->ino, .off = (s64)next, .reclen = (u16)bytes,
				     .type = (u8)(seen->mode >> 12 & 15) };
	memcpy(u.entry.name, seen->name, seen->len);
	return copy_to_user(to, u.bytes, bytes) ? -EFAULT : (long)bytes;
}

static long put_entries(struct file *f, uintptr_t to, size_t room)
{
	struct dir_seen *seen = kmalloc(sizeof(*seen), GFP_KERNEL | __GFP_NOWARN);
	u64 pos = f->pos;
	long done = 0, part = 1;

	if (!seen)
		return -ENOMEM;
	while (part > 0) {
		part = file_readdir(f, &pos, seen);
		if (part <= 0)
			break;
		part = put_entry(to + (size_t)done, room - (size_t)done, seen, pos);
		if (part > 0) {
			done += part;
			f->pos = pos;
		} else if (!part && !done) {
			part = -EINVAL;
		}
	}
	kfree(seen);
	return done ? done : part;
}

SYSCALL(getdents64)
{
	struct file *f = current_file(a0);
	long done;

	if (!f)
		return -EBADF;
	mutex_lock(&f->lock);
	done = f->flags & O_PATH ? -EBADF : put_entries(f, a1, min(a2, 0x7ffffffful));
	mutex_unlock(&f->lock);
	file_put(f);
	return done;
}
