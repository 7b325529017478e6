/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The digest of the plan, the words of CONFIG_PLAN_DIGEST, and what boot says of memory whose
 * digest is in none of the words.
 *
 * A word holds a byte of hash for each thing of a table here, so that boot can name the first thing
 * in which two plans differ. A byte misses one difference in 256, which does no harm: the digest
 * decides whether two plans differ.
 */
#include <kernel/cmdline.h>
#include <kernel/compiler.h>
#include <kernel/hex.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <mm/memblock.h>
#include <plan/plan.h>

#include "parts.h"

#define FNV_START	0xcbf29ce484222325ull
#define FNV_PRIME	0x100000001b3ull

/*
 * The things that can differ, causes before what follows from them. Image and tree are regions of
 * their own and come before the other regions, which lie around them. A thing's place in the table
 * is its byte's.
 */
static const struct {
	enum plan_part part;
	const char *owner;		/* the owner of these reserved regions; not a part */
	const char *words;
} things[] = {
	{ PART_CONFIG, NULL, "the kernel is configured otherwise" },
	{ PART_MEMORY, NULL, "the banks of RAM, or their no-map parts, are others" },
	{ 0, "kernel image", "the image has another size or place; a new build needs a new plan" },
	{ 0, "device tree", "the device tree has another size, boot arguments included, or place" },
	{ PART_RESERVED, NULL, "other ranges are reserved" },
	{ PART_SECTIONS, NULL, "the sections are others" },
	{ PART_NODES, NULL, "nodes or zones are others" },
	{ PART_SLAB, NULL, "the slab caches are others" },
	{ PART_PCP, NULL, "the per-CPU lists are others" },
	{ PART_OVERHEAD, NULL, "the overheads are others" },
	{ PART_CONFLICTS, NULL, "the conflicts are others" },
};
#define NR_THINGS	ARRAY_SIZE(things)

struct plan_hash {
	u64 digest;
	u8 thing[NR_THINGS];
};

/* A word of the list. */
struct word {
	u64 ram_bytes, digest;
	bool has_ram, has_things;
	u8 thing[NR_THINGS];
};

/* A sink that hashes: everything, and the present part. */
struct hash_sink {
	u64 whole, part;
};

static void hash_write(struct seq_file *m, const char *text, size_t len)
{
	struct hash_sink *sink = m->private;
	u64 whole = sink->whole, part = sink->part;

	while (len--) {
		u8 c = (u8)*text++;

		whole = (whole ^ c) * FNV_PRIME;
		part = (part ^ c) * FNV_PRIME;
	}
	sink->whole = whole;
	sink->part = part;
}

static u8 fold(u64 hash)
{
	hash ^= hash >> 32;
	hash ^= hash >> 16;
	return (u8)(hash ^ hash >> 8);
}

static void hash_plan(struct plan_hash *h)
{
	struct hash_sink sink = { .whole = FNV_START };
	struct seq_file m = { .write = hash_write, .private = &sink };
	struct json j = { .m = &m };
	u8 part[NR_PLAN_PARTS];

	json_open(&j, NULL, '{');
	for (size_t i = 0; i < NR_PLAN_PARTS; i++) {
		sink.part = FNV_START;
		plan_parts[i](&j);
		part[i] = fold(sink.part);
	}
	h->digest = sink.whole;
	for (size_t i = 0; i < NR_THINGS; i++) {
		h->thing[i] = part[things[i].part];
		if (!things[i].owner)
			continue;
		sink.part = FNV_START;
		plan_show_owned(&j, things[i].owner);
		h->thing[i] = fold(sink.part);
	}
}

u64 plan_digest(void)
{
	struct plan_hash h;

	hash_plan(&h);
	return h.digest;
}

/* ---- words ---- */

static void show_word(struct seq_file *m, const struct plan_hash *h)
{
	u64 ram_bytes = memblock_copy->memory.total_size;
	bool whole_mib = IS_ALIGNED(ram_bytes, SZ_1M);

	seq_printf(m, "%llu%c:0x%016llx:", (unsigned long long)(ram_bytes >> (whole_mib ? 20 : 10)),
		   whole_mib ? 'M' : 'K', (unsigned long long)h->digest);
	for (size_t i = 0; i < NR_THINGS; i++)
		seq_printf(m, "%02x", h->thing[i]);
}

void plan_show_word(struct seq_file *m)
{
	struct plan_hash h;

	hash_plan(&h);
	show_word(m, &h);
}

static bool word_ends(const char *at)
{
	return !*at || *at == ' ' || *at == ',';
}

/* Reads the number at *at, which ends at a colon or at the word's end; *at moves behind the
 * colon. */
static bool read_field(const char **at, u64 *value)
{
	const char *end;
	bool ok;

	*value = memparse(*at, &end, &ok);
	*at = end + (*end == ':');
	return ok && (*end == ':' || word_ends(end));
}

static bool read_things(const char **at, struct word *w)
{
	for (size_t i = 0; i < NR_THINGS; i++, *at += 2) {
		int high = hex_digit((*at)[0]), low = high < 0 ? -1 : hex_digit((*at)[1]);

		if (low < 0)
			return false;
		w->thing[i] = (u8)(high << 4 | low);
	}
	w->has_things = true;
	return word_ends(*at);
}

