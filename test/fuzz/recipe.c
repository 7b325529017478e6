/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes one pass over the steps for each part of a tree, in the order that libfdt's sequential
 * writer wants. A writer that failed once fails for good, so that errors are looked at once, at the
 * end.
 */
#include "recipe.h"

#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/compiler.h>
#include <kernel/math.h>

#include "fuzz.h"

#define PAIRS_MOST	512u
#define REPEATS_MOST	(CONFIG_MEMBLOCK_REGIONS + 8u)

struct cells {
	unsigned int address, size;
};

struct kitchen {
	void *fdt;
	int err;
	struct step steps[STEPS_MOST];
	unsigned int nr;
	struct cells cells;
	/* Pairs of the node that is being written. */
	u64 pairs[2 * PAIRS_MOST];
	unsigned int nr_pairs;
	unsigned int repeats;		/* how many more steps may repeat themselves */
};

static const char *const properties[] = {
	"reg", "size", "alignment", "alloc-ranges", "no-map", "status", "device_type", "ranges",
	"#address-cells", "#size-cells", "numa-node-id", "linux,initrd-start", "linux,initrd-end",
	"linux,usable-memory-range", "bootargs", "distance-matrix", "compatible", "hotpluggable",
	"timebase-frequency", "stdout-path", "model", "linux,usable-memory", "linux,elfcorehdr",
};

/* Names that the kernel uses itself, and names that mean nothing to anybody. */
static const char *const names[] = {
	"kernel init", "kernel image", "memmap", "no-map", "firmware (assumed)", "memreserve",
	"device tree", "mmode_resv", "mmode_resv0@", "a@", "b@80000000000000000", "c@x",
	"bell\a", "line\nfeed", "\xff\xfe@1", "%s%n", "section table", "pageblocks", "resources",
	"memblock copy", "conflicts", "per-CPU areas", "page tables", "initrd",
};

struct step step_get(const u8 *at)
{
	struct step s = { at[0] % NR_STEP_OPS, at[1], at[2], at[3], 0, 0 };

	memcpy(&s.a, at + 4, 8);
	memcpy(&s.b, at + 12, 8);
	return s;
}

void step_put(u8 *at, struct step s)
{
	at[0] = s.op;
	at[1] = s.flags;
	at[2] = s.n;
	at[3] = s.m;
	memcpy(at + 4, &s.a, 8);
	memcpy(at + 12, &s.b, 8);
}

static void note(struct kitchen *k, int err)
{
	if (err && !k->err)
		k->err = err;
}

static void text(struct kitchen *k, const char *name, const char *value)
{
	note(k, fdt_property_string(k->fdt, name, value));
}

static void flag(struct kitchen *k, const char *name)
{
	note(k, fdt_property(k->fdt, name, "", 0));
}

static void u32_property(struct kitchen *k, const char *name, u32 value)
{
	note(k, fdt_property_u32(k->fdt, name, value));
}

/* A number of one cell or two. */
static void number(struct kitchen *k, const char *name, u64 value, bool narrow)
{
	if (narrow)
		u32_property(k, name, (u32)value);
	else
		note(k, fdt_property_u64(k->fdt, name, value));
}

static unsigned int put_number(u8 *to, u64 value, unsigned int cells)
{
	if (cells == 2)
		fdt64_st(to, value);
	else if (cells == 1)
		fdt32_st(to, (u32)value);
	return 4 * cells;
}

static void pair_begin(struct kitchen *k)
{
	k->nr_pairs = 0;
}

static void pair_add(struct kitchen *k, u64 a, u64 b)
{
	if (k->nr_pairs == PAIRS_MOST)
		return;
	k->pairs[2 * k->nr_pairs] = a;
	k->pairs[2 * k->nr_pairs + 1] = b;
	k->nr_pairs++;
}

static void pair_write(struct kitchen *k, const char *name, struct cells cells, bool odd)
{
	unsigned int bytes = k->nr_pairs * 4 * (cells.address + cells.size) + (odd ? 3 : 0);
	void *to;
	u8 *at;

	if (fdt_property_placeholder(k->fdt, name, (int)bytes, &to)) {
		note(k, -FDT_ERR_NOSPACE);
		return;
	}
	memset(to, 0, bytes);
	at = to;
	for (unsigned int i = 0; i < k->nr_pairs; i++) {
		at += put_number(at, k->pairs[2 * i], cells.address);
		at += put_number(at, k->pairs[2 * i + 1], cells.size);
	}
}

