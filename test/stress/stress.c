/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random use of the allocators, on every CPU. Every object carries a pattern of its own, which is
 * checked before the object goes back, so that an object handed out twice, or a write across a
 * border, shows even when all counters agree. Some objects change hands by way of boxes, which all
 * CPUs put into and take from: one CPU gives back what another was given. Half way through, and at
 * the end, all of memory is audited.
 *
 * With one CPU the same seed repeats the same run. With several CPUs each repeats its own choices,
 * and the rest depends on who comes first.
 */
#include <kernel/bitops.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/progress.h>
#include <kernel/smp.h>
#include <kernel/spinlock.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/audit.h>
#include <mm/gfp.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <test/stress.h>
#include <arch/cpu.h>

/* Number of rows of objects for all CPUs together, and the least that one CPU has. */
#define MAX_OBJECTS	1024
#define MIN_OBJECTS	64
/* An object of a page or more is marked in the first bytes of each page, a smaller one as a
 * whole. */
#define MARK_BYTES	64
#define MAX_REPORTS	10
/* Ctrl-C is looked for once in so many operations. */
#define ROUND		256
/* One in so many objects is put into a box instead of given back. */
#define BOX_SHARE	4
#define NR_BOXES	64

/* [o] One block of pages or one object of the slab, with what was written into it. */
struct object {
	void *va;			/* NULL: the row is free */
	size_t bytes;
	u64 token;
	u8 order;
	bool is_slab;
};

/* What the CPUs share. */
struct pool {
	struct seq_file *out;		/* [s] */
	struct progress progress;	/* [s] */
	u64 operations;			/* [c] of each CPU */
	unsigned long held_pages;	/* [a] now */
	unsigned long most_pages;	/* [c] what held_pages must not exceed */
	unsigned int cpus;		/* [c] */
	bool quiet;			/* [c] no audits, no report */
	u32 interrupted, failures;	/* [a] */
	struct box {
		spinlock_t lock;
		struct object object;	/* [B] */
	} boxes[NR_BOXES];		/* [f] */
};

/*
 * [o] One CPU's part, which is its own until its work is done. Each part is a block of its own,
 * because a largest block need not hold all of them.
 */
struct stress {
	struct stress *next;		/* [s] */
	struct pool *pool;
	struct cpu_work work;
	unsigned int cpu, nr_objects;
	bool running;
	u64 seed, random;
	u64 done, taken, given, refused;
	u64 passed;			/* put into a box */
	struct object objects[];
};
#define PART_BYTES(rows)	(sizeof(struct stress) + (rows) * sizeof(struct object))
BUILD_ASSERT(PART_BYTES(MIN_OBJECTS) <= PAGE_SIZE, "the least part fits in any largest block");

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
	char text[128];

	if (__atomic_fetch_add(&s->pool->failures, 1, __ATOMIC_RELAXED) >= MAX_REPORTS)
		return;
	va_scnprintf(text, sizeof(text), fmt);
	if (s->cpu == 0) {
		progress_wipe(&s->pool->progress);
		seq_printf(s->pool->out, "stress: %s\n", text);
	} else {
		pr_err("stress: CPU %u: %s\n", s->cpu, text);
	}
}

/* Reserves room for so many more pages; release() gives it back. */
static bool reserve(struct stress *s, unsigned long pages)
{
	struct pool *p = s->pool;

	if (__atomic_add_fetch(&p->held_pages, pages, __ATOMIC_RELAXED) <= p->most_pages)
		return true;
	__atomic_fetch_sub(&p->held_pages, pages, __ATOMIC_RELAXED);
	return false;
}

static void release(struct stress *s, unsigned long pages)
{
	__atomic_fetch_sub(&s->pool->held_pages, pages, __ATOMIC_RELAXED);
}

/* The eight bytes of an object's pattern at offset; they differ between neighbours and between
 * objects. */
static u64 pattern(const struct object *o, size_t offset)
{
	return o->token + offset * 0x9e3779b97f4a7c15ull;
}

/* The offset of the next word to mark. */
static size_t next_mark(const struct object *o, size_t offset)
{
	offset += sizeof(u64);
	if (o->bytes >= PAGE_SIZE && offset % PAGE_SIZE == MARK_BYTES)
		offset += PAGE_SIZE - MARK_BYTES;
	return offset;
}

static void mark(const struct object *o)
{
	for (size_t i = 0; i < o->bytes; i = next_mark(o, i)) {
		u64 word = pattern(o, i);

		memcpy((char *)o->va + i, &word, min(sizeof(word), o->bytes - i));
	}
}

static bool marks_intact(const struct object *o)
{
	for (size_t i = 0; i < o->bytes; i = next_mark(o, i)) {
		u64 word = pattern(o, i);

		if (memcmp((char *)o->va + i, &word, min(sizeof(word), o->bytes - i)))
			return false;
	}
	return true;
}

