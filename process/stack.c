/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program finds on its stack when it begins, from the stack pointer upwards:
 *
 *	argc | argv ... 0 | envp ... 0 | auxiliary vector ... 0 | random bytes | strings
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <mm/address_space.h>
#include <mm/gfp.h>
#include <mm/vmalloc.h>
#include <arch/user_table.h>

#include "elf_file.h"
#include "internal.h"

enum {
	AT_NULL, AT_PHDR = 3, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS, AT_ENTRY,
	AT_UID = 11, AT_EUID, AT_GID, AT_EGID, AT_PLATFORM, AT_HWCAP, AT_CLKTCK, AT_SECURE = 23,
	AT_RANDOM = 25, AT_EXECFN = 31, AT_SYSINFO_EHDR = 33, AT_MINSIGSTKSZ = 51
};

/* I, M, A, F, D, C: a bit for each letter. */
#define HWCAP	(1u << 8 | 1u << 12 | 1u << 0 | 1u << 5 | 1u << 3 | 1u << 2)
#define CLOCK_TICKS	100
#define RANDOM_BYTES	16

/* Addresses of the strings from at on, which lie one behind the other. */
static u64 *write_vector(u64 *to, const char *text, unsigned int count, uintptr_t at)
{
	for (unsigned int i = 0; i < count; i++) {
		size_t bytes = strlen(text) + 1;

		*to++ = at;
		at += bytes;
		text += bytes;
	}
	*to++ = 0;
	return to;
}

static u64 *write_auxv(u64 *to, const struct elf_image *image, uintptr_t random_at,
		       uintptr_t name_at, uintptr_t vdso_at)
{
	const u64 rows[][2] = {
		{ AT_PHDR, image->headers }, { AT_PHENT, 56 }, { AT_PHNUM, image->nr_headers },
		{ AT_PAGESZ, PAGE_SIZE }, { AT_BASE, image->interpreter }, { AT_FLAGS, 0 },
		{ AT_ENTRY, image->program_entry }, { AT_UID, 0 }, { AT_EUID, 0 }, { AT_GID, 0 },
		{ AT_EGID, 0 }, { AT_HWCAP, HWCAP }, { AT_CLKTCK, CLOCK_TICKS }, { AT_SECURE, 0 },
		{ AT_RANDOM, random_at }, { AT_EXECFN, name_at }, { AT_MINSIGSTKSZ, 2048 },
		{ AT_SYSINFO_EHDR, vdso_at },
		{ AT_NULL, 0 },
	};

	memcpy(to, rows, sizeof(rows));
	return to + 2 * ARRAY_SIZE(rows);
}

long stack_fill(struct process *p, const struct exec_strings *s, const struct elf_image *image)
{
	size_t words = 1 + s->argc + 1 + s->envc + 1 + 2 * 19;
	uintptr_t strings_at = ALIGN_DOWN(p->space->stack_top - s->bytes, 16);
	uintptr_t random_at = strings_at - RANDOM_BYTES;
	uintptr_t sp = ALIGN_DOWN(random_at - words * sizeof(u64), 16);
	u64 random[RANDOM_BYTES / sizeof(u64)] = { get_random_u64(), get_random_u64() };
	u64 *table = kvmalloc(words * sizeof(u64), GFP_KERNEL | __GFP_NOWARN), *at = table;
	bool failed;

	if (!table)
		return -ENOMEM;
	*at++ = s->argc;
	at = write_vector(at, s->text, s->argc, strings_at);
	at = write_vector(at, s->text + s->env_at, s->envc, strings_at + s->env_at);
	write_auxv(at, image, random_at, strings_at, vdso_address(p->space));
	failed = copy_to_user(sp, table, words * sizeof(u64)) ||
		 copy_to_user(random_at, random, sizeof(random)) ||
		 copy_to_user(strings_at, s->text, s->bytes);
	kvfree(table);
	if (failed)
		return -ENOMEM;
	p->arguments_start = strings_at;
	p->arguments_end = p->environment_start = strings_at + s->env_at;
	p->environment_end = strings_at + s->bytes;
	return (long)sp;
}
