/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_ELF_FILE_H
#define PROCESS_ELF_FILE_H

#include <kernel/types.h>

/*
 * What an ELF file of riscv64 says, for whoever starts it and for the plan. Nothing of it is
 * trusted; what is not sound is -ENOEXEC.
 */
#define ELF_SEGMENTS_MOST	32u
enum { ET_EXEC = 2, ET_DYN = 3 };
enum { PT_LOAD = 1, PT_INTERP = 3 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };

struct elf_header {
	u8 ident[16];				/* [o] as the file has them, from here on */
	u16 type, machine;			/* [o] */
	u32 version;				/* [o] */
	u64 entry, program_headers, section_headers;	/* [o] */
	u32 flags;				/* [o] */
	u16 header_bytes, program_header_bytes, nr_program_headers;	/* [o] */
	u16 section_header_bytes, nr_section_headers, names;		/* [o] */
};

struct elf_segment {
	u32 type, flags;			/* [o] as the file has them */
	u64 offset, start, physical, file_bytes, bytes, align;	/* [o] */
};

struct elf {
	struct elf_header header;		/* [o] */
	struct elf_segment segments[ELF_SEGMENTS_MOST];	/* [o] */
	unsigned int nr;			/* [o] */
};

/* Bytes that were read, fewer at the file's end, or an error. */
typedef long (*elf_read_fn)(void *file, u64 pos, void *buf, size_t bytes);

int elf_read(elf_read_fn read, void *file, struct elf *e);
/* The path of its interpreter, "" without one; the file has something to load. */
int elf_read_interpreter(elf_read_fn read, void *file, const struct elf *e, char *path,
			 size_t room);
/* The span of all segments, in whole pages. */
void elf_span(const struct elf *e, uintptr_t *low, uintptr_t *high);

/* Where programs go that may go anywhere: two thirds up; and where a stack ends. With ASLR a
 * program is up to so much higher, a stack lower, and what lies below it lower still. */
#define ELF_DYN_BASE	(USER_TOP / 3 * 2 & PAGE_MASK)
#define ELF_STACK_TOP	(USER_TOP - 16 * PAGE_SIZE)
#define ELF_CHANCE	(USER_TOP / 64)

/*
 * Pages that a program may come to need, in the order of what decides them: the file; its own
 * segments that may be written; the limits of heap and stack; and the tables for all of that.
 */
struct footprint {
	unsigned long text;		/* [o] shared with whoever has the file */
	unsigned long data, heap, stack, tables;	/* [o] */
};

/* interpreter NULL: there is none. Limits are bytes. */
void footprint_of(const struct elf *program, const struct elf *interpreter, u64 stack, u64 heap,
		  struct footprint *f);

/* What is the program's own, a page for a copy included. */
static inline unsigned long footprint_pages(const struct footprint *f)
{
	return f->data + f->heap + f->stack + f->tables + 1;
}

/* What a guarantee has to cover: the space that the program is started from holds a page, too. */
static inline unsigned long footprint_guarantee(const struct footprint *f)
{
	return footprint_pages(f) + 1;
}

#endif /* PROCESS_ELF_FILE_H */
