/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_MANIFEST_H
#define PROCESS_MANIFEST_H

#include <kernel/types.h>

/*
 * The manifest: a line for each program of a board. The kernel starts by it, and the plan reads the
 * same lines. docs/processes.md says what they look like.
 */
#define MANIFEST_PATH		"/etc/programs"
#define MANIFEST_BYTES		4096u	/* of the file at most */
#define MANIFEST_ROWS		16u
#define MANIFEST_NAME_BYTES	16u
#define MANIFEST_COMMAND_BYTES	192u

enum manifest_restart { RESTART_NEVER, RESTART_ON_FAILURE, RESTART_ALWAYS };

struct manifest_row {
	char name[MANIFEST_NAME_BYTES];		/* [o] */
	char command[MANIFEST_COMMAND_BYTES];	/* [o] words, each with its end; first a path */
	unsigned int argc, command_bytes;	/* [o] */
	u64 guarantee, limit;			/* [o] bytes; 0: none */
	u64 stack, heap;			/* [o] bytes; 0: as without a manifest */
	enum manifest_restart restart;		/* [o] */
};

/* Reads a manifest into rows, *nr of them. NULL, or what is wrong with line *line. */
const char *manifest_parse(const char *text, size_t bytes, struct manifest_row *rows,
			   unsigned int *nr, unsigned int *line);

#endif /* PROCESS_MANIFEST_H */
