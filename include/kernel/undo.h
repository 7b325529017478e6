/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_UNDO_H
#define KERNEL_UNDO_H

#include <kernel/types.h>

/*
 * Stands where what was begun is taken back, and says which fault leads there. Tests count which of
 * these ways they take (scripts/undo.py); elsewhere there is no byte of it.
 */
#ifdef COUNT_UNDO
#define UNDO_PATH(fault) \
	do { \
		static u8 known;	/* [a] */ \
\
		if (!__atomic_exchange_n(&known, 1, __ATOMIC_RELAXED)) \
			undo_path_taken(__FILE__, __func__, fault); \
	} while (0)

void undo_path_taken(const char *file, const char *function, const char *fault);
#else
#define UNDO_PATH(fault)	do { } while (0)
#endif

#endif /* KERNEL_UNDO_H */
