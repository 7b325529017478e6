/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that are to run on a board: their ELF headers, the archive and the manifest are read by
 * the kernel's own code, and what they need is held against what boot leaves. It becomes a part of
 * the plan's JSON, from which text and page are made.
 */
#define _GNU_SOURCE
#include "programs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/errno.h>
#include <mm/account.h>
#include <mm/dt_memory.h>
#include <mm/gfp.h>
#include <mm/mmzone.h>
#include <process/manifest.h>

#include "fs/cpio.h"
#include "plan/json.h"
#include "process/elf_file.h"
#include "process/start.h"

#include "objects.h"
#include "text.h"

#define PATH_BYTES	4096
#define LINKS_MOST	8
#define PAGES(nr)	((nr) * 4096ull)
/* Beside what files have: heap, stack, and the page with the kernel's code. */
#define OWN_REGIONS	3u

struct archive {
	const char *name, *data;
	size_t bytes;
};

struct program {
	struct manifest_row row;
	struct footprint needs;
	unsigned long kernel_pages;
};

struct programs {
	struct program each[MANIFEST_ROWS];
	unsigned int nr;
	unsigned long file_pages, kernel_pages, guaranteed_pages, free_pages;
};

/* Something that could be smaller. */
struct cut {
	const struct program *program;
	const char *setting;
	unsigned long to_pages, saved_pages;	/* to_pages 0: nobody has said any */
};

/* ---- the archive ---- */

/* A file of the archive, its links followed; false: it has none of that name. */
static bool find_once(const struct archive *a, const char *name, struct cpio_entry *found)
{
	struct cpio_entry e;
	bool any = false;

	for (size_t at = 0; at < a->bytes; ) {
		const char *wrong;

		if (!a->data[at]) {
			at++;
			continue;
		}
		wrong = cpio_read(a->data, a->bytes, at, &e);
		if (wrong)
			plan_die(PLAN_UNUSABLE, "%s, byte 0x%zx: %s", a->name, at, wrong);
		at = cpio_next(a->data, a->bytes, &e);
		/* Of a file with several names the last one has the bytes. */
		if (any && found->field[CPIO_NLINK] > 1 && !found->field[CPIO_FILESIZE] &&
		    e.field[CPIO_INO] == found->field[CPIO_INO])
			*found = e;
		if (strcmp(e.name + strspn(e.name, "./"), name + strspn(name, "./")))
			continue;
		*found = e;
		any = true;
	}
	return any;
}

static bool find(const struct archive *a, const char *name, struct cpio_entry *found)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s", name);
	for (int links = 0; links < LINKS_MOST && find_once(a, path, found); links++) {
		char *slash = strrchr(path, '/');
		int bytes = (int)found->field[CPIO_FILESIZE];

		if ((found->field[CPIO_MODE] & 0170000) != 0120000)
			return true;
		if (*found->content == '/' || !slash)
			slash = path;
		else
			slash++;
		snprintf(slash, sizeof(path) - (size_t)(slash - path), "%.*s", bytes,
			 found->content);
	}
	return false;
}

static unsigned long pages_of_files(const struct archive *a)
{
	unsigned long pages = 0;
	struct cpio_entry e;

	for (size_t at = 0; at < a->bytes; at = cpio_next(a->data, a->bytes, &e)) {
		while (at < a->bytes && !a->data[at])
			at++;
		if (at == a->bytes || cpio_read(a->data, a->bytes, at, &e))
			break;
		pages += (e.field[CPIO_FILESIZE] + 4095ul) / 4096;
	}
	return pages;
}

/* ---- a program ---- */

static long read_entry(void *file, u64 pos, void *buf, size_t bytes)
{
	const struct cpio_entry *e = file;
	size_t whole = e->field[CPIO_FILESIZE];

	if (pos >= whole)
		return 0;
	if (bytes > whole - pos)
		bytes = whole - pos;
	memcpy(buf, e->content + pos, bytes);
	return (long)bytes;
}

/* The interpreter that a script names, in the place of the script. */
static void follow_script(const struct archive *a, const char *who, struct cpio_entry *e)
{
	char name[256];

	if (e->field[CPIO_FILESIZE] < 3 || memcmp(e->content, "#!", 2))
		return;
	if (sscanf(e->content + 2, " %255[^ \t\n]", name) != 1 || !find(a, name, e))
		plan_die(PLAN_UNUSABLE, "%s: %s names an interpreter that is not in the archive",
			 a->name, who);
}