/* Small orders are common, each larger one is half as likely, and the largest is not too rare. */
static unsigned int random_order(struct stress *s)
{
	u64 r = next_random(s);

	if (r % 64 == 0)
		return (unsigned int)(r >> 32) % NR_PAGE_ORDERS;
	return min((unsigned int)ctz64(r >> 8 | 1ull << 40), (unsigned int)MAX_ORDER);
}

/* Checks as well what the allocator promises: natural alignment, and the zone that was asked
 * for. */
static void take_pages(struct stress *s, struct object *o)
{
	static const gfp_t kinds[] = {
		GFP_KERNEL, GFP_KERNEL | GFP_MOVABLE, GFP_KERNEL | __GFP_RECLAIMABLE,
		GFP_KERNEL | GFP_DMA32, GFP_ATOMIC, GFP_KERNEL | __GFP_ZERO, GFP_NOWAIT,
	};
	unsigned int order = random_order(s);
	gfp_t gfp = kinds[next_random(s) % ARRAY_SIZE(kinds)];
	struct page *page;

	if (!reserve(s, 1ul << order))
		return;
	/* All CPUs fill memory here, and whoever waits holds nobody up but himself. */
	page = alloc_pages(gfp | __GFP_NOWARN | __GFP_NORETRY, order);
	if (!page) {
		release(s, 1ul << order);
		return;
	}
	*o = (struct object){ .va = page_address(page), .bytes = PAGE_SIZE << order,
			      .order = (u8)order };
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

	/* Large sizes are rare; otherwise they alone would fill the table. */
	if (shift > 13 && r >> 8 & 7)
		shift = (unsigned int)(r >> 16) % 14;
	bytes = 1 + (r >> 24) % (1ul << shift);
	if (!reserve(s, PFN_UP(bytes)))
		return;
	*o = (struct object){ .va = kmalloc(bytes, GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY),
			      .bytes = bytes, .is_slab = true };
	if (!o->va)
		release(s, PFN_UP(bytes));
	else if (ksize(o->va) < bytes)
		failed(s, "kmalloc(%zu) gave %zu bytes", bytes, ksize(o->va));
}

static void take(struct stress *s, struct object *o)
{
	bool slab = next_random(s) & 1;

	if (slab)
		take_slab(s, o);
	else
		take_pages(s, o);
	if (!o->va) {
		s->refused++;
		return;
	}
	o->token = next_random(s);
	mark(o);
	s->taken++;
}

static void give(struct stress *s, struct object *o)
{
	if (!marks_intact(o))
		failed(s, "%zu bytes at %p were overwritten", o->bytes, o->va);
	release(s, PFN_UP(o->bytes));
	if (o->is_slab)
		kfree(o->va);
	else
		free_pages((unsigned long)o->va, o->order);
	o->va = NULL;
	s->given++;
}

/* Exchanges the object for what lies in a box: another CPU's, an earlier one of this CPU, or
 * nothing. */
static void pass_on(struct stress *s, struct object *o)
{
	struct box *box = &s->pool->boxes[next_random(s) % NR_BOXES];
	unsigned long flags = spin_lock_irqsave(&box->lock);
	struct object other = box->object;

	box->object = *o;
	spin_unlock_irqrestore(&box->lock, flags);
	*o = other;
	s->passed++;
}

static void report_broken(void *ctx, const char *line)
{
	failed(ctx, "%s", line);
}

static void check_everything(struct stress *s)
{
	struct audit a;

	if (!s->pool->quiet)
		machine_audit(&a, report_broken, s);
}

static void one_operation(struct stress *s)
{
	struct object *o = &s->objects[next_random(s) % s->nr_objects];

	if (!o->va) {
		take(s, o);
		return;
	}
	if (s->pool->cpus > 1 && next_random(s) % BOX_SHARE == 0)
		pass_on(s, o);
	if (o->va)
		give(s, o);
}

/* Shows how far CPU 0 has come; Ctrl-C stops all CPUs. */
static void look_up(struct pool *p, const char *what, u64 done)
{
	if (!progress_go_on(&p->progress, what, done, done ? p->operations : 0))
		__atomic_store_n(&p->interrupted, 1, __ATOMIC_RELAXED);
}

/* The work of one CPU. */
static void run_operations(void *arg)
{
	struct stress *s = arg;
	struct pool *p = s->pool;

	while (s->done < p->operations) {
		one_operation(s);
		s->done++;
		if (s->cpu == 0 && s->done == p->operations / 2)
			check_everything(s);
		if (s->done % ROUND)
			continue;
		if (s->cpu == 0)
			look_up(p, "stress", s->done);
		if (__atomic_load_n(&p->interrupted, __ATOMIC_RELAXED))
			return;
	}
}

