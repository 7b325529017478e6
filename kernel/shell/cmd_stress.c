/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random use of the allocators by somebody who trusts nothing: every object carries a pattern
 * of its own that is checked before it goes back, so an object handed out twice, or a write
 * across a border, shows even when all counters agree. Afterwards everything is given back and
 * the whole of memory audited. The same seed on the same machine repeats the same run.
 */
#include <stdarg.h>

#include <kernel/bitops.h>
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/shell.h>
#include <kernel/sprintf.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <arch/time.h>

#include "internal.h"

#define MAX_OBJECTS	1024
/* A large block is marked in the first bytes of each page, a small object as a whole. */
#define MARK_BYTES	64
#define MAX_REPORTS	10
/* Ctrl-C is looked for once in so many operations. */
#define ROUND		256

/* One block of pages or one object of the slab, with what was written into it. */
struct object {
	void *va;			/* NULL: the row is free */
	size_t bytes;
	u64 token;
	u8 order;
	bool is_slab;
};

struct stress {
	struct seq_file *out;
	u64 random;
	u64 taken, given, refused, failures;
	unsigned long held_pages, most_pages;	/* now, and what must not be exceeded */
	struct object *objects;			/* MAX_OBJECTS */
};

/* xorshift64: state never 0. */
static u64 next_random(struct stress *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return s->random;
}

static __printf(2, 3) void failed(struct stress *s, const char *fmt, ...)
{
	va_list args;
	char text[128];

	if (s->failures++ >= MAX_REPORTS)
		return;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	seq_printf(s->out, "stress: %s\n", text);
}

/* Byte at offset of an object's pattern; differs between neighbours and between objects. */
static u8 pattern_byte(u64 token, size_t offset)
{
	return (u8)(token >> (offset % 8 * 8)) + (u8)offset;
}

/* Offset of the byte to mark after offset. */
static size_t next_mark(const struct object *o, size_t offset)
{
	offset++;
	if (o->bytes > PAGE_SIZE && offset % PAGE_SIZE == MARK_BYTES)
		offset += PAGE_SIZE - MARK_BYTES;
	return offset;
}

static void mark(const struct object *o)
{
	u8 *va = o->va;

	for (size_t i = 0; i < o->bytes; i = next_mark(o, i))
		va[i] = pattern_byte(o->token, i);
}

static bool marks_intact(const struct object *o)
{
	const u8 *va = o->va;

	for (size_t i = 0; i < o->bytes; i = next_mark(o, i)) {
		if (va[i] != pattern_byte(o->token, i))
			return false;
	}
	return true;
}

/* Small orders are common, each larger one half as likely, the largest not too rare. */
static unsigned int random_order(struct stress *s)
{
	u64 r = next_random(s);

	if (r % 64 == 0)
		return (unsigned int)(r >> 32) % NR_PAGE_ORDERS;
	return min((unsigned int)ctz64(r >> 8 | 1ull << 40), (unsigned int)MAX_ORDER);
}

/* Also checks what the allocator promises: natural alignment, and the zone that was asked for. */
static void take_pages(struct stress *s, struct object *o)
{
	static const gfp_t kinds[] = {
		GFP_KERNEL, GFP_MOVABLE, __GFP_RECLAIMABLE, GFP_DMA32, GFP_ATOMIC, __GFP_ZERO,
	};
	unsigned int order = random_order(s);
	gfp_t gfp = kinds[next_random(s) % ARRAY_SIZE(kinds)];
	struct page *page;

	if (s->held_pages + (1ul << order) > s->most_pages) {
		s->refused++;
		return;
	}
	page = alloc_pages(gfp | __GFP_NOWARN, order);
	if (!page) {
		s->refused++;
		return;
	}
	*o = (struct object){ .va = page_address(page), .bytes = PAGE_SIZE << order,
			      .order = (u8)order };
	s->held_pages += 1ul << order;
	if (page_to_pfn(page) & ((1ul << order) - 1))
		failed(s, "frame 0x%lx is not aligned to order %u", page_to_pfn(page), order);
	if ((gfp & __GFP_DMA32) && IS_ENABLED(CONFIG_ZONE_DMA32) &&
	    page_to_phys(page) >> 32)
		failed(s, "frame 0x%lx is not below 4 GiB", page_to_pfn(page));
}