static void begin(struct kitchen *k, const char *name)
{
	note(k, fdt_begin_node(k->fdt, name));
}

static void end(struct kitchen *k)
{
	note(k, fdt_end_node(k->fdt));
}

/* Writes the STEP_PROPERTY steps for the open node, which the argument names. */
static void extra_properties(struct kitchen *k, u8 node)
{
	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];
		u8 value[16];

		if (s->op != STEP_PROPERTY || s->m != node)
			continue;
		fdt64_st(value, s->a);
		fdt64_st(value + 8, s->b);
		note(k, fdt_property(k->fdt, properties[s->n % ARRAY_SIZE(properties)], value,
				     s->flags % 17));
	}
}

enum { IN_ROOT, IN_MEMORY, IN_RESERVED, IN_CHILD, IN_CHOSEN, IN_CPUS, IN_DISTANCES };

/*
 * How often a step is done. Time depends on the number of nodes. A step that repeats itself is done
 * a few times more often than there can be regions, and all such steps share that number.
 */
static unsigned int times(struct kitchen *k, const struct step *s)
{
	unsigned int wanted = s->m ? s->m : 1;

	if (wanted > 1) {
		wanted = 1 + min(wanted - 1, k->repeats);
		k->repeats -= wanted - 1;
	}
	return wanted;
}

/* The base of a step's range i; each range but the first lies its own size above the one before. */
static u64 base_of(const struct step *s, unsigned int i)
{
	return s->a + 2 * s->b * i;
}

static void memory_nodes(struct kitchen *k)
{
	char name[32];

	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];
		unsigned int count = s->op == STEP_BANK ? times(k, s) : 0;

		for (unsigned int t = 0; t < count; t++) {
			pair_begin(k);
			pair_add(k, base_of(s, t), s->b);
			for (unsigned int j = i + 1; !t && j < k->nr &&
			     k->steps[j].op == STEP_BANK_ALSO; j++)
				pair_add(k, k->steps[j].a, k->steps[j].b);
			snprintf(name, sizeof(name), "memory@%llx",
				 (unsigned long long)base_of(s, t));
			begin(k, name);
			text(k, "device_type", s->flags & STEP_OTHER_TYPE ? "cpu" : "memory");
			if (s->flags & STEP_DISABLED)
				text(k, "status", "disabled");
			if (s->flags & STEP_HOTPLUG)
				flag(k, "hotpluggable");
			if (s->flags & STEP_NODE_ID)
				u32_property(k, "numa-node-id", s->n);
			pair_write(k, s->flags & STEP_USABLE_MEMORY ? "linux,usable-memory" : "reg",
				   k->cells, s->flags & STEP_ODD);
			extra_properties(k, IN_MEMORY);
			end(k);
		}
	}
}

static void child_name(const struct step *s, u64 base, char *name, size_t size)
{
	if (s->flags & STEP_ALIKE)
		snprintf(name, size, "%s", names[s->n % ARRAY_SIZE(names)]);
	else
		snprintf(name, size, "%s%u@%llx",
			 s->flags & STEP_FIRMWARE ? "mmode_resv" : "area", s->n,
			 (unsigned long long)base + !!(s->flags & STEP_WRONG_UNIT));
}

static void child_flags(struct kitchen *k, const struct step *s)
{
	if (s->flags & STEP_DISABLED)
		text(k, "status", "fail");
	if (s->flags & STEP_NO_MAP)
		flag(k, "no-map");
	if (s->flags & STEP_REUSABLE)
		flag(k, "reusable");
}

static void static_nodes(struct kitchen *k, unsigned int i, struct cells cells)
{
	const struct step *s = &k->steps[i];
	unsigned int count = times(k, s);
	char name[64];

	for (unsigned int t = 0; t < count; t++) {
		pair_begin(k);
		pair_add(k, base_of(s, t), s->b);
		for (unsigned int j = i + 1; !t && j < k->nr &&
		     k->steps[j].op == STEP_STATIC_ALSO; j++)
			pair_add(k, k->steps[j].a, k->steps[j].b);
		child_name(s, base_of(s, t), name, sizeof(name));
		begin(k, name);
		child_flags(k, s);
		pair_write(k, "reg", cells, s->flags & STEP_ODD);
		extra_properties(k, IN_CHILD);
		end(k);
	}
}

