/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/cmdline.h>

#include "options.h"

static const char usage[] =
	"usage: plan --dtb FILE [option]...\n"
	"       plan --plan FILE [--format text|json|html]\n"
	"       plan diff A B [option]...      A, B: a plan's file, or --dtb FILE\n"
	"  --dtb FILE              the device tree, as the kernel will get it\n"
	"  --plan FILE             a plan that was printed as JSON before, here or by a board\n"
	"  --mem SIZE[,SIZE]...    RAM in the tree's one bank: 512M, 8G; several with config\n"
	"  --initrd BASE,SIZE      an initial RAM disk\n"
	"  --initrd FILE           the initramfs: what the programs of its manifest need\n"
	"  --programs FILE         a manifest in the place of /etc/programs in the initramfs\n"
	"  --kernel-base ADDRESS   where the image lies; first RAM + 2 MiB\n"
	"  --fdt-addr ADDRESS      where the tree lies; where the board's boot loader puts it\n"
	"  --boot-hart ID          the hart that boots; the first one that can\n"
	"  --cmdline STRING        boot arguments instead of the tree's\n"
	"  --format text|json|html|config\n"
	"                          text; config: the line of .config that expects this plan\n"
	"  --explain OPTION        what an option of .config decides here, and other values would\n"
	"  --check                 fail unless the plan is one of CONFIG_PLAN_DIGEST\n"
	"  --log                   the boot log too, on standard error\n"
	"exit status: 0 sound, 1 tree or memory map unusable, 2 bad usage\n"
	"of diff:     0 equal, 1 different, 2 anything else\n";

/* A comparison gives exit status 1 a meaning of its own. */
static bool comparing;

