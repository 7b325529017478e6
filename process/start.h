/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_START_H
#define PROCESS_START_H

#include <kernel/types.h>

/* A stack grows to this where nobody says otherwise. */
#define START_STACK_BYTES	(8ull << 20)

struct admission;
struct mem_account;
struct process;

/* A program that the kernel starts. It stays where it is until the program has ended. */
struct program_start {
	const char *name;		/* [c] */
	const char *words;		/* [c] path and arguments, each with its end */
	unsigned int argc;		/* [c] */
	u64 stack_bytes, heap_bytes;	/* [c] limits; 0: the usual ones */
	struct admission *admission;	/* [c] NULL: it has no guarantee */
	struct mem_account *account;	/* [c] NULL: it has no limit */
	bool is_init;			/* [c] whoever loses its parent is its child */
	int error;			/* [o] why it did not begin, once it has ended */
};

/* NULL: no memory. The caller frees it once it is a zombie (process_free()). */
struct process *program_start(struct program_start *q) __must_check;

/* In words why a program did not begin: err is execve()'s. */
const char *program_fault(int err);

/* ---- programs.c ---- */

/* Starts what /etc/programs says, and starts it again, until nothing is left to be done. False:
 * there is no such file. */
bool programs_run(void);

#endif /* PROCESS_START_H */
