/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum plan_format { PLAN_TEXT, PLAN_JSON, PLAN_HTML, PLAN_CONFIG };

/* The most amounts of RAM that one run plans for. */
#define PLAN_MEMS_MOST	10

/* One side: a tree to plan for, or a plan that was printed before. */
struct plan_side {
	const char *file;
	bool is_tree;
};

/* What the command line asks for. has_x: the option x was given. */
struct plan_options {
	struct plan_side sides[2];
	unsigned int nr_sides;
	bool diff;			/* compare both sides; otherwise there is one */
	const char *dtb, *cmdline, *explain;	/* dtb: the tree to plan for */
	const char *initrd_file, *programs;	/* an archive, and the manifest, if not its own */
	uint64_t mem, initrd_base, initrd_size, kernel_base, fdt_addr, boot_hart;
	bool has_mem, has_initrd, has_kernel_base, has_fdt_addr, has_boot_hart, log, check;
	uint64_t mems[PLAN_MEMS_MOST];	/* the first is mem; PLAN_CONFIG uses each in turn */
	unsigned int nr_mems;
	enum plan_format format;
};

/* Exit statuses; those of diff are 0 equal, 1 different, 2 anything that prevented an answer. */
#define PLAN_SOUND	0
#define PLAN_UNUSABLE	1
#define PLAN_USAGE	2
#define PLAN_DIFFERENT	1

/* Ends the process with PLAN_USAGE and a sentence when the command line is wrong. */
void plan_parse_options(struct plan_options *o, int argc, char **argv);

/* Ends the process with a sentence. */
void plan_die(int status, const char *fmt, ...)
	__attribute__((__noreturn__, __format__(__printf__, 2, 3)));

/* Compares the booted plan with the budgets and, if asked, with CONFIG_PLAN_DIGEST; a failure
 * prints a sentence. */
bool plan_check(const struct plan_options *o);

#endif /* PLAN_OPTIONS_H */
