/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_PROGRESS_H
#define KERNEL_PROGRESS_H

#include <kernel/types.h>

/*
 * Shows how far long work has come, on a line of the console that is written anew once a second and
 * wiped before anything else is written. Process context, boot CPU.
 */
struct progress {
	u64 start_us, next_us;		/* [s] */
	bool visible, shown;		/* [s] */
};

/* If it is not visible nothing is written, but Ctrl-C is looked for all the same. */
void progress_begin(struct progress *p, bool visible);

/* Says what is being done, and how much of total (0: nobody knows). Returns false when Ctrl-C was
 * typed. */
bool progress_go_on(struct progress *p, const char *what, u64 done, u64 total);

/* To be called before other text, and at the end. */
void progress_wipe(struct progress *p);

#endif /* KERNEL_PROGRESS_H */
