/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan: the kernel's own boot_memory() in a process, for a tree of the user's, then the
 * description that the kernel would give of itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/plan.h>
#include <host/host.h>
#include <host/model.h>

#include "options.h"
#include "target_image.h"

const struct target_image target_image = TARGET_IMAGE;

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

static void lay_out(struct host_machine *machine, const struct plan_options *o)
{
	uint64_t first_ram;
	void *fdt = plan_load_tree(o, &first_ram);

	*machine = (struct host_machine){
		.first_ram = first_ram == ~0ull ? 0 : first_ram,
		.linear_bytes = model_linear_map_bytes(),
		.kernel_pa = o->has_kernel_base ? o->kernel_base : first_ram + SZ_2M,
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

int main(int argc, char **argv)
{
	struct seq_file out = { .write = write_stdout };
	struct host_machine machine;
	struct plan_options o;

	plan_parse_options(&o, argc, argv);
	lay_out(&machine, &o);
	host_reset(&machine);
	if (HOST_TRY(boot_memory()) != HOST_RAN_ON) {
		if (o.log)
			fputs(host_log(), stderr);
		print_sentence(host_stop_text());
		return PLAN_UNUSABLE;
	}
	if (o.log)
		fputs(host_log(), stderr);
	plan_show_json(&out);
	return fflush(stdout) || ferror(stdout) ? PLAN_UNUSABLE : PLAN_SOUND;
}
