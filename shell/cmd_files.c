/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <fs/view.h>
#include <shell/shell.h>

#include "internal.h"

#define PROC		"/proc"
#define PROC_LEN	(sizeof(PROC) - 1)

/*
 * Returns the name below /proc, "" for /proc itself, NULL for a path that does not lead there. The
 * shell's current folder is /proc, where all files are.
 */
static const char *proc_name(const char *path)
{
	if (!strchr(path, '/'))
		return path;
	if (strncmp(path, PROC, PROC_LEN))
		return NULL;
	path += PROC_LEN;
	if (!*path)
		return path;
	return *path == '/' ? path + 1 : NULL;
}

static int list_path(struct seq_file *out, const char *path)
{
	const char *name = proc_name(path);

	if (!strcmp(path, "/")) {
		seq_puts(out, "proc\n");
		return 0;
	}
	if (name && !*name) {
		for (const struct view *v = view_after(NULL); v; v = view_after(v->name))
			seq_printf(out, "%s\n", v->name);
		return 0;
	}
	if (name && view_find(name)) {
		seq_printf(out, "%s\n", path);
		return 0;
	}
	seq_printf(out, "%s: no such file\n", path);
	return -ENOENT;
}

static int ls_run(struct seq_file *out, int argc, char **argv)
{
	int result = 0, err;

	if (argc == 1)
		return list_path(out, PROC);
	for (int i = 1; i < argc; i++) {
		err = list_path(out, argv[i]);
		result = err ? err : result;
	}
	return result;
}

SHELL_COMMAND(ls, "[path...]", "list the files, by default those of /proc", "ls", ls_run);

static int cat_file(struct seq_file *out, const char *path)
{
	const char *name = proc_name(path);
	const struct view *view = name ? view_find(name) : NULL;

	if (!view) {
		seq_printf(out, "%s: no such file (ls lists them)\n", path);
		return -ENOENT;
	}
	view->show(out);
	return 0;
}

static int cat_run(struct seq_file *out, int argc, char **argv)
{
	int result = 0, err;

	if (argc == 1) {
		seq_puts(out, "which file? ls lists them\n");
		return shell_usage(out, argv[0]);
	}
	for (int i = 1; i < argc; i++) {
		err = cat_file(out, argv[i]);
		result = err ? err : result;
	}
	return result;
}

SHELL_COMMAND(cat, "<file>...", "print files; a name alone is one of /proc", "cat buddyinfo",
	      cat_run);

static int echo_run(struct seq_file *out, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (i > 1)
			seq_putc(out, ' ');
		seq_puts(out, argv[i]);
	}
	seq_putc(out, '\n');
	return 0;
}

SHELL_COMMAND(echo, "[word...]", "print the words", "echo 'one;  two'", echo_run);

static void dmesg_record(void *ctx, u64 time_us, int level, const char *text, size_t len)
{
	struct seq_file *out = ctx;
	char stamp[24];

	(void)level;
	seq_write(out, stamp, printk_stamp(stamp, sizeof(stamp), time_us));
	seq_write(out, text, len);
	seq_putc(out, '\n');
}

static int dmesg_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printk_for_each(dmesg_record, out);
	return 0;
}

SHELL_COMMAND(dmesg, "", "print the kernel's log", "dmesg", dmesg_run);