static void dynamic_node(struct kitchen *k, unsigned int i, struct cells cells)
{
	const struct step *s = &k->steps[i];
	bool narrow = s->flags & STEP_NARROW;
	char name[64];

	pair_begin(k);
	for (unsigned int j = i + 1; j < k->nr && k->steps[j].op == STEP_ALLOC_RANGE; j++)
		pair_add(k, k->steps[j].a, k->steps[j].b);
	child_name(s, i, name, sizeof(name));
	begin(k, name);
	child_flags(k, s);
	number(k, "size", s->a, narrow);
	if (s->b)
		number(k, "alignment", s->b, narrow);
	if (k->nr_pairs)
		pair_write(k, "alloc-ranges", cells, s->flags & STEP_ODD);
	extra_properties(k, IN_CHILD);
	end(k);
}

static const struct step *last_step(const struct kitchen *k, enum step_op op)
{
	const struct step *found = NULL;

	for (unsigned int i = 0; i < k->nr; i++)
		if (k->steps[i].op == op)
			found = &k->steps[i];
	return found;
}

static void write_cells(struct kitchen *k, const struct step *s, struct cells *cells)
{
	if (!s)
		*cells = (struct cells){ 2, 2 };
	if (!s || s->n)
		u32_property(k, "#address-cells", s ? s->n : 2);
	if (!s || s->m)
		u32_property(k, "#size-cells", s ? s->m : 2);
	if (!s)
		return;
	/* The next numbers are written in the cells that the kernel will read, or not at all. */
	cells->address = s->n ? s->n % 3 : cells->address;
	cells->size = s->m ? s->m % 3 : cells->size;
}

static void reserved_memory(struct kitchen *k)
{
	const struct step *own = last_step(k, STEP_RESERVED_CELLS);
	struct cells cells = k->cells;

	if (!last_step(k, STEP_STATIC) && !last_step(k, STEP_DYNAMIC) && !own)
		return;
	begin(k, "reserved-memory");
	if (own)
		write_cells(k, own, &cells);
	flag(k, "ranges");
	extra_properties(k, IN_RESERVED);
	for (unsigned int i = 0; i < k->nr; i++) {
		if (k->steps[i].op == STEP_STATIC)
			static_nodes(k, i, cells);
		else if (k->steps[i].op == STEP_DYNAMIC)
			dynamic_node(k, i, cells);
	}
	end(k);
}

/* Writes an argument as a person or a boot loader might write it. */
static size_t argument(char *to, size_t size, const struct step *s)
{
	static const char *const words[] = {
		"mem=", "movablecore=", "memblock=debug", "loglevel=", "\"mem=", "mem",
		"crashkernel=", "cma=", "earlycon", "memory=",
	};
	static const char *const forms[] = {
		"%s%llu ", "%s%lluK ", "%s%lluM ", "%s%lluG ", "%s0x%llx ", "%s%lluT ",
		"%s%lluMiB ", "%s-%llu ", "%s%llu\" ", "%s=%llu\t", "%s%lluM@0x%llx ",
		"%s0-64M:%lluM,64M-:%lluK ",
	};

	return (size_t)snprintf(to, size, forms[s->m % ARRAY_SIZE(forms)],
				words[s->n % ARRAY_SIZE(words)], (unsigned long long)s->a,
				(unsigned long long)s->b);
}

static void chosen(struct kitchen *k)
{
	char args[2048];
	size_t len = 0;

	begin(k, "chosen");
	pair_begin(k);
	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];

		if (s->op == STEP_USABLE)
			pair_add(k, s->a, s->b);
		if (s->op == STEP_ARGUMENT && len < sizeof(args) - 64)
			len += argument(args + len, sizeof(args) - len, s);
	}
	if (k->nr_pairs)
		pair_write(k, "linux,usable-memory-range", k->cells, false);
	if (last_step(k, STEP_ELFCOREHDR)) {
		const struct step *s = last_step(k, STEP_ELFCOREHDR);

		pair_begin(k);
		pair_add(k, s->a, s->b);
		pair_write(k, "linux,elfcorehdr", k->cells, false);
	}
	if (len)
		text(k, "bootargs", args);
	if (last_step(k, STEP_INITRD)) {
		const struct step *s = last_step(k, STEP_INITRD);

		number(k, "linux,initrd-start", s->a, s->flags & STEP_NARROW);
		number(k, "linux,initrd-end", s->b, s->flags & STEP_NARROW);
	}
	extra_properties(k, IN_CHOSEN);
	end(k);
}

