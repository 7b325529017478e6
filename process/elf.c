/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files of riscv64: what they say is untrusted. A segment is mapped from the file, page by page
 * as it is touched; where it ends within a page the rest of the page is 0.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/file.h>
#include <mm/address_space.h>
#include <mm/slab.h>
#include <arch/user_table.h>

#include "elf_file.h"
#include "internal.h"

static long read_file(void *file, u64 pos, void *buf, size_t bytes)
{
	return file_read_kernel(file, pos, buf, bytes);
}

int elf_check(struct file *f, char *interpreter, size_t room)
{
	struct elf e;
	int err = elf_read(read_file, f, &e);

	interpreter[0] = 0;
	return err ? err : elf_read_interpreter(read_file, f, &e, interpreter, room);
}

unsigned long elf_needs(struct file *f, struct file *interpreter, u64 stack)
{
	struct elf *both = kmalloc(2 * sizeof(*both), GFP_KERNEL | __GFP_NOWARN);
	struct footprint needs = { .data = 0 };

	if (both && !elf_read(read_file, f, &both[0]) &&
	    (!interpreter || !elf_read(read_file, interpreter, &both[1])))
		footprint_of(&both[0], interpreter ? &both[1] : NULL, stack, 0, &needs);
	kfree(both);
	return footprint_pages(&needs);
}

static u32 rights_of(const struct elf_segment *seg)
{
	return (seg->flags & PF_R ? VM_READ : 0) | (seg->flags & PF_W ? VM_READ | VM_WRITE : 0) |
	       (seg->flags & PF_X ? VM_READ | VM_EXEC : 0);
}

static int map(struct address_space *s, uintptr_t start, uintptr_t end, u32 rights,
	       struct file *f, u64 index)
{
	long at;

	if (start >= end)
		return 0;
	at = space_map(s, &(struct map_request){
		.start = start, .bytes = end - start, .rights = rights, .fixed = true,
		.file = f, .ops = f ? &file_backing : NULL, .first_index = index,
	});
	return at < 0 ? (int)at : 0;
}

/* The running thread sees the space, so that the end of the last page can be cleared. */
static int map_segment(struct file *f, struct address_space *s, const struct elf_segment *seg,
		       uintptr_t bias)
{
	uintptr_t start = bias + seg->start, from = start & PAGE_MASK;
	uintptr_t file_end = start + seg->file_bytes, end = start + seg->bytes;
	uintptr_t pages_end = ALIGN_UP(seg->file_bytes ? file_end : from, PAGE_SIZE);
	u32 rights = rights_of(seg);
	int err = map(s, from, pages_end, rights, f, (seg->offset & PAGE_MASK) >> PAGE_SHIFT);

	if (!err)
		err = map(s, pages_end, ALIGN_UP(end, PAGE_SIZE), rights, NULL, 0);
	if (!err && end > file_end && file_end < pages_end && rights & VM_WRITE &&
	    clear_user(file_end, pages_end - file_end))
		err = -ENOMEM;
	return err;
}

/* Where a file goes that may go anywhere. */
static long choose_bias(struct address_space *s, const struct elf *e, bool is_interpreter)
{
	uintptr_t low, high;
	long at;

	if (e->header.type != ET_DYN)
		return 0;
	elf_span(e, &low, &high);
	if (!is_interpreter)
		return (long)(ELF_DYN_BASE + address_chance() - low);
	at = space_map(s, &(struct map_request){ .bytes = high - low, .rights = 0 });
	return at < 0 ? at : at - (long)low;
}

int elf_load(struct file *f, struct address_space *s, struct elf_image *image, bool is_interpreter)
{
	struct elf e;
	int err = elf_read(read_file, f, &e);
	long bias = err ? err : choose_bias(s, &e, is_interpreter);

	if (bias < 0)
		return (int)bias;
	for (unsigned int i = 0; i < e.nr; i++) {
		const struct elf_segment *seg = &e.segments[i];

		if (seg->type != PT_LOAD || !seg->bytes)
			continue;
		err = map_segment(f, s, seg, (uintptr_t)bias);
		if (err)
			return err;
		image->end = max(image->end, (uintptr_t)bias + seg->start + seg->bytes);
		if (e.header.program_headers - seg->offset < seg->file_bytes && !is_interpreter)
			image->headers = (uintptr_t)bias + seg->start +
					 (e.header.program_headers - seg->offset);
	}
	image->entry = (uintptr_t)bias + e.header.entry;
	if (is_interpreter) {
		image->interpreter = (uintptr_t)bias;
		return 0;
	}
	image->bias = (uintptr_t)bias;
	image->program_entry = image->entry;
	image->nr_headers = e.nr;
	return 0;
}
