/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first program: what the boot argument init= names, else what the manifest says, else /init,
 * else /bin/sh. Without a file there, the kernel's shell goes on at once; else when the program has
 * ended.
 */
#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <fs/disks.h>
#include <fs/file.h>
#include <fs/path.h>
#include <process/init.h>

#include "internal.h"
#include "start.h"

#define INIT_PATH_BYTES		128

static char init_path[INIT_PATH_BYTES];		/* [s] */

/* Is there something to start at path? */
static bool is_there(const char *path)
{
	struct fs_place *place = place_new();
	const struct fs_path p = { .place = place, .text = path };
	struct file *f;
	bool there = place && !path_open_exec(&p, &f);

	if (there)
		file_put(f);
	place_put(place);
	return there;
}

/* Does a boot argument say which, whatever else there is? */
static bool is_named(void)
{
	return cmdline_get("init", init_path, sizeof(init_path)) > 0;
}

static bool choose_init(void)
{
	static const char *const paths[] = { "/init", "/bin/sh" };

	if (is_named()) {
		if (is_there(init_path))
			return true;
		pr_err("init=%s: no program is there; the shell goes on\n", init_path);
		return false;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++) {
		strlcpy(init_path, paths[i], sizeof(init_path));
		if (is_there(init_path))
			return true;
	}
	return false;
}

void process_run_init(void)
{
	static struct program_start init = {	/* [o] */
		.name = "init", .argc = 1, .is_init = true,
	};
	struct process *p;

	if (!files_root())
		return;
	IF_ENABLED(CONFIG_BLOCK, disks_make_names();)
	if ((!is_named() && programs_run()) || !choose_init())
		return;
	init.words = init_path;
	p = program_start(&init);
	if (!p) {
		pr_err("%s: no memory for the first program\n", init_path);
		return;
	}
	while (READ_ONCE(p->state) != PROCESS_ZOMBIE)
		process_wait_for_end(~0ull);
	if (init.error)
		pr_err("%s: cannot be started: %s (error %d)\n", init_path,
		       program_fault(init.error), -init.error);
	else if (p->exit_code & 0x7f)
		pr_info("init (%s) was ended by signal %d\n", init_path, p->exit_code & 0x7f);
	else
		pr_info("init (%s) has ended with %d\n", init_path, p->exit_code >> 8 & 0xff);
	process_free(p);
}