/* Reads the word at *at; false if it is none. */
static bool read_word(const char **at, struct word *w)
{
	memset(w, 0, sizeof(*w));
	w->has_ram = strncmp(*at, "0x", 2);
	if (w->has_ram && (!read_field(at, &w->ram_bytes) || (*at)[-1] != ':'))
		return false;
	if (strncmp(*at, "0x", 2) || !read_field(at, &w->digest))
		return false;
	return (*at)[-1] != ':' || read_things(at, w);
}

/* ---- comparing ---- */

static size_t first_difference(const struct plan_hash *h, const struct word *w)
{
	size_t i = 0;

	while (i < NR_THINGS && h->thing[i] == w->thing[i])
		i++;
	return i;
}

static void say_difference(const struct plan_hash *h, const struct word *w, char *why, size_t size)
{
	unsigned long long kib = memblock_copy->memory.total_size >> 10;
	size_t first = w->has_things ? first_difference(h, w) : NR_THINGS, len = 0;

	if (w->has_ram)
		len = scnprintf(why, size, "RAM is %llu %s as planned, but ",
				kib % 1024 ? kib : kib >> 10, kib % 1024 ? "KiB" : "MiB");
	scnprintf(why + len, size - len, "%s", first < NR_THINGS ? things[first].words :
		  "what differs is not known");
}

/* One amount of RAM may have several words: for another firmware, or another tree. */
static bool named_before(const char *list, const char *end, u64 ram_bytes)
{
	const char *at = list;
	struct word w;

	for (at += strspn(at, " ,"); at < end && read_word(&at, &w); at += strspn(at, " ,"))
		if (w.has_ram && w.ram_bytes == ram_bytes)
			return true;
	return false;
}

/* RAM has no size that was planned: names all sizes that were. */
static void say_sizes(const char *list, char *why, size_t size)
{
	unsigned long long mib = memblock_copy->memory.total_size >> 20;
	const char *at = list, *mark = "";
	size_t len = scnprintf(why, size, "RAM is %llu MiB, the plan says ", mib);
	struct word w;

	for (at += strspn(at, " ,"); *at; at += strspn(at, " ,")) {
		const char *word = at;

		if (!read_word(&at, &w))
			break;
		if (w.has_ram && !named_before(list, word, w.ram_bytes))
			len += scnprintf(why + len, size - len, "%s%llu", mark,
					 (unsigned long long)w.ram_bytes >> 20);
		mark = " or ";
	}
	scnprintf(why + len, size - len, " MiB");
}

static enum plan_verdict compare(const struct plan_hash *h, const char *list, char *why,
				 size_t size)
{
	const char *at = list + strspn(list, " ,");
	bool same_size = false, any = *at;
	struct word w;

	scnprintf(why, size, "CONFIG_PLAN_DIGEST is empty");
	for (; *at; at += strspn(at, " ,")) {
		const char *word = at;

		if (!read_word(&at, &w)) {
			scnprintf(why, size, "\"%.*s\" in it is no word of a plan",
				  (int)min(strcspn(word, " ,"), (size_t)32), word);
			return PLAN_DIFFERS;
		}
		if (w.digest == h->digest) {
			scnprintf(why, size, "as planned");
			return PLAN_AS_PLANNED;
		}
		if (w.has_ram && w.ram_bytes != memblock_copy->memory.total_size)
			continue;
		same_size = true;
		say_difference(h, &w, why, size);
	}
	if (any && !same_size)
		say_sizes(list, why, size);
	return any ? PLAN_DIFFERS : PLAN_UNCHECKED;
}

enum plan_verdict plan_compare(const char *list, char *why, size_t size)
{
	struct plan_hash h;

	hash_plan(&h);
	return compare(&h, list, why, size);
}

/* Logs the word that would make this boot one that is as planned. */
static void __init log_word(int level, const struct plan_hash *h)
{
	char word[64];
	struct seq_buf text;

	seq_buf_init(&text, word, sizeof(word));
	show_word(&text.m, h);
	printk(level, "plan: this memory is CONFIG_PLAN_DIGEST=\"%s\"\n", word);
}

void __init plan_verify(void)
{
	char why[PLAN_WHY_BYTES];
	struct plan_hash h;
	enum plan_verdict verdict;

	hash_plan(&h);
	verdict = compare(&h, plan_expected, why, sizeof(why));
	if (verdict != PLAN_DIFFERS) {
		pr_info("plan: digest 0x%016llx, %s\n", (unsigned long long)h.digest, why);
		if (verdict == PLAN_UNCHECKED)
			log_word(LOGLEVEL_DEBUG, &h);
		return;
	}
	log_word(LOGLEVEL_NOTICE, &h);
	if (IS_ENABLED(CONFIG_PLAN_MISMATCH_STOP))
		boot_failed("plan: digest 0x%016llx is none of CONFIG_PLAN_DIGEST: %s",
			    (unsigned long long)h.digest, why);
	pr_warn("plan: digest 0x%016llx is none of CONFIG_PLAN_DIGEST: %s\n",
		(unsigned long long)h.digest, why);
}
