/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_HISTOGRAM_H
#define KERNEL_HISTOGRAM_H

#include <kernel/seq_file.h>
#include <kernel/types.h>

/* Numbers by their size: buckets of a width that grows with the number, four to a power of two. */
#define HISTOGRAM_BUCKETS	96u

struct histogram {
	u64 count, sum, min, max;
	u32 of[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, u64 value);
/* Adds all of from to h. */
void histogram_join(struct histogram *h, const struct histogram *from);
/* The value below or at which that part of 1,000 lies, rounded up to the end of its bucket. */
u64 histogram_permille(const struct histogram *h, unsigned int permille);
/* A line for each bucket that is not empty: from, to, how many, a bar. */
void histogram_show(struct seq_file *m, const struct histogram *h, const char *unit);

#endif /* KERNEL_HISTOGRAM_H */