static void take_slab(struct stress *s, struct object *o)
{
	u64 r = next_random(s);
	unsigned int shift = (unsigned int)(r % (CONFIG_KMALLOC_MAX_SHIFT + 1));
	size_t bytes;

	/* Few of the large ones, or they alone fill the table. */
	if (shift > 13 && r >> 8 & 7)
		shift = (unsigned int)(r >> 16) % 14;
	bytes = 1 + (r >> 24) % (1ul << shift);
	if (s->held_pages + PFN_UP(bytes) > s->most_pages) {
		s->refused++;
		return;
	}
	*o = (struct object){ .va = kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN), .bytes = bytes,
			      .is_slab = true };
	if (!o->va) {
		s->refused++;
		return;
	}
	s->held_pages += PFN_UP(bytes);
	if (ksize(o->va) < bytes)
		failed(s, "kmalloc(%zu) gave %zu bytes", bytes, ksize(o->va));
}

static void take(struct stress *s, struct object *o)
{
	bool slab = next_random(s) & 1;

	if (slab)
		take_slab(s, o);
	else
		take_pages(s, o);
	if (!o->va)
		return;
	o->token = next_random(s);
	mark(o);
	s->taken++;
}

static void give(struct stress *s, struct object *o)
{
	if (!marks_intact(o))
		failed(s, "%zu bytes at %p were overwritten", o->bytes, o->va);
	s->held_pages -= PFN_UP(o->bytes);
	if (o->is_slab)
		kfree(o->va);
	else
		free_pages((unsigned long)o->va, o->order);
	o->va = NULL;
	s->given++;
}

static void report_broken(void *ctx, const char *line)
{
	failed(ctx, "%s", line);
}

static void check_everything(struct stress *s)
{
	struct audit a;
	const char *broken;

	memory_audit(&a, report_broken, s);
	broken = slab_validate();
	if (broken)
		failed(s, "%s", broken);
}

/* Returns the number of operations carried out. */
static u64 run_operations(struct stress *s, u64 operations)
{
	for (u64 done = 0; done < operations; done++) {
		struct object *o = &s->objects[next_random(s) % MAX_OBJECTS];

		if (o->va)
			give(s, o);
		else
			take(s, o);
		if (done % ROUND == ROUND - 1 && console_interrupted())
			return done + 1;
	}
	return operations;
}

static int stress_run(struct seq_file *out, int argc, char **argv)
{
	struct stress s = { .out = out };
	u64 operations, seed = 0, done;

	if (argc < 2 || argc > 3) {
		seq_puts(out, "how many operations?\n");
		return shell_usage(out, argv[0]);
	}
	if (!parse_number(out, argv[1], &operations) ||
	    (argc == 3 && !parse_number(out, argv[2], &seed)))
		return -EINVAL;
	if (argc == 2)
		seed = arch_ticks();
	s.random = seed * 0x9e3779b97f4a7c15ull | 1;
	s.objects = alloc_pages_exact(MAX_OBJECTS * sizeof(*s.objects), GFP_KERNEL | __GFP_ZERO);
	if (!s.objects)
		return -ENOMEM;
	/* Half of what is free: enough for the paths of shortage, and the kernel lives on. */
	s.most_pages = nr_free_pages() / 2;
	seq_printf(out, "stress: %llu operations, seed %llu\n", (unsigned long long)operations,
		   (unsigned long long)seed);
	done = run_operations(&s, operations);
	check_everything(&s);
	for (struct object *o = s.objects; o < s.objects + MAX_OBJECTS; o++) {
		if (o->va)
			give(&s, o);
	}
	free_pages_exact(s.objects, MAX_OBJECTS * sizeof(*s.objects));
	check_everything(&s);
	seq_printf(out, "stress: %llu operations done, seed %llu: %llu taken, %llu given back, "
		   "%llu refused, %llu failures\n", (unsigned long long)done,
		   (unsigned long long)seed, (unsigned long long)s.taken,
		   (unsigned long long)s.given, (unsigned long long)s.refused,
		   (unsigned long long)s.failures);
	return s.failures ? -EIO : 0;
}

SHELL_COMMAND(stress, "<operations> [seed]", "random use of pages and slab, with checks",
	      stress_run);