static void read_program(const struct archive *a, struct program *p)
{
	static struct elf program, loader;
	const char *path = p->row.command;
	struct cpio_entry file, second;
	char interpreter[256];

	if (!find(a, path, &file))
		plan_die(PLAN_UNUSABLE, "%s: %s is not in it, which program %s is to run", a->name,
			 path, p->row.name);
	follow_script(a, path, &file);
	if (elf_read(read_entry, &file, &program) ||
	    elf_read_interpreter(read_entry, &file, &program, interpreter, sizeof(interpreter)))
		plan_die(PLAN_UNUSABLE, "%s: %s is no program of riscv64", a->name, path);
	if (interpreter[0] && (!find(a, interpreter, &second) ||
			       elf_read(read_entry, &second, &loader)))
		plan_die(PLAN_UNUSABLE, "%s: %s wants %s, which is no program in it", a->name, path,
			 interpreter);
	footprint_of(&program, interpreter[0] ? &loader : NULL,
		     p->row.stack ? p->row.stack : START_STACK_BYTES, p->row.heap, &p->needs);
	p->kernel_pages = objects_pages(OWN_REGIONS + program.nr +
					(interpreter[0] ? loader.nr : 0));
}

static void read_manifest(const struct archive *a, const char *file, struct programs *all)
{
	static struct manifest_row rows[MANIFEST_ROWS];
	const char *text, *wrong;
	struct cpio_entry e;
	unsigned int line;
	size_t bytes;

	if (file) {
		text = plan_read_file(file, &bytes);
	} else {
		if (!find(a, MANIFEST_PATH, &e))
			plan_die(PLAN_UNUSABLE, "%s has no %s; --programs FILE names a manifest",
				 a->name, MANIFEST_PATH);
		text = e.content;
		bytes = e.field[CPIO_FILESIZE];
	}
	wrong = manifest_parse(text, bytes, rows, &all->nr, &line);
	if (wrong)
		plan_die(PLAN_UNUSABLE, "%s, line %u: %s", file ? file : MANIFEST_PATH, line,
			 wrong);
	for (unsigned int i = 0; i < all->nr; i++) {
		all->each[i].row = rows[i];
		read_program(a, &all->each[i]);
	}
}

/* ---- what could be smaller ---- */

static int more_saved(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;

	return (x->saved_pages < y->saved_pages) - (x->saved_pages > y->saved_pages);
}

/* Guarantees beyond what their programs need cost nothing to cut; then stacks, whose limit nobody
 * has said. What saves most comes first. */
static unsigned int find_cuts(const struct programs *all, struct cut *cuts)
{
	unsigned int nr = 0, stacks;

	for (unsigned int i = 0; i < all->nr; i++) {
		const struct program *p = &all->each[i];
		unsigned long has = p->row.guarantee / 4096, needs = footprint_guarantee(&p->needs);

		if (p->row.heap && has > needs)
			cuts[nr++] = (struct cut){ p, "guarantee", needs, has - needs };
	}
	stacks = nr;
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct program *p = &all->each[i];

		if (p->row.guarantee && !p->row.stack)
			cuts[nr++] = (struct cut){ p, "stack", 0, START_STACK_BYTES / 4096 };
	}
	qsort(cuts, stacks, sizeof(*cuts), more_saved);
	return nr;
}

/* ---- JSON ---- */

static const char *class_of(const struct program *p)
{
	return p->row.guarantee ? "reserved" : p->row.limit ? "limit" : "best effort";
}

static bool is_enough(const struct program *p)
{
	return !p->row.guarantee || p->row.guarantee / 4096 >= footprint_guarantee(&p->needs);
}

static void put_program(struct json *j, const struct program *p)
{
	const struct footprint *f = &p->needs;

	json_open(j, NULL, '{');
	json_string(j, "name", p->row.name);
	json_string(j, "path", p->row.command);
	json_string(j, "class", class_of(p));
	json_number(j, "text", PAGES(f->text));
	json_number(j, "data", PAGES(f->data));
	json_number(j, "heap", PAGES(f->heap));
	json_bool(j, "heap_limited", p->row.heap);
	json_number(j, "stack", PAGES(f->stack));
	json_number(j, "tables", PAGES(f->tables));
	json_number(j, "own", PAGES(footprint_guarantee(f)));
	json_number(j, "kernel", PAGES(p->kernel_pages));
	json_number(j, "guarantee", p->row.guarantee);
	json_number(j, "limit", p->row.limit);
	json_bool(j, "enough", is_enough(p));
	json_close(j, '}');
}

static void put_cut(struct json *j, const struct cut *c)
{
	json_open(j, NULL, '{');
	json_string(j, "program", c->program->row.name);
	json_string(j, "setting", c->setting);
	json_number(j, "to", PAGES(c->to_pages));
	json_number(j, "saved", PAGES(c->saved_pages));
	json_close(j, '}');
}

