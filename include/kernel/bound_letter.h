/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_BOUND_LETTER_H
#define KERNEL_BOUND_LETTER_H

/* A letter of the formulas of a table of bounds, and what it is here. */
struct bound_letter {
	char letter;
	unsigned long value;
	const char *what;
};

#endif /* KERNEL_BOUND_LETTER_H */