void plan_die(int status, const char *fmt, ...)
{
	va_list args;

	fputs("plan: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(comparing && status == PLAN_UNUSABLE ? PLAN_USAGE : status);
}

static uint64_t parse_number(const char *option, const char *text, const char **end)
{
	uint64_t value;
	bool ok;

	value = memparse(text, end, &ok);
	if (!ok)
		plan_die(PLAN_USAGE, "--%s %s: a number such as 0x80200000 or 512M is expected",
			 option, text);
	return value;
}

static uint64_t parse_whole(const char *option, const char *text)
{
	const char *end;
	uint64_t value = parse_number(option, text, &end);

	if (*end)
		plan_die(PLAN_USAGE, "--%s %s: \"%s\" does not belong to a number", option, text,
			 end);
	return value;
}

static void parse_initrd(struct plan_options *o, const char *text)
{
	const char *end;

	if (*text < '0' || *text > '9') {
		o->initrd_file = text;
		return;
	}
	o->initrd_base = parse_number("initrd", text, &end);
	if (*end != ',')
		plan_die(PLAN_USAGE, "--initrd %s: BASE,SIZE is expected", text);
	o->initrd_size = parse_whole("initrd", end + 1);
	o->has_initrd = true;
}

static void parse_mem(struct plan_options *o, const char *text)
{
	const char *end = text - 1;

	for (o->nr_mems = 0; o->nr_mems < PLAN_MEMS_MOST; ) {
		o->mems[o->nr_mems++] = parse_number("mem", end + 1, &end);
		if (*end != ',')
			break;
	}
	if (*end && *end != ',')
		plan_die(PLAN_USAGE, "--mem %s: \"%s\" does not belong to a number", text, end);
	if (*end)
		plan_die(PLAN_USAGE, "--mem %s: at most %d sizes with commas between are expected",
			 text, PLAN_MEMS_MOST);
	o->mem = o->mems[0];
	o->has_mem = true;
}

static enum plan_format parse_format(const char *text)
{
	if (strcmp(text, "text") == 0)
		return PLAN_TEXT;
	if (strcmp(text, "json") == 0)
		return PLAN_JSON;
	if (strcmp(text, "html") == 0)
		return PLAN_HTML;
	if (strcmp(text, "config") == 0)
		return PLAN_CONFIG;
	plan_die(PLAN_USAGE, "--format %s: text, json, html or config is expected", text);
}

static void add_side(struct plan_options *o, const char *file, bool is_tree)
{
	if (o->nr_sides == (o->diff ? 2 : 1))
		plan_die(PLAN_USAGE, "%s: %s", file, o->diff ? "two plans are compared, no more" :
			 "one tree or plan is shown; 'plan diff' compares two");
	o->sides[o->nr_sides++] = (struct plan_side){ file, is_tree };
}

static const struct option options[] = {
	{ "dtb", required_argument, NULL, 'd' },
	{ "plan", required_argument, NULL, 'p' },
	{ "mem", required_argument, NULL, 'm' },
	{ "initrd", required_argument, NULL, 'i' },
	{ "programs", required_argument, NULL, 'P' },
	{ "kernel-base", required_argument, NULL, 'k' },
	{ "fdt-addr", required_argument, NULL, 'a' },
	{ "boot-hart", required_argument, NULL, 'b' },
	{ "cmdline", required_argument, NULL, 'c' },
	{ "format", required_argument, NULL, 'f' },
	{ "explain", required_argument, NULL, 'x' },
	{ "check", no_argument, NULL, 'C' },
	{ "log", no_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void take_option(struct plan_options *o, int c)
{
	switch (c) {
	case 'd':
		add_side(o, optarg, true);
		break;
	case 'p':
		add_side(o, optarg, false);
		break;
	case 'm':
		parse_mem(o, optarg);
		break;
	case 'i':
		parse_initrd(o, optarg);
		break;
	case 'P':
		o->programs = optarg;
		break;
	case 'k':
		o->kernel_base = parse_whole("kernel-base", optarg);
		o->has_kernel_base = true;
		break;
	case 'a':
		o->fdt_addr = parse_whole("fdt-addr", optarg);
		o->has_fdt_addr = true;
		break;
	case 'b':
		o->boot_hart = parse_whole("boot-hart", optarg);
		o->has_boot_hart = true;
		break;
	case 'c':
		o->cmdline = optarg;
		break;
	case 'f':
		o->format = parse_format(optarg);
		break;
	case 'x':
		o->explain = optarg;
		break;
	case 'C':
		o->check = true;
		break;
	case 'l':
		o->log = true;
		break;
	default:
		fputs(usage, c == 'h' ? stdout : stderr);
		exit(c == 'h' ? PLAN_SOUND : PLAN_USAGE);
	}
}

/* Takes a word that is no option: it is one of the plans to compare. */
static void take_word(struct plan_options *o, const char *word)
{
	if (!o->diff)
		plan_die(PLAN_USAGE, "%s is not an option; --help lists them", word);
	add_side(o, word, false);
}

static void check_options(const struct plan_options *o)
{
	bool tree = o->sides[0].is_tree || o->sides[1].is_tree;

	if (o->nr_mems > 1 && o->format != PLAN_CONFIG)
		plan_die(PLAN_USAGE, "--mem: several sizes go with --format config alone");
	if (o->diff && o->nr_sides < 2)
		plan_die(PLAN_USAGE, "diff compares two: files with plans, or --dtb FILE");
	if (o->diff && o->format != PLAN_TEXT)
		plan_die(PLAN_USAGE, "diff has but one --format, text");
	if (o->explain && (o->diff || o->format != PLAN_TEXT))
		plan_die(PLAN_USAGE, "--explain is text about one plan: neither diff nor --format go "
			 "with it");
	if (o->explain && !o->sides[0].is_tree)
		plan_die(PLAN_USAGE, "--explain speaks of this program's own .config: it needs --dtb");
	if (o->programs && !o->initrd_file)
		plan_die(PLAN_USAGE, "--programs: the programs lie in an archive, --initrd FILE");
	if (o->initrd_file && (o->diff || o->explain || o->format == PLAN_CONFIG))
		plan_die(PLAN_USAGE, "--initrd FILE: what programs need is a part of one plan: neither "
			 "diff, --explain nor --format config go with it");
	if (!o->nr_sides)
		plan_die(PLAN_USAGE, "--dtb FILE is needed; --help lists the options");
	if (!tree && (o->has_mem || o->has_initrd || o->initrd_file || o->has_kernel_base ||
		      o->has_fdt_addr || o->has_boot_hart || o->cmdline || o->check || o->log ||
		      o->format == PLAN_CONFIG))
		plan_die(PLAN_USAGE, "what is asked changes a tree's plan, and there is no --dtb");
}

void plan_parse_options(struct plan_options *o, int argc, char **argv)
{
	int c;

	memset(o, 0, sizeof(*o));
	if (argc > 1 && strcmp(argv[1], "diff") == 0) {
		o->diff = comparing = true;
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	/* With "-" words come in their place among the options, so that the order of a comparison
	 * is known. */
	while ((c = getopt_long(argc, argv, "-", options, NULL)) != -1) {
		if (c == 1)
			take_word(o, optarg);
		else
			take_option(o, c);
	}
	while (optind < argc)
		take_word(o, argv[optind++]);
	check_options(o);
}
