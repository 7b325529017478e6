/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_SOURCE_H
#define PLAN_SOURCE_H

#include "report.h"

/* What a plan was made from. A plan that was read from a file has no tree. */
struct plan_input {
	const char *name;		/* the file's name */
	const void *fdt;
};

/* The model of the board that the tree names, or fallback. Printable. */
const char *source_model(const struct plan_input *in, const char *fallback);

/* A text of the tree's or the user's, with "\xNN" for each byte that is not printable ASCII. */
const char *source_printable(const char *text);

/* Words for what span nr of the map is. */
const char *source_owner_words(const struct report *r, size_t nr);

/* Who says so: a memory node, a reservation of the tree, the boot loader, or boot itself. */
const char *source_of_span(const struct report *r, size_t nr);

#endif /* PLAN_SOURCE_H */
