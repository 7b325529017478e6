/* SPDX-License-Identifier: BSD-2-Clause */
/* What ELF files of riscv64 say, and what a program needs by that. Nothing but the file is looked
 * at, so that the plan reads files by the same code. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <arch/page.h>
#include <arch/user_table.h>

#include "elf_file.h"

#define EM_RISCV	243

static int read_whole(elf_read_fn read, void *file, u64 pos, void *buf, size_t bytes)
{
	long done = read(file, pos, buf, bytes);

	return done < 0 ? (int)done : (size_t)done == bytes ? 0 : -ENOEXEC;
}

static int check_segment(const struct elf_segment *seg)
{
	if (seg->type != PT_LOAD)
		return 0;
	if (seg->bytes < seg->file_bytes || seg->start >= USER_TOP ||
	    seg->bytes > USER_TOP - seg->start || seg->offset > (1ull << 40) ||
	    seg->file_bytes > (1ull << 40) || (seg->offset - seg->start) % PAGE_SIZE)
		return -ENOEXEC;
	return 0;
}

int elf_read(elf_read_fn read, void *file, struct elf *e)
{
	static const u8 magic[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	int err = read_whole(read, file, 0, &e->header, sizeof(e->header));

	if (err)
		return err == -ENOMEM ? err : -ENOEXEC;
	if (memcmp(e->header.ident, magic, sizeof(magic)) || e->header.machine != EM_RISCV ||
	    (e->header.type != ET_EXEC && e->header.type != ET_DYN) ||
	    e->header.program_header_bytes != sizeof(struct elf_segment) ||
	    !e->header.nr_program_headers || e->header.nr_program_headers > ELF_SEGMENTS_MOST)
		return -ENOEXEC;
	e->nr = e->header.nr_program_headers;
	err = read_whole(read, file, e->header.program_headers, e->segments,
			 e->nr * sizeof(struct elf_segment));
	for (unsigned int i = 0; !err && i < e->nr; i++)
		err = check_segment(&e->segments[i]);
	return err == -EINVAL ? -ENOEXEC : err;
}

int elf_read_interpreter(elf_read_fn read, void *file, const struct elf *e, char *path,
			 size_t room)
{
	bool loads = false;
	int err = 0;

	path[0] = 0;
	for (unsigned int i = 0; !err && i < e->nr; i++) {
		const struct elf_segment *seg = &e->segments[i];

		loads |= seg->type == PT_LOAD && seg->bytes;
		if (seg->type != PT_INTERP)
			continue;
		if (!seg->file_bytes || seg->file_bytes > room)
			return -ENOEXEC;
		err = read_whole(read, file, seg->offset, path, seg->file_bytes);
		if (!err && path[seg->file_bytes - 1])
			err = -ENOEXEC;
	}
	return err ? err : loads ? 0 : -ENOEXEC;
}

void elf_span(const struct elf *e, uintptr_t *low, uintptr_t *high)
{
	*low = ~0ul;
	*high = 0;
	for (unsigned int i = 0; i < e->nr; i++) {
		const struct elf_segment *seg = &e->segments[i];

		if (seg->type != PT_LOAD)
			continue;
		*low = min(*low, (uintptr_t)seg->start & PAGE_MASK);
		*high = max(*high, ALIGN_UP((uintptr_t)(seg->start + seg->bytes), PAGE_SIZE));
	}
}

/* ---- what a program needs ---- */

static void add_segments(const struct elf *e, struct footprint *f)
{
	for (unsigned int i = 0; i < e->nr; i++) {
		const struct elf_segment *seg = &e->segments[i];
		unsigned long pages = (ALIGN_UP((uintptr_t)(seg->start + seg->bytes), PAGE_SIZE) -
				       ((uintptr_t)seg->start & PAGE_MASK)) >> PAGE_SHIFT;

		if (seg->type != PT_LOAD || !seg->bytes)
			continue;
		if (seg->flags & PF_W)
			f->data += pages;
		else
			f->text += pages;
	}
}

/* Tables of the spans that two ranges lie in, of which a file that means ill may put either in
 * front of the other, or over it. */
static unsigned long tables_of(uintptr_t low, uintptr_t low_end, uintptr_t high, uintptr_t high_end)
{
	unsigned long tables = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++) {
		unsigned long size = LEVEL_SIZE(level), first = low / size, other = high / size;
		unsigned long last = (low_end - 1) / size, other_last = (high_end - 1) / size;
		unsigned long both = max(first, other), both_last = min(last, other_last);

		tables += last - first + 1 + other_last - other + 1;
		if (both <= both_last)
			tables -= both_last - both + 1;
	}
	return tables;
}

/* The same of a range that begins at any page. */
static unsigned long tables_anywhere(unsigned long bytes)
{
	unsigned long tables = 0;

	for (unsigned int level = 1; level <= ROOT_LEVEL; level++)
		tables += (bytes + 2 * LEVEL_SIZE(level) - PAGE_SIZE - 1) / LEVEL_SIZE(level);
	return tables;
}

static unsigned long tables_by_chance(const struct elf *program, const struct elf *interpreter,
				      u64 stack, u64 heap)
{
	uintptr_t low, high;
	unsigned long tables;

	elf_span(program, &low, &high);
	tables = tables_anywhere(high - low + heap);
	if (interpreter) {
		elf_span(interpreter, &low, &high);
		tables += tables_anywhere(high - low);
	}
	return tables + tables_anywhere(stack + 2 * PAGE_SIZE);
}

void footprint_of(const struct elf *program, const struct elf *interpreter, u64 stack, u64 heap,
		  struct footprint *f)
{
	uintptr_t low, high, from = ELF_STACK_TOP - stack, its_low, its_high;

	memset(f, 0, sizeof(*f));
	add_segments(program, f);
	elf_span(program, &low, &high);
	if (program->header.type == ET_DYN) {
		high = high - low + ELF_DYN_BASE;
		low = ELF_DYN_BASE;
	}
	if (interpreter) {
		add_segments(interpreter, f);
		elf_span(interpreter, &its_low, &its_high);
		/* Below the room that mmap() leaves the stack. */
		from -= (1ul << 20) + (its_high - its_low);
	}
	f->heap = heap >> PAGE_SHIFT;
	f->stack = stack >> PAGE_SHIFT;
	/* The page with the kernel's code lies above the stack. */
	f->tables = IS_ENABLED(CONFIG_ASLR) ?
		    tables_by_chance(program, interpreter, stack, heap) :
		    tables_of(low, high + heap, from, ELF_STACK_TOP + 2 * PAGE_SIZE);
}