static void put_works(struct json *j, const struct report *r)
{
	struct program_bound works[NR_PROGRAM_WORKS];
	struct program_bounds_of of;
	int nr = report_program_bounds_of(r, &of) ? NR_PROGRAM_WORKS : 0;

	program_bounds(&of, works);
	json_open(j, "works", '[');
	for (int i = 0; i < nr; i++) {
		json_open(j, NULL, '{');
		json_string(j, "work", works[i].work);
		json_string(j, "formula", works[i].formula);
		json_number(j, "usual", works[i].usual);
		json_number(j, "most", works[i].most);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static bool put_programs(struct json *j, const struct programs *all, const struct report *r)
{
	unsigned long wanted = all->guaranteed_pages + all->kernel_pages + all->file_pages;
	unsigned long has = all->free_pages;
	struct cut cuts[2 * MANIFEST_ROWS];
	unsigned int nr = wanted > has ? find_cuts(all, cuts) : 0;
	bool fits = wanted <= has;

	json_open(j, "programs", '{');
	json_open(j, "each", '[');
	for (unsigned int i = 0; i < all->nr; i++) {
		put_program(j, &all->each[i]);
		fits &= is_enough(&all->each[i]);
	}
	json_close(j, ']');
	json_number(j, "files", PAGES(all->file_pages));
	json_number(j, "kernel_part", PAGES(all->kernel_pages));
	json_number(j, "guaranteed", PAGES(all->guaranteed_pages));
	json_number(j, "left", PAGES(has));
	json_number(j, "spare", wanted <= has ? PAGES(has - wanted) : 0);
	json_number(j, "short", wanted > has ? PAGES(wanted - has) : 0);
	json_open(j, "cuts", '[');
	for (unsigned int i = 0; i < nr; i++)
		put_cut(j, &cuts[i]);
	json_close(j, ']');
	json_bool(j, "fits", fits);
	put_works(j, r);
	json_close(j, '}');
	return fits;
}

static void sum_up(struct programs *all, const struct archive *a)
{
	all->file_pages = pages_of_files(a);
	for (unsigned int i = 0; i < all->nr; i++)
		all->guaranteed_pages += all->each[i].row.guarantee / 4096;
	IF_ENABLED(CONFIG_ADMISSION,
		   if (all->guaranteed_pages) all->kernel_pages = CONFIG_ADMISSION_KERNEL_KB / 4;)
	/* What the archive itself lies in is free once it is unpacked. */
	all->free_pages = nr_free_pages();
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, all->free_pages = account_reservable();)
	all->free_pages += initrd_bytes / 4096;
}

static void write_stream(struct seq_file *m, const char *text, size_t len)
{
	fwrite(text, 1, len, m->private);
}

/* The plan's JSON ends with its digest, in front of which programs go. */
static size_t place_in(const struct plan_json *json)
{
	static const char digest[] = ",\"digest\":";
	const char *at = NULL, *next = json->text;

	while ((next = memmem(next, json->bytes - (size_t)(next - json->text), digest,
			      sizeof(digest) - 1)))
		at = next++;
	if (!at)
		plan_die(PLAN_UNUSABLE, "no digest in the plan");
	return (size_t)(at - json->text);
}

/* Standard error gets the reason of the exit status, whatever form the plan has. */
static void say_what_does_not_fit(const struct programs *all)
{
	unsigned long wanted = all->guaranteed_pages + all->kernel_pages + all->file_pages;

	for (unsigned int i = 0; i < all->nr; i++) {
		const struct program *p = &all->each[i];

		if (!is_enough(p))
			fprintf(stderr, "plan: the programs do not fit: %s has guarantee=%lluK and "
				"needs guarantee=%lluK at least\n", source_printable(p->row.name),
				(unsigned long long)p->row.guarantee / 1024,
				(unsigned long long)PAGES(footprint_guarantee(&p->needs)) / 1024);
	}
	if (wanted > all->free_pages)
		fprintf(stderr, "plan: the programs do not fit: files, the kernel's part and "
			"guarantees are %lluK, and boot leaves %lluK\n",
			(unsigned long long)PAGES(wanted) / 1024,
			(unsigned long long)PAGES(all->free_pages) / 1024);
}

bool programs_add(struct plan_json *json, const struct plan_options *o)
{
	static struct programs all;
	struct archive a = { .name = o->initrd_file };
	size_t at = place_in(json), bytes;
	struct seq_file sink = { .write = write_stream };
	struct json j = { .m = &sink, .comma = true };
	FILE *stream;
	char *text;
	bool fits;

	a.data = plan_read_file(o->initrd_file, &a.bytes);
	read_manifest(&a, o->programs, &all);
	sum_up(&all, &a);
	stream = open_memstream(&text, &bytes);
	if (!stream)
		plan_die(PLAN_UNUSABLE, "no memory for the plan");
	sink.private = stream;
	fwrite(json->text, 1, at, stream);
	fits = put_programs(&j, &all, plan_report(json));
	fwrite(json->text + at, 1, json->bytes - at, stream);
	if (fclose(stream))
		plan_die(PLAN_UNUSABLE, "no memory for the plan");
	free(json->text);
	json->text = text;
	json->bytes = bytes;
	if (!fits)
		say_what_does_not_fit(&all);
	return fits;
}
