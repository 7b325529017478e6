/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page with the drawing. html/build.mjs makes the page once, and it lies beside this program,
 * which fills in its blanks. Names come from a device tree that nobody vouches for: text that goes
 * into markup is escaped, and JSON is written so that it cannot hold markup.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kernel/types.h>

#include "show.h"
#include "text.h"
#include "why.h"

/* By its path from this program's folder. */
#define PAGE_FILE	"plan.d/page.html"

static const char *const class_ids[NR_OWNER_CLASSES] = {
	[OWNER_FIRMWARE] = "firmware",
	[OWNER_TREE_NODE] = "node",
	[OWNER_MEMRESERVE] = "memreserve",
	[OWNER_INITRD] = "initrd",
	[OWNER_TREE] = "tree",
	[OWNER_CRASH] = "crash",
	[OWNER_IMAGE] = "image",
	[OWNER_MEMMAP] = "memmap",
	[OWNER_TABLES] = "tables",
	[OWNER_PERCPU] = "percpu",
	[OWNER_PAGEBLOCKS] = "pageblocks",
	[OWNER_OTHER] = "other",
};

static char *page_name(void)
{
	size_t room = 4096;
	char *name = plan_alloc(room + sizeof(PAGE_FILE), 1), *slash;
	ssize_t length = readlink("/proc/self/exe", name, room - 1);

	name[length > 0 ? length : 0] = 0;
	slash = strrchr(name, '/');
	strcpy(slash ? slash + 1 : name, PAGE_FILE);
	return name;
}

