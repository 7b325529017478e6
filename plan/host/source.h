/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_SOURCE_H
#define PLAN_SOURCE_H

#include "report.h"

/* What a plan was made from. A plan that was read from a file has no tree. */
struct plan_input {
	const char *name;		/* of the file */
	const void *fdt;
};

/* Model of the board that the tree names; fallback without. Printable. */
const char *source_model(const struct plan_input *in, const char *fallback);

/* A text of the tree's or the user's with "\xNN" for what is no printable ASCII. */
const char *source_printable(const char *text);

/* What span nr of the map is, in words. */
const char *source_owner_words(const struct report *r, size_t nr);

/* Who says so: a memory node, a reservation of the tree, the boot loader, boot itself. */
const char *source_of_span(const struct report *r, size_t nr);

#endif /* PLAN_SOURCE_H */
