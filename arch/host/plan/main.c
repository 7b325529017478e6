/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan: the kernel's own boot_memory() in a process, for a tree of the user's, then the
 * description that the kernel would give of itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/bench.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/plan.h>
#include <host/host.h>
#include <host/model.h>

#include "options.h"
#include "target_image.h"

const struct target_image target_image = TARGET_IMAGE;

/* Marks count instructions, of which a process knows none. */
void boot_mark(enum boot_mark mark)
{
	(void)mark;
}

static void write_stdout(struct seq_file *m, const char *text, size_t len)
{
	(void)m;
	fwrite(text, 1, len, stdout);
}

/* A sentence of several lines is one: people read the last line of an error. */
static void print_sentence(const char *text)
{
	fputs("plan: ", stderr);
	for (; *text; text++)
		fputc(*text == '\n' ? ' ' : *text, stderr);
	fputc('\n', stderr);
}

/* Without RAM any place does: boot will not get as far as the kernel's. */
static uint64_t default_kernel_base(uint64_t first_ram)
{
	return first_ram == ~0ull ? SZ_2M : ALIGN_UP(first_ram, SZ_2M) + SZ_2M;
}

static void lay_out(struct host_machine *machine, const struct plan_options *o)
{
	uint64_t first_ram;
	void *fdt = plan_load_tree(o, &first_ram);

	*machine = (struct host_machine){
		.first_ram = first_ram == ~0ull ? 0 : first_ram,
		.linear_bytes = model_linear_map_bytes(),
		.kernel_pa = o->has_kernel_base ? o->kernel_base : default_kernel_base(first_ram),
		.kernel_bytes = target_image.end,
		.fdt = fdt,
		.fdt_bytes = fdt_totalsize(fdt),
		.fdt_pa = o->has_fdt_addr ? o->fdt_addr : plan_default_fdt_addr(fdt),
		.target = &target_image,
	};
	if (machine->kernel_pa % SZ_2M)
		plan_die(PLAN_USAGE, "--kernel-base 0x%llx: the image lies at a multiple of 2 MiB",
			 (unsigned long long)machine->kernel_pa);
	if (machine->fdt_pa % 8)
		plan_die(PLAN_USAGE, "--fdt-addr 0x%llx: a tree lies at a multiple of 8",
			 (unsigned long long)machine->fdt_pa);
}

/* Boots the tree of the options; a sentence when that fails. */
static bool boot(const struct plan_options *o)
{
	struct host_machine machine;
	bool booted;

	lay_out(&machine, o);
	host_reset(&machine);
	booted = HOST_TRY(boot_memory()) == HOST_RAN_ON;
	if (o->log)
		fputs(host_log(), stderr);
	if (!booted)
		print_sentence(host_stop_text());
	return booted;
}

/* The line of .config that expects these plans, one for each amount of RAM. */
static bool show_config_line(struct seq_file *out, struct plan_options *o)
{
	char words[PLAN_DIGEST_BYTES];
	struct seq_buf line;

	seq_buf_init(&line, words, sizeof(words));
	for (unsigned int i = 0; i < (o->nr_mems ? o->nr_mems : 1); i++) {
		if (i)
			seq_putc(&line.m, ' ');
		o->mem = o->mems[i];
		if (!boot(o) || !plan_check(o))
			return false;
		plan_show_word(&line.m);
	}
	if (line.lost)
		plan_die(PLAN_USAGE, "--mem: that is more than CONFIG_PLAN_DIGEST has room for");
	seq_puts(out, "CONFIG_PLAN_DIGEST=\"");
	seq_puts(out, words);
	seq_puts(out, "\"\n");
	return true;
}

static bool show(struct seq_file *out, struct plan_options *o)
{
	if (o->format == PLAN_CONFIG)
		return show_config_line(out, o);
	if (!boot(o))
		return false;
	plan_show_json(out);
	return plan_check(o);
}

int main(int argc, char **argv)
{
	struct seq_file out = { .write = write_stdout };
	struct plan_options o;
	bool sound;

	plan_parse_options(&o, argc, argv);
	sound = show(&out, &o);
	return fflush(stdout) || ferror(stdout) || !sound ? PLAN_UNUSABLE : PLAN_SOUND;
}
