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

/* Who says that there is RAM from base on: the path of a memory node. */
const char *source_of_ram(const struct plan_input *in, uint64_t base);

/* Who put a reserved range where it is. */
const char *source_of_reserved(const struct plan_input *in, const struct report_range *range);

#endif /* PLAN_SOURCE_H */
