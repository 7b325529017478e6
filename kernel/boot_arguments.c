/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot arguments that there are, and what becomes of others: one that is misspelt, or meant for
 * another configuration, would be missed by nobody. Whoever reads an argument has a row here.
 */
#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>

#include "internal.h"

#define TEXT_BYTES	112

struct boot_argument {
	const char *name;
	const char *needs;	/* what nobody reads it without; NULL: somebody does */
};

/* The whole name stands in each row: by it the build knows what to make again. */
#define OPTION(option)	(IS_ENABLED(option) ? NULL : #option)

static const struct boot_argument arguments[] __initconst = {
	{ "cma", OPTION(CONFIG_CMA) },
	{ "console", NULL },
	{ "crashkernel", NULL },
	{ "earlycon", NULL },
	{ "init", OPTION(CONFIG_PROCESSES) },
	{ "loglevel", NULL },
	{ "maxcpus", IS_ENABLED(CONFIG_SMP) ? NULL : "CONFIG_NR_CPUS above 1" },
	{ "mem", NULL },
	{ "memblock", NULL },
	{ "memhp", OPTION(CONFIG_MEMORY_HOTPLUG) },
	{ "memtest", OPTION(CONFIG_MEMTEST) },
	{ "movablecore", OPTION(CONFIG_ZONE_MOVABLE) },
	{ "plug", IS_ENABLED(CONFIG_KTEST) && IS_ENABLED(CONFIG_PROCESSES) ?
		  OPTION(CONFIG_MEMORY_HOTPLUG) : "CONFIG_KTEST and CONFIG_PROCESSES" },
	{ "run", OPTION(CONFIG_SHELL) },
	{ "seed", OPTION(CONFIG_KTEST) },
	{ "shake", IS_ENABLED(CONFIG_KTEST) && IS_ENABLED(CONFIG_PROCESSES) ? OPTION(CONFIG_CMA) :
		   "CONFIG_KTEST and CONFIG_PROCESSES" },
	{ "strace", OPTION(CONFIG_PROCESSES) },
	{ "test", OPTION(CONFIG_KTEST) },
};

static const struct boot_argument *__init find(const char *start, const char *end)
{
	size_t len;

	start += *start == '"';
	len = min((size_t)(end - start), strcspn(start, "=\""));
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		if (strlen(arguments[i].name) == len && !memcmp(arguments[i].name, start, len))
			return &arguments[i];
	}
	return NULL;
}

/* In Linux's words, and with what would have been known. */
static void __init report_unknown(const char *unknown)
{
	char known[TEXT_BYTES];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		if (!arguments[i].needs)
			len += scnprintf(known + len, sizeof(known) - len, " %s",
					 arguments[i].name);
	}
	pr_warn("Unknown kernel command line parameters \"%s\", ignored; known are%s\n", unknown,
		known);
}

void __init check_boot_arguments(void)
{
	const char *p = boot_command_line, *start, *end;
	char unknown[TEXT_BYTES];
	size_t len = 0;

	for (; (end = cmdline_argument(p, &start)); p = end) {
		const struct boot_argument *argument = find(start, end);

		if (!argument)
			len += scnprintf(unknown + len, sizeof(unknown) - len, "%s%.*s",
					 len ? " " : "", (int)(end - start), start);
		else if (argument->needs)
			pr_warn("%.*s is ignored: it needs %s\n",
				(int)(end - start), start, argument->needs);
	}
	if (len)
		report_unknown(unknown);
}
