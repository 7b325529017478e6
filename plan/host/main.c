/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan: runs the kernel's own boot_memory() in a process, for a tree of the user's, and shows the
 * description that the kernel would give of itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/init.h>
#include <kernel/math.h>
#include <plan/plan.h>
#include <host/host.h>

#include "explain.h"
#include "model.h"
#include "options.h"
#include "place.h"
#include "programs.h"
#include "show.h"
#include "tree.h"

/* A sink that writes to a stream of the C library. */
static void write_stream(struct seq_file *m, const char *text, size_t len)
{
	fwrite(text, 1, len, m->private);
}

/* A sentence becomes one line, because people read the last line of an error. */
static void print_sentence(const char *text)
{
	fputs("plan: ", stderr);
	for (; *text; text++)
		fputc(*text == '\n' ? ' ' : *text, stderr);
	fputc('\n', stderr);
}

static const void *lay_out(struct host_machine *machine, const struct plan_options *o)
{
	uint64_t first_ram, image_bytes = model_target.image.end;
	const void *fdt = plan_load_tree(o, &first_ram);
	uint64_t kernel_pa = o->has_kernel_base ? o->kernel_base :
		plan_default_kernel_base(fdt, image_bytes);

	*machine = (struct host_machine){
		.first_ram = first_ram == ~0ull ? 0 : first_ram,
		.linear_bytes = model_linear_map_bytes(),
		.kernel_pa = kernel_pa,
		.kernel_bytes = image_bytes,
		.fdt = fdt,
		.fdt_bytes = fdt_totalsize(fdt),
		.fdt_pa = o->has_fdt_addr ? o->fdt_addr :
			plan_default_fdt_addr(fdt, kernel_pa, image_bytes),
		.boot_hart = o->has_boot_hart ? o->boot_hart : plan_default_boot_hart(o->dtb),
		.target = &model_target,
	};
	if (machine->kernel_pa % SZ_2M)
		plan_die(PLAN_USAGE, "--kernel-base 0x%llx: the image lies at a multiple of 2 MiB",
			 (unsigned long long)machine->kernel_pa);
	if (machine->fdt_pa % 8)
		plan_die(PLAN_USAGE, "--fdt-addr 0x%llx: a tree lies at a multiple of 8",
			 (unsigned long long)machine->fdt_pa);
	return fdt;
}

/* Boots the options' tree, to which *fdt then points; prints a sentence when that fails. */
static bool boot(const struct plan_options *o, const void **fdt)
{
	struct host_machine machine;
	bool booted;

	*fdt = lay_out(&machine, o);
	host_reset(&machine);
	booted = HOST_TRY(boot_memory()) == HOST_RAN_ON;
	if (o->log)
		fputs(host_log(), stderr);
	if (!booted)
		print_sentence(host_stop_text());
	return booted;
}

/* Prints the line of .config that expects these plans, one for each amount of RAM. */
static bool show_config_line(struct plan_options *o)
{
	char words[PLAN_DIGEST_BYTES];
	struct seq_buf line;
	const void *fdt;

	seq_buf_init(&line, words, sizeof(words));
	for (unsigned int i = 0; i < (o->nr_mems ? o->nr_mems : 1); i++) {
		if (i)
			seq_putc(&line.m, ' ');
		o->mem = o->mems[i];
		if (!boot(o, &fdt) || !plan_check(o))
			return false;
		plan_show_word(&line.m);
	}
	if (line.lost)
		plan_die(PLAN_USAGE, "--mem: that is more than CONFIG_PLAN_DIGEST has room for");
	printf("CONFIG_PLAN_DIGEST=\"%s\"\n", words);
	return true;
}

/* Makes the plan for a tree and keeps the kernel's own words. False when the tree cannot be
 * booted. */
static bool make_plan(struct plan_json *json, const struct plan_options *o)
{
	FILE *stream;

	*json = (struct plan_json){ .input.name = o->dtb };
	if (!boot(o, &json->input.fdt))
		return false;
	stream = open_memstream(&json->text, &json->bytes);
	if (!stream)
		plan_die(PLAN_UNUSABLE, "no memory for the plan");
	plan_show_json(&(struct seq_file){ .write = write_stream, .private = stream });
	if (fclose(stream))
		plan_die(PLAN_UNUSABLE, "no memory for the plan");
	json->bytes--;	/* the line's end */
	return true;
}

static bool get_side(struct plan_json *json, struct plan_options *o, unsigned int nr)
{
	const struct plan_side *side = &o->sides[nr];

	o->dtb = side->is_tree ? side->file : NULL;
	if (side->is_tree)
		return make_plan(json, o);
	plan_read(json, side->file);
	return true;
}

static int compare(struct plan_options *o)
{
	struct plan_json a, b;

	if (!get_side(&a, o, 0) || !get_side(&b, o, 1))
		return PLAN_USAGE;
	return diff_print(&a, &b, stdout) ? PLAN_DIFFERENT : PLAN_SOUND;
}

static bool show(struct plan_options *o)
{
	struct plan_json json;
	bool fits = true;

	if (o->format == PLAN_CONFIG) {
		o->dtb = o->sides[0].file;
		return show_config_line(o);
	}
	if (!get_side(&json, o, 0))
		return false;
	if (o->initrd_file)
		fits = programs_add(&json, o);
	if (o->explain)
		explain_print(explain_option(o->explain), plan_report(&json), &json.input, stdout);
	else
		plan_show(&json, o->format);
	/* The budgets apply to a plan that was booted here. */
	if (o->dtb && !plan_check(o))
		return false;
	return fits;
}

int main(int argc, char **argv)
{
	struct plan_options o;
	int status;

	plan_parse_options(&o, argc, argv);
	if (o.diff)
		status = compare(&o);
	else
		status = show(&o) ? PLAN_SOUND : PLAN_UNUSABLE;
	if (fflush(stdout) || ferror(stdout))
		return o.diff ? PLAN_USAGE : PLAN_UNUSABLE;
	return status;
}
