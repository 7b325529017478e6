/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One execution: the input's head says how to set the machine up, the input's body is its tree, and
 * the kernel's own boot_memory() runs. It must end in a sound map, or in a sentence that is true. A
 * hash of the input's bytes chooses some inputs for a longer look.
 *
 * TESSERA_LOG in the environment shows the log, DT_FUZZ_BLOB names a file to write the tree to.
 */
#include "fuzz.h"

#include <stdarg.h>

#include <kernel/compiler.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <mm/audit.h>
#include <mm/conflict.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <mm/slab.h>
#include <plan/plan.h>
#include <arch/mmu.h>
#include <host/host.h>

#include "machine.h"
#include "oracle.h"

/* Time depends on the number of descriptors: a machine without holes fills them all, another one
 * touches one for each largest block. */
#define RAM_MOST		(80 * SZ_1M)
#define RAM_MOST_WITH_HOLES	(512 * SZ_1M)

/* One input in so many. */
#define SHARE_OF_HOLES		256
#define SHARE_OF_PLANS		128
#define SHARE_OF_USE		8

static struct {
	u64 executions, tree_bytes, booted, planned, refused[NR_REFUSALS];
} count;

static const char *blob_file;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

void finding(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("finding: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* ---- after boot ---- */

static void broken(void *ctx, const char *line)
{
	(void)ctx;
	finding("audit: %s", line);
}

static void audit(void)
{
	struct audit a;

	memory_audit(&a, broken, NULL);
}

/* Gives the image's init part back, as the kernel does when boot is over. */
static void give_init_back(void)
{
	const struct image_layout *im = arch_image_layout();
	unsigned long pages = totalram_pages();

	free_reserved_range(im->init_start, im->init_end);
	if (totalram_pages() != pages + (im->init_end - im->init_start) / PAGE_SIZE)
		finding("the image's init part has %llu bytes, %lu frames were freed",
			(unsigned long long)(im->init_end - im->init_start),
			totalram_pages() - pages);
}

/* Takes and gives back blocks and objects, which must be memory. */
static void use_memory(u8 fill)
{
	struct page *page[16];
	void *object[16];
	unsigned int i;

	for (i = 0; i < 16; i++) {
		page[i] = alloc_pages(i & 1 ? GFP_KERNEL : GFP_KERNEL | __GFP_MOVABLE, i / 4);
		if (page[i])
			memset(page_address(page[i]), fill, PAGE_SIZE << (i / 4));
		object[i] = kmalloc((size_t)8 << (i % 12), GFP_KERNEL);
		if (object[i])
			memset(object[i], fill, (size_t)8 << (i % 12));
	}
	audit();
	while (i-- > 0) {
		if (page[i])
			__free_pages(page[i], i / 4);
		kfree(object[i]);
	}
	audit();
}

static void check_words(const char *text)
{
	if (!*text)
		finding("a conflict without words");
	for (const char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			finding("a conflict with a character %d in it: %s", *p, text);
}

static void check_conflicts(void)
{
	for (unsigned int i = 0; i < nr_conflicts; i++) {
		check_words(conflicts[i].kind);
		check_words(conflicts[i].a);
		check_words(conflicts[i].b);
		check_words(conflicts[i].resolution);
	}
}

static void boot(const u8 *head, struct machine_way way, bool use)
{
	enum host_stop how;

	machine_reset(head, way);
	how = HOST_TRY(boot_memory());
	if (how == HOST_BOOT_FAILED) {
		count.refused[oracle_check_refusal(host_stop_text())]++;
		return;
	}
	if (how == HOST_RAN_ON) {
		count.booted++;
		oracle_check_boot(host_machine.fdt);
		if (use)
			check_conflicts();
		how = HOST_TRY(give_init_back(); audit(); if (use) use_memory(way.fill));
	}
	if (how != HOST_RAN_ON)
		finding("%s: %s", how == HOST_PANIC ? "panic" : "assertion", host_stop_text());
}

/* ---- the plan ---- */

/* Hashes a line of JSON, and follows its strings and brackets. */
struct plan_text {
	u64 hash;
	unsigned int depth;
	bool in_string, escaped;
};

static void plan_write(struct seq_file *m, const char *text, size_t len)
{
	struct plan_text *t = m->private;

	for (; len > 0; text++, len--) {
		t->hash = (t->hash ^ (u8)*text) * 0x100000001b3ull;
		if (*text < ' ' || *text > '~') {
			if (*text != '\n' || t->depth)
				finding("the plan's JSON has a character %d in it", *text);
		} else if (t->in_string) {
			t->in_string = t->escaped || *text != '"';
			t->escaped = !t->escaped && *text == '\\';
		} else if (*text == '"') {
			t->in_string = true;
		} else if (*text == '{' || *text == '[') {
			t->depth++;
		} else if ((*text == '}' || *text == ']') && !t->depth--) {
			finding("the plan's JSON closes more than it opens");
		}
	}
}

static u64 plan_of(const u8 *head, struct machine_way way)
{
	struct plan_text t = { 0 };
	struct seq_file m = { .write = plan_write, .private = &t };

	machine_reset(head, way);
	if (HOST_TRY(boot_memory()) != HOST_RAN_ON)
		return 0;
	plan_show_json(&m);
	if (t.depth || t.in_string)
		finding("the plan's JSON is not closed");
	count.planned++;
	return t.hash;
}

/* Every object must have the same place, whatever memory held before. */
static void compare_plans(const u8 *head, struct machine_way way)
{
	u64 first = plan_of(head, way);

	way.fill = (u8)~way.fill;
	if (plan_of(head, way) != first)
		finding("two boots of one tree have two plans");
}

/* ---- libFuzzer's side ---- */

static u64 hash(const u8 *data, size_t size)
{
	u64 h = size * 0x9e3779b97f4a7c15ull, word;

	for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdull;
		h ^= h >> 29;
	}
	while (size--)
		h = (h ^ data[size]) * 0x100000001b3ull;
	return h ^ h >> 32;
}

/* test/fuzz/fuzz.py reads these words, too. */
static void report(void)
{
	static const char *const kinds[NR_REFUSALS] = {
		[REFUSED_BLOB] = "blob", [REFUSED_CELLS] = "cells",
		[REFUSED_NO_MEMORY] = "no-memory", [REFUSED_IMAGE] = "image",
		[REFUSED_REGIONS] = "regions", [REFUSED_ROOM] = "room", [REFUSED_OTHER] = "other",
	};

	fprintf(stderr, "dt_fuzz: %llu executions, %llu bytes a tree, %llu booted, %llu plans; "
		"refused:", (unsigned long long)count.executions,
		(unsigned long long)(count.tree_bytes / max(count.executions, 1ull)),
		(unsigned long long)count.booted, (unsigned long long)count.planned);
	for (int i = 0; i < NR_REFUSALS; i++)
		fprintf(stderr, " %llu %s%s", (unsigned long long)count.refused[i], kinds[i],
			i + 1 < NR_REFUSALS ? "," : "\n");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	blob_file = getenv("DT_FUZZ_BLOB");
	machine_init();
	atexit(report);
	return 0;
}

static void write_tree(void)
{
	size_t bytes;
	const void *tree = machine_tree(&bytes);
	FILE *f = fopen(blob_file, "wb");

	if (!f || fwrite(tree, 1, bytes, f) != bytes || fclose(f))
		perror(blob_file);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 chance = hash(data, size);
	bool holes = chance % SHARE_OF_HOLES == 0;
	struct machine_way way = {
		.fill = (u8)(chance >> 32),
		.holes = holes,
		.ram_most = holes ? RAM_MOST_WITH_HOLES : RAM_MOST,
	};
	size_t bytes;

	if (size < HEAD_BYTES || !machine_take_tree(data, size))
		return 0;
	if (blob_file)
		write_tree();
	machine_tree(&bytes);
	count.executions++;
	count.tree_bytes += bytes;
	if (chance / SHARE_OF_HOLES % SHARE_OF_PLANS == 0)
		compare_plans(data, way);
	boot(data, way, (chance >> 16) % SHARE_OF_USE == 0);
	return 0;
}
