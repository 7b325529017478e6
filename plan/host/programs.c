/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that are to run on a board: their ELF headers, the archive and the manifest are read by
 * the kernel's own code, and what they need is held against what boot leaves.
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
#include "process/elf_file.h"
#include "process/start.h"

#include "show.h"
#include "table.h"
#include "text.h"

#define PATH_BYTES	4096
#define LINKS_MOST	8
#define KIB(pages)	thousands((pages) * 4ull)

struct archive {
	const char *name, *data;
	size_t bytes;
};

struct program {
	struct manifest_row row;
	struct footprint needs;
};

struct programs {
	struct program each[MANIFEST_ROWS];
	unsigned int nr;
	unsigned long file_pages, kernel_pages, guaranteed_pages, free_pages;
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

/* ---- the page ---- */

static void print_row(struct table *t, const struct program *p)
{
	table_cell(t, "%s", p->row.name);
	table_cell(t, "%s", KIB(p->needs.text));
	table_cell(t, "%s", KIB(p->needs.data));
	table_cell(t, "%s", p->row.heap ? KIB(p->needs.heap) : "-");
	table_cell(t, "%s", KIB(p->needs.stack));
	table_cell(t, "%s", KIB(p->needs.tables));
	table_cell(t, "%s", KIB(footprint_guarantee(&p->needs)));
	table_cell(t, "%s", p->row.guarantee ? thousands(p->row.guarantee / 1024) :
		   p->row.limit ? "limit" : "-");
	table_cell(t, "%s", !p->row.guarantee ? "best effort" :
		   p->row.guarantee / 4096 < footprint_guarantee(&p->needs) ? "too small" : "");
}

static void print_table(const struct programs *all, FILE *out)
{
	struct footprint sum = { 0 };
	unsigned long own = 0;
	struct table t;

	text_heading(out, "Programs", "KiB at most, one process each");
	table_begin(&t, "lrrrrrrrl", "program|text|data|heap|stack|tables|own|guarantee|");
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct footprint *f = &all->each[i].needs;

		print_row(&t, &all->each[i]);
		sum.text += f->text;
		sum.data += f->data;
		sum.heap += f->heap;
		sum.stack += f->stack;
		sum.tables += f->tables;
		own += footprint_guarantee(f);
	}
	table_rule(&t);
	table_cell(&t, "sum");
	table_cell(&t, "%s", KIB(sum.text));
	table_cell(&t, "%s", KIB(sum.data));
	table_cell(&t, "%s", KIB(sum.heap));
	table_cell(&t, "%s", KIB(sum.stack));
	table_cell(&t, "%s", KIB(sum.tables));
	table_cell(&t, "%s", KIB(own));
	table_cell(&t, "%s", KIB(all->guaranteed_pages));
	table_end(&t, out);
}

/* Guarantees beyond what their programs need cost nothing to cut; then stacks, whose limit nobody
 * has said. */
static void print_cuts(const struct programs *all, FILE *out)
{
	const char *between = "the cheapest cuts are: ";

	for (unsigned int i = 0; i < all->nr; i++) {
		const struct program *p = &all->each[i];
		unsigned long has = p->row.guarantee / 4096, needs = footprint_guarantee(&p->needs);

		if (p->row.heap && has > needs) {
			fprintf(out, "%sguarantee=%luK of %s, %s less", between, needs * 4,
				p->row.name, human((has - needs) * 4096ull));
			between = "; ";
		}
		if (has && !p->row.stack) {
			fprintf(out, "%sa stack= for %s, of which %s are held", between,
				p->row.name, human(START_STACK_BYTES));
			between = "; ";
		}
	}
	fprintf(out, "%s\n", *between == ';' ? "" : "give guarantees that are smaller, or add RAM");
}

static bool print_sum(const struct programs *all, FILE *out)
{
	unsigned long wanted = all->guaranteed_pages + all->kernel_pages + all->file_pages;

	fprintf(out, "  files %s + kernel's part %s + guarantees %s, of %s that boot leaves\n",
		human(all->file_pages * 4096ull), human(all->kernel_pages * 4096ull),
		human(all->guaranteed_pages * 4096ull), human(all->free_pages * 4096ull));
	if (wanted <= all->free_pages) {
		fprintf(out, "  fits, %s spare\n", human((all->free_pages - wanted) * 4096ull));
		return true;
	}
	fprintf(out, "  short by %s: ", human((wanted - all->free_pages) * 4096ull));
	print_cuts(all, out);
	return false;
}

bool programs_print(const struct plan_options *o, FILE *out)
{
	static struct programs all;
	struct archive a = { .name = o->initrd_file };
	bool small = false;

	a.data = plan_read_file(o->initrd_file, &a.bytes);
	read_manifest(&a, o->programs, &all);
	all.file_pages = pages_of_files(&a);
	for (unsigned int i = 0; i < all.nr; i++) {
		unsigned long pages = all.each[i].row.guarantee / 4096;

		all.guaranteed_pages += pages;
		small |= pages && pages < footprint_guarantee(&all.each[i].needs);
	}
	IF_ENABLED(CONFIG_ADMISSION,
		   if (all.guaranteed_pages) all.kernel_pages = CONFIG_ADMISSION_KERNEL_KB / 4;)
	/* What the archive itself lies in is free once it is unpacked. */
	all.free_pages = nr_free_pages();
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, all.free_pages = account_reservable();)
	all.free_pages += initrd_bytes / 4096;
	print_table(&all, out);
	if (small)
		fprintf(out, "  a guarantee that is too small is less than its program may need\n");
	return print_sum(&all, out) && !small;
}
