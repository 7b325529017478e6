/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PROGRESS_H
#define KERNEL_PROGRESS_H

#include <kernel/types.h>

/*
 * How far work has come that takes long: a line on the console, written anew once a second and
 * wiped before anything else is written. Process context, boot CPU.
 */
struct progress {
	u64 start_us, next_us;		/* [s] */
	bool visible, shown;		/* [s] */
};

/* Not visible: nothing is written, and Ctrl-C is looked for all the same. */
void progress_begin(struct progress *p, bool visible);

/* What is being done, and how much of total, 0 when nobody knows. False when Ctrl-C was typed. */
bool progress_go_on(struct progress *p, const char *what, u64 done, u64 total);

/* Before other text, and at the end. */
void progress_wipe(struct progress *p);

#endif /* KERNEL_PROGRESS_H */
