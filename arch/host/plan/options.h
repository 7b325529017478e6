/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum plan_format { PLAN_TEXT, PLAN_JSON, PLAN_HTML };

/* What the command line asks for. has_x: x was given. */
struct plan_options {
	const char *dtb, *cmdline;
	uint64_t mem, initrd_base, initrd_size, kernel_base, fdt_addr;
	bool has_mem, has_initrd, has_kernel_base, has_fdt_addr, log;
	enum plan_format format;
};

/* Exit statuses. */
#define PLAN_SOUND	0
#define PLAN_UNUSABLE	1
#define PLAN_USAGE	2

/* Ends the process with PLAN_USAGE and a sentence when the words are wrong. */
void plan_parse_options(struct plan_options *o, int argc, char **argv);

/* Ends the process with a sentence. */
void plan_die(int status, const char *fmt, ...)
	__attribute__((__noreturn__, __format__(__printf__, 2, 3)));

/*
 * Reads the blob and makes the changes that the options ask for. The result has no more bytes
 * than the file unless something was changed. *first_ram: lowest RAM that it names.
 */
void *plan_load_tree(const struct plan_options *o, uint64_t *first_ram);

/* Where QEMU or U-Boot of the board that the tree names would put it. */
uint64_t plan_default_fdt_addr(const void *fdt);

#endif /* PLAN_OPTIONS_H */
