/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum plan_format { PLAN_TEXT, PLAN_JSON, PLAN_HTML, PLAN_CONFIG };

/* Amounts of RAM that one run plans for. */
#define PLAN_MEMS_MOST	10

/* What is shown, or compared: a tree to plan for, or a plan that was printed before. */
struct plan_side {
	const char *file;
	bool is_tree;
};

/* What the command line asks for. has_x: x was given. */
struct plan_options {
	struct plan_side sides[2];
	unsigned int nr_sides;
	bool diff;			/* compare the two sides, else there is one */
	const char *dtb, *cmdline, *explain;	/* dtb: the tree that is being planned for */
	uint64_t mem, initrd_base, initrd_size, kernel_base, fdt_addr, boot_hart;
	bool has_mem, has_initrd, has_kernel_base, has_fdt_addr, has_boot_hart, log, check;
	uint64_t mems[PLAN_MEMS_MOST];	/* mem is the first, and each in turn with PLAN_CONFIG */
	unsigned int nr_mems;
	enum plan_format format;
};

/* Exit statuses; of diff: 0 equal, 1 different, 2 anything that kept it from saying so. */
#define PLAN_SOUND	0
#define PLAN_UNUSABLE	1
#define PLAN_USAGE	2
#define PLAN_DIFFERENT	1

/* Ends the process with PLAN_USAGE and a sentence when the words are wrong. */
void plan_parse_options(struct plan_options *o, int argc, char **argv);

/* Ends the process with a sentence. */
void plan_die(int status, const char *fmt, ...)
	__attribute__((__noreturn__, __format__(__printf__, 2, 3)));

/* The booted plan against the budgets and, if asked, CONFIG_PLAN_DIGEST: false with a sentence. */
bool plan_check(const struct plan_options *o);

#endif /* PLAN_OPTIONS_H */
