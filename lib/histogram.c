/* SPDX-License-Identifier: BSD-2-Clause */
/* Four buckets to a power of two: no bucket is wider than a quarter of the values in it. */
#include <kernel/bitops.h>
#include <kernel/histogram.h>
#include <kernel/math.h>

#define SUB_SHIFT	2u
#define SUBS		(1u << SUB_SHIFT)
#define BAR_COLUMNS	40u

static unsigned int bucket_of(u64 value)
{
	unsigned int power, bucket;

	if (value < SUBS)
		return (unsigned int)value;
	power = fls64(value) - 1 - SUB_SHIFT;
	bucket = (power + 1) * SUBS + (unsigned int)(value >> power & (SUBS - 1));
	return min(bucket, HISTOGRAM_BUCKETS - 1);
}

static u64 first_of(unsigned int bucket)
{
	if (bucket < SUBS)
		return bucket;
	return (u64)(SUBS + bucket % SUBS) << (bucket / SUBS - 1);
}

void histogram_add(struct histogram *h, u64 value)
{
	if (!h->count || value < h->min)
		h->min = value;
	h->max = max(h->max, value);
	h->count++;
	h->sum += value;
	h->of[bucket_of(value)]++;
}

void histogram_join(struct histogram *h, const struct histogram *from)
{
	if (!from->count)
		return;
	h->min = h->count ? min(h->min, from->min) : from->min;
	h->max = max(h->max, from->max);
	h->count += from->count;
	h->sum += from->sum;
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		h->of[i] += from->of[i];
}

u64 histogram_permille(const struct histogram *h, unsigned int permille)
{
	u64 seen = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		seen += h->of[i];
		if (seen * 1000 >= h->count * permille)
			return min(first_of(i + 1) - 1, h->max);
	}
	return h->max;
}

void histogram_show(struct seq_file *m, const struct histogram *h, const char *unit)
{
	static const char bar[BAR_COLUMNS + 1] = "########################################";
	u32 most = 1;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++)
		most = max(most, h->of[i]);
	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		unsigned int columns = (unsigned int)((u64)h->of[i] * BAR_COLUMNS / most);

		if (h->of[i])
			seq_printf(m, "%8llu - %8llu %s %8u %.*s\n",
				   (unsigned long long)first_of(i),
				   (unsigned long long)(i + 1 < HISTOGRAM_BUCKETS ?
							first_of(i + 1) - 1 : h->max),
				   unit, h->of[i], (int)columns, bar);
	}
}
