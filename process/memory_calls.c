/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls about memory. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/file.h>
#include <fs/files.h>
#include <mm/address_space.h>
#include <process/syscalls.h>
#include <arch/smp.h>
#include <arch/user_table.h>

#include "internal.h"

#define PROT_READ_BIT	1u
#define PROT_WRITE_BIT	2u
#define PROT_EXEC_BIT	4u
#define PROT_KNOWN	(7u | 0x01000000u | 0x02000000u)

#define MAP_SHARED	0x01u
#define MAP_PRIVATE	0x02u
#define MAP_SHARED_VALIDATE 0x03u
#define MAP_TYPE	0x0fu
#define MAP_FIXED	0x10u
#define MAP_ANONYMOUS	0x20u
#define MAP_NOREPLACE	0x100000u

#define MREMAP_MAYMOVE	1u
#define MREMAP_FIXED	2u

#define MADV_DONTNEED	4
#define MADV_FREE	8
#define MADV_KNOWN	25

/* What can be written can be read: the tables know no other. */
static u32 rights_of(unsigned long prot)
{
	return (prot & (PROT_READ_BIT | PROT_WRITE_BIT | PROT_EXEC_BIT) ? VM_READ : 0) |
	       (prot & PROT_WRITE_BIT ? VM_WRITE : 0) | (prot & PROT_EXEC_BIT ? VM_EXEC : 0);
}

SYSCALL(brk)
{
	return (long)space_brk(calling_process()->space, a0);
}

/* The file of a mapping, with a count, and whether the mapping may be made. */
static int map_file(unsigned int fd, unsigned long prot, unsigned long flags, struct file **f)
{
	unsigned int mode;

	*f = files_get(current_process()->files, fd);
	if (!*f)
		return -EBADF;
	mode = (*f)->flags & O_ACCMODE;
	if (!file_can_map(*f))
		return -ENODEV;
	if (mode == O_WRONLY || ((flags & MAP_TYPE) != MAP_PRIVATE && prot & PROT_WRITE_BIT &&
				 mode != O_RDWR))
		return -EACCES;
	return 0;
}

/* What m says of its file is true; reference is who gives it back afterwards. */
static int choose_backing(struct map_request *m, unsigned long prot, unsigned long flags, int fd)
{
	struct file *f = NULL;
	int err;

	if (!(flags & MAP_ANONYMOUS)) {
		err = map_file((unsigned int)fd, prot, flags, &f);
		m->file = f;
		m->ops = &file_backing;
		if (f && f->flags & O_RDWR && m->flags & REGION_SHARED)
			m->flags |= REGION_MAY_WRITE;
		return err;
	}
	if (!(m->flags & REGION_SHARED))
		return 0;
	m->first_index = 0;
	m->flags |= REGION_MAY_WRITE;
	m->ops = &shared_backing;
	m->file = shared_new(ALIGN_UP(m->bytes, PAGE_SIZE));
	return m->file ? 0 : -ENOMEM;
}

SYSCALL(mmap)
{
	unsigned long type = a3 & MAP_TYPE;
	struct map_request m;
	long result;

	/* One by one: the compiler clears a whole request in small pieces first. */
	m.start = a0;
	m.bytes = a1;
	m.rights = rights_of(a2);
	m.flags = 0;
	m.file = NULL;
	m.ops = NULL;
	m.first_index = a5 >> PAGE_SHIFT;
	m.fixed = a3 & (MAP_FIXED | MAP_NOREPLACE);
	m.no_replace = a3 & MAP_NOREPLACE;
	if (a5 % PAGE_SIZE || !a1)
		return -EINVAL;
	if (type != MAP_PRIVATE) {
		if (type != MAP_SHARED && type != MAP_SHARED_VALIDATE)
			return -EINVAL;
		m.flags = REGION_SHARED;
		WRITE_ONCE(current_process()->space->has_shared, true);
	}
	result = choose_backing(&m, a2, a3, (int)a4);
	if (!result)
		result = space_map(calling_process()->space, &m);
	if (m.file)
		m.ops->put(m.file);
	return result;
}

SYSCALL(munmap)
{
	return space_unmap(calling_process()->space, a0, a1);
}

SYSCALL(mprotect)
{
	if (a2 & ~PROT_KNOWN)
		return -EINVAL;
	return space_protect(calling_process()->space, a0, a1, rights_of(a2));
}

SYSCALL(mremap)
{
	if (a3 & ~(MREMAP_MAYMOVE | MREMAP_FIXED) || a0 % PAGE_SIZE || !a1)
		return -EINVAL;
	return space_remap(calling_process()->space, a0, a1, a2, a3 & MREMAP_MAYMOVE,
			   a3 & MREMAP_FIXED, a4);
}

SYSCALL(madvise)
{
	struct address_space *s = calling_process()->space;
	size_t bytes = ALIGN_UP(a1, PAGE_SIZE);

	if (a0 % PAGE_SIZE || a2 > MADV_KNOWN || (a1 && !bytes))
		return -EINVAL;
	if (!bytes)
		return 0;
	if (a2 == MADV_DONTNEED || a2 == MADV_FREE)
		return space_discard(s, a0, bytes);
	return space_has(s, a0, bytes) ? 0 : -ENOMEM;
}

/* Memory is never written elsewhere: what is mapped stays. */
static long stays(uintptr_t start, size_t bytes)
{
	uintptr_t from = start & PAGE_MASK;

	if (!bytes)
		return 0;
	return space_has(calling_process()->space, from,
			 ALIGN_UP(start + bytes, PAGE_SIZE) - from) ? 0 : -ENOMEM;
}

SYSCALL(mlock)
{
	return stays(a0, a1);
}

SYSCALL(mlock2)
{
	return a2 & ~1ul ? -EINVAL : stays(a0, a1);
}

SYSCALL(munlock)
{
	return stays(a0, a1);
}

SYSCALL(mlockall)
{
	return !a0 || a0 & ~7ul ? -EINVAL : 0;
}

SYSCALL(munlockall)
{
	return 0;
}

SYSCALL(msync)
{
	return a0 % PAGE_SIZE || a2 & ~7ul ? -EINVAL : stays(a0, a1);
}

SYSCALL(mincore)
{
	size_t pages = ALIGN_UP(a1, PAGE_SIZE) >> PAGE_SHIFT;
	u8 here = 1;

	if (a0 % PAGE_SIZE)
		return -EINVAL;
	if (pages && !space_has(calling_process()->space, a0, pages << PAGE_SHIFT))
		return -ENOMEM;
	for (size_t i = 0; i < pages; i++)
		if (copy_to_user(a2 + i, &here, 1))
			return -EFAULT;
	return 0;
}

SYSCALL(riscv_flush_icache)
{
	flush_icache_all();
	return 0;
}