/* Starts the other CPUs, does this CPU's part, and waits for all. */
static void run_everywhere(struct stress *all)
{
	struct pool *p = all->pool;

	for (struct stress *s = all->next; s; s = s->next) {
		s->work = (struct cpu_work){ .fn = run_operations, .arg = s };
		s->running = !cpu_work_start(s->cpu, &s->work);
		if (!s->running)
			failed(s, "CPU %u takes no work", s->cpu);
	}
	run_operations(all);
	for (struct stress *s = all->next; s; s = s->next) {
		while (s->running && !cpu_work_done(&s->work)) {
			arch_cpu_relax();
			look_up(p, "stress, other CPUs", 0);
		}
	}
}

static void give_all_back(struct stress *all)
{
	for (struct stress *s = all; s; s = s->next) {
		for (struct object *o = s->objects; o < s->objects + s->nr_objects; o++) {
			if (o->va)
				give(s, o);
		}
	}
	for (struct box *box = all->pool->boxes; box < all->pool->boxes + NR_BOXES; box++) {
		if (box->object.va)
			give(all, &box->object);
	}
}

static void report(const struct stress *all, u64 seed)
{
	struct stress sum = { .done = ~0ull };
	struct pool *p = all->pool;

	for (const struct stress *s = all; s; s = s->next) {
		sum.taken += s->taken;
		sum.given += s->given;
		sum.refused += s->refused;
		sum.passed += s->passed;
		sum.done = min(sum.done, s->done);
		if (p->cpus > 1)
			seq_printf(p->out, "stress: CPU %u, seed %llu: %llu operations, %llu taken, "
				   "%llu passed on, %llu refused\n", s->cpu,
				   (unsigned long long)s->seed, (unsigned long long)s->done,
				   (unsigned long long)s->taken, (unsigned long long)s->passed,
				   (unsigned long long)s->refused);
	}
	seq_printf(p->out, "stress: %llu operations done, seed %llu: %llu taken, %llu given back, "
		   "%llu refused, %u failures\n", (unsigned long long)sum.done,
		   (unsigned long long)seed, (unsigned long long)sum.taken,
		   (unsigned long long)sum.given, (unsigned long long)sum.refused, p->failures);
}

static void free_parts(struct stress *all)
{
	while (all) {
		struct stress *next = all->next;

		free_pages_exact(all, PART_BYTES(all->nr_objects));
		all = next;
	}
}

/* Makes a part for each online CPU, this one's first; NULL without memory. */
static struct stress *set_up(struct pool *p, u64 seed)
{
	const size_t fit = (MAX_ORDER_BYTES - sizeof(struct stress)) / sizeof(struct object);
	size_t rows = min(max_t(size_t, MAX_OBJECTS / p->cpus, MIN_OBJECTS), fit);
	struct stress *all = NULL, **link = &all;
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		struct stress *s = alloc_pages_exact(PART_BYTES(rows),
						     GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);

		if (!s) {
			free_parts(all);
			return NULL;
		}
		s->pool = p;
		s->cpu = cpu;
		/* CPU 0 gets the seed that was typed. */
		s->seed = seed ^ cpu * 0xd1342543de82ef95ull;
		s->random = s->seed * 0x9e3779b97f4a7c15ull | 1;
		s->nr_objects = (unsigned int)rows;
		*link = s;
		link = &s->next;
	}
	return all;
}

static int no_memory(struct seq_file *out)
{
	seq_puts(out, "stress: no memory for its own tables, nothing was done\n");
	return -ENOMEM;
}

static int run(struct seq_file *out, u64 operations, u64 seed, bool quiet)
{
	struct pool *p = kzalloc(sizeof(*p), GFP_KERNEL);
	struct stress *all = NULL;
	int result;

	if (!p)
		return no_memory(out);
	p->out = out;
	p->quiet = quiet;
	p->operations = operations;
	p->cpus = num_online_cpus();
	for (struct box *box = p->boxes; box < p->boxes + NR_BOXES; box++)
		spin_lock_init(&box->lock, LOCK_STRESS_BOX);
	all = set_up(p, seed);
	if (!all) {
		kfree(p);
		return no_memory(out);
	}
	/* Half of what is free is enough to reach the paths of shortage, and leaves the kernel
	 * room. */
	p->most_pages = nr_free_pages() / 2;
	if (!quiet)
		seq_printf(out, "stress: %llu operations, seed %llu, %u CPU%s\n",
			   (unsigned long long)operations, (unsigned long long)seed, p->cpus,
			   p->cpus == 1 ? "" : "s");
	progress_begin(&p->progress, out == &seq_console && !quiet);
	run_everywhere(all);
	progress_wipe(&p->progress);
	check_everything(all);
	give_all_back(all);
	check_everything(all);
	if (!quiet)
		report(all, seed);
	if (p->interrupted && !quiet)
		seq_puts(out, "stress: stopped by Ctrl-C\n");
	result = p->failures ? -EIO : p->interrupted ? -EINTR : 0;
	free_parts(all);
	kfree(p);
	return result;
}

int stress_run(struct seq_file *out, u64 operations, u64 seed)
{
	return run(out, operations, seed, false);
}

int stress_load(struct seq_file *out, u64 operations, u64 seed)
{
	return run(out, operations, seed, true);
}