static char *read_page(void)
{
	const char *name = page_name();
	FILE *f = fopen(name, "rb");
	char *page;
	long bytes;

	if (!f)
		plan_die(PLAN_USAGE, "--format html: %s: %s; 'make plan-html' makes it, and needs "
			 "nodejs and npm", name, strerror(errno));
	if (fseek(f, 0, SEEK_END) || (bytes = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
		plan_die(PLAN_USAGE, "%s: it cannot be read", name);
	page = plan_alloc((size_t)bytes + 1, 1);
	if (fread(page, 1, (size_t)bytes, f) != (size_t)bytes)
		plan_die(PLAN_USAGE, "%s: it cannot be read", name);
	fclose(f);
	return page;
}

/* ---- what goes into the blanks ---- */

static void put_markup(const char *text, size_t bytes, FILE *out)
{
	for (; bytes--; text++) {
		const char *entity = *text == '<' ? "&lt;" : *text == '>' ? "&gt;" :
			*text == '&' ? "&amp;" : *text == '"' ? "&quot;" :
			*text == '\'' ? "&#39;" : NULL;

		if (entity)
			fputs(entity, out);
		else
			fputc(*text, out);
	}
}

/* Writes JSON in which nothing can end a script: such characters stand in strings alone, and are
 * escaped. */
static void put_json(const char *text, size_t bytes, FILE *out)
{
	for (; bytes--; text++) {
		if (*text == '<' || *text == '>' || *text == '&')
			fprintf(out, "\\u%04x", (unsigned int)*text);
		else
			fputc(*text, out);
	}
}

/* Writes a string of the report's, which is printable ASCII. */
static void put_string(const char *key, const char *text, FILE *out)
{
	fprintf(out, "\"%s\":\"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		put_json(text, 1, out);
	}
	fputc('"', out);
}

static void put_span(const struct report *r, size_t nr, const char **comma, FILE *out)
{
	const struct report_span *s = &r->spans[nr];
	const char *class = s->reserved && !s->ram ? "outside" :
		s->reserved ? class_ids[s->reserved->class] :
		!s->ram ? "hole" : s->ram->nomap ? "other" : "free";
	uint64_t base, end;

	if (!report_whole_frames(s, &base, &end))
		return;
	fprintf(out, "%s{\"base\":\"0x%llx\",\"end\":\"0x%llx\",\"class\":\"%s\",\"nomap\":%s,",
		*comma, ULL(base), ULL(end), class, s->ram && s->ram->nomap ? "true" : "false");
	*comma = ",";
	put_string("what", source_owner_words(r, nr), out);
	fputc(',', out);
	if (s->reserved) {
		put_string("owner", s->reserved->owner, out);
		fputc(',', out);
	}
	put_string("source", source_of_span(r, nr), out);
	fputc('}', out);
}

static void put_letters(const char *name, const struct bound_letter *letters, int nr, FILE *out)
{
	fprintf(out, "\"%s\":[", name);
	for (int i = 0; i < nr; i++) {
		fprintf(out, "%s{\"letter\":\"%c\",\"value\":%lu,", i ? "," : "",
			letters[i].letter, letters[i].value);
		put_string("what", letters[i].what, out);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_bounds(const struct report *r, FILE *out)
{
	struct bound_letter letters[NR_MM_LETTERS];
	struct mm_bound bounds[NR_MM_PATHS];
	struct mm_bounds_of of;

	report_bounds_of(r, &of);
	mm_bounds(&of, bounds);
	mm_bounds_letters(&of, letters);
	fputs("\"bounds\":[", out);
	for (int i = 0; i < NR_MM_PATHS; i++) {
		if (!bounds[i].steps)
			continue;
		fputs(i ? ",{" : "{", out);
		put_string("path", bounds[i].path, out);
		fputc(',', out);
		put_string("formula", bounds[i].formula, out);
		fprintf(out, ",\"steps\":%lu,\"instructions\":%lu,\"irqs_off\":%lu}",
			bounds[i].steps, bounds[i].instructions,
			bounds[bounds[i].hold].instructions);
	}
	fputs("],", out);
	put_letters("letters", letters, NR_MM_LETTERS, out);
}

static void put_thread_bounds(const struct report *r, FILE *out)
{
	struct bound_letter letters[NR_THREAD_LETTERS];
	struct thread_bound bounds[NR_THREAD_PATHS];
	struct thread_bounds_of of;
	const char *comma = "";
	bool any = report_thread_bounds_of(r, &of);

	thread_bounds(&of, bounds);
	thread_bounds_letters(&of, letters);
	fputs(",\"thread_bounds\":[", out);
	for (int i = 0; i < NR_THREAD_PATHS; i++) {
		if (!any || !bounds[i].instructions)
			continue;
		fprintf(out, "%s{", comma);
		comma = ",";
		put_string("path", bounds[i].path, out);
		fputc(',', out);
		put_string("formula", bounds[i].formula, out);
		fprintf(out, ",\"instructions\":%lu}", bounds[i].instructions);
	}
	fputs("],", out);
	put_letters("thread_letters", letters, NR_THREAD_LETTERS, out);
}

static void put_works(const struct report *r, FILE *out)
{
	struct program_bound works[NR_PROGRAM_WORKS];
	struct program_step steps[NR_PROGRAM_STEPS];
	struct program_bounds_of of;
	int nr = report_program_bounds_of(r, &of) ? NR_PROGRAM_WORKS : 0;

	program_bounds(&of, works);
	program_steps(&of, steps);
	fputs(",\"works\":[", out);
	for (int i = 0; i < nr; i++) {
		fputs(i ? ",{" : "{", out);
		put_string("work", works[i].work, out);
		fputc(',', out);
		put_string("formula", works[i].formula, out);
		fprintf(out, ",\"usual\":%lu,\"most\":%lu}", works[i].usual, works[i].most);
	}
	fputs("],\"steps\":[", out);
	for (int i = 0; i < NR_PROGRAM_STEPS; i++) {
		fprintf(out, "%s{\"letter\":\"%c\",\"usual\":%lu,\"most\":%lu,", i ? "," : "",
			steps[i].letter, steps[i].usual, steps[i].most);
		put_string("what", steps[i].what, out);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_pageblocks(const struct report *r, FILE *out)
{
	const char *comma = "";
	const struct value *list;
	char text[64];

	fputs("\"pageblocks\":[", out);
	value_for_each(list, value_get(r->plan, "pcp")) {
		report_pageblocks_text(r, list, text, sizeof(text));
		fprintf(out, "%s\"%s\"", comma, text);
		comma = ",";
	}
	fputs("],", out);
}

/* Writes the sums, and each range with its class and source, which the plan leaves to its
 * reader. */
static void put_view(const struct report *r, const struct plan_input *in, FILE *out)
{
	const char *comma = "";
	char why[WHY_BYTES];

	fputc('{', out);
	put_string("name", source_printable(in->name), out);
	fputs(",\"why\":{", out);
	why_largest(r, why);
	put_string("largest", why, out);
	fputc(',', out);
	why_longest(r, why);
	put_string("longest", why, out);
	fputc('}', out);
	fprintf(out, ",\"ram\":%llu,\"kernel\":%llu,\"nomap\":%llu,\"odd\":%llu,",
		ULL(r->ram_bytes), ULL(r->kernel_bytes), ULL(r->nomap_bytes), ULL(r->odd_bytes));
	fprintf(out, "\"longest\":{\"base\":\"0x%llx\",\"bytes\":%llu},\"classes\":[",
		ULL(r->longest_free_base), ULL(r->longest_free_bytes));
	for (int c = 0; c < NR_OWNER_CLASSES; c++) {
		fprintf(out, "%s{\"id\":\"%s\",", c ? "," : "", class_ids[c]);
		put_string("name", report_class_name((enum owner_class)c), out);
		fprintf(out, ",\"kernel\":%s,\"bytes\":%llu}",
			report_class_is_kernel((enum owner_class)c) ? "true" : "false",
			ULL(r->owned_bytes[c]));
	}
	fputs("],\"spans\":[", out);
	for (size_t i = 0; i < r->nr_spans; i++)
		put_span(r, i, &comma, out);
	fputs("],", out);
	put_pageblocks(r, out);
	put_bounds(r, out);
	put_thread_bounds(r, out);
	put_works(r, out);
	fputc('}', out);
}

static void put_title(const struct plan_input *in, FILE *out)
{
	const char *model = source_model(in, NULL);

	fputs(model ? "Memory of " : "Memory plan", out);
	if (model)
		put_markup(model, strlen(model), out);
}

static void put_text(const struct report *r, const struct plan_input *in, FILE *out)
{
	size_t bytes;
	char *text;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		plan_die(PLAN_UNUSABLE, "no memory for the page");
	text_print(r, in, stream);
	if (fclose(stream))
		plan_die(PLAN_UNUSABLE, "no memory for the page");
	put_markup(text, bytes, out);
	free(text);
}

void html_print(const struct plan_json *json, const struct report *r, FILE *out)
{
	const char *page = read_page(), *blank;

	while ((blank = strstr(page, "@PLAN_"))) {
		const char *name = blank + strlen("@PLAN_"), *end = strchr(name, '@');

		if (!end)
			break;
		fwrite(page, 1, (size_t)(blank - page), out);
		if (strncmp(name, "TITLE@", 6) == 0)
			put_title(&json->input, out);
		else if (strncmp(name, "TEXT@", 5) == 0)
			put_text(r, &json->input, out);
		else if (strncmp(name, "JSON@", 5) == 0)
			put_json(json->text, json->bytes, out);
		else if (strncmp(name, "VIEW@", 5) == 0)
			put_view(r, &json->input, out);
		page = end + 1;
	}
	fputs(page, out);
}
