/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CMDLINE_H
#define KERNEL_CMDLINE_H

#include <kernel/types.h>

#define COMMAND_LINE_SIZE	1024

/* Boot arguments as given (/chosen bootargs, else CONFIG_CMDLINE); constant after set-up. */
extern char boot_command_line[COMMAND_LINE_SIZE];

/* Copies args; arguments that do not fit are left out as a whole, with a warning. */
void cmdline_init(const char *args);

/* A warning for each argument that nobody reads. */
void check_boot_arguments(void);

/*
 * Value of the last "name=value" or "name" on the command line, unquoted, copied into buf
 * (size bytes, NUL-terminated). Quotes protect spaces: run="a; b". Returns the length, 0 for a bare
 * name or an empty value, -ENOENT when absent or behind "--", -E2BIG when it did not fit (buf holds
 * a part).
 */
int cmdline_get(const char *name, char *buf, size_t size);
bool cmdline_has(const char *name);

/*
 * A size such as 512M, 0x1000, 2G; end gets the first character not used. Suffixes K M G T,
 * either case. *ok is false when there is no digit or it overflows.
 */
u64 memparse(const char *text, const char **end, bool *ok);

/* Numbers that an argument may give, and what to call them in a warning: "a size such as 512M". */
struct number_wanted {
	u64 least, most;
	const char *what;
};

/*
 * The number that name=... gives. False when name is absent, and when what follows it is none of
 * those wanted: then *value stays as it was, and one warning says that the argument is ignored.
 */
bool cmdline_get_number(const char *name, const struct number_wanted *wanted, u64 *value);

#endif /* KERNEL_CMDLINE_H */