static void cpus(struct kitchen *k)
{
	char name[32];

	begin(k, "cpus");
	u32_property(k, "#address-cells", 1);
	u32_property(k, "#size-cells", 0);
	extra_properties(k, IN_CPUS);
	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];

		if (s->op != STEP_CPU)
			continue;
		snprintf(name, sizeof(name), "cpu@%x", (u32)s->a);
		begin(k, name);
		text(k, "device_type", "cpu");
		u32_property(k, "reg", (u32)s->a);
		u32_property(k, "numa-node-id", s->n);
		end(k);
	}
	end(k);
}

static void distances(struct kitchen *k)
{
	static u8 matrix[12 * STEPS_MOST];
	unsigned int bytes = 0;

	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];

		if (s->op != STEP_DISTANCE)
			continue;
		bytes += put_number(matrix + bytes, s->n, 1);
		bytes += put_number(matrix + bytes, s->m, 1);
		bytes += put_number(matrix + bytes, s->a, 1);
	}
	if (!bytes)
		return;
	begin(k, "distance-map");
	text(k, "compatible", "numa-distance-map-v1");
	note(k, fdt_property(k->fdt, "distance-matrix", matrix, (int)bytes));
	extra_properties(k, IN_DISTANCES);
	end(k);
}

static void nests(struct kitchen *k)
{
	const struct step *s = last_step(k, STEP_NEST);
	/* Each level costs every walk time. */
	unsigned int depth = !s ? 0 : s->n == 255 ? 1000 : s->n % 32;

	for (unsigned int i = 0; i < depth; i++)
		begin(k, "n");
	for (unsigned int i = 0; i < depth; i++)
		end(k);
}

static void reservation_block(struct kitchen *k)
{
	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];
		unsigned int count = s->op == STEP_MEMRESERVE ? times(k, s) : 0;

		for (unsigned int t = 0; t < count; t++)
			note(k, fdt_add_reservemap_entry(k->fdt, base_of(s, t), s->b));
	}
	note(k, fdt_finish_reservemap(k->fdt));
}

static void damage(const struct kitchen *k, size_t bytes)
{
	for (unsigned int i = 0; i < k->nr; i++) {
		const struct step *s = &k->steps[i];

		if (s->op == STEP_HEADER)
			fdt32_st((char *)k->fdt + 4 * (s->n % 10), (u32)s->a);
		else if (s->op == STEP_DAMAGE)
			fdt32_st((char *)k->fdt + s->a % (bytes / 4) * 4, (u32)s->b);
	}
}

size_t recipe_build(const u8 *recipe, size_t bytes, void *blob, size_t room)
{
	static struct kitchen k;
	size_t size;

	k.fdt = blob;
	k.repeats = REPEATS_MOST;
	for (k.nr = 0; k.nr < STEPS_MOST && (k.nr + 1) * STEP_BYTES <= bytes; k.nr++)
		k.steps[k.nr] = step_get(recipe + k.nr * STEP_BYTES);
	k.err = fdt_create_with_flags(blob, (int)room, FDT_CREATE_FLAG_NO_NAME_DEDUP);
	reservation_block(&k);
	begin(&k, "");
	k.cells = (struct cells){ 2, 1 };
	write_cells(&k, last_step(&k, STEP_CELLS), &k.cells);
	extra_properties(&k, IN_ROOT);
	memory_nodes(&k);
	chosen(&k);
	cpus(&k);
	reserved_memory(&k);
	distances(&k);
	nests(&k);
	end(&k);
	note(&k, fdt_finish(blob));
	if (k.err)
		return 0;
	size = fdt_totalsize(blob);
	damage(&k, size);
	return size;
}
