/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs and their files ask of each other. */
#include <kernel/errno.h>
#include <kernel/init.h>
#include <fs/file.h>
#include <fs/files.h>
#include <fs/path.h>
#include <fs/tasks.h>

#include "internal.h"

static struct page *backing_frame(void *file, u64 index, bool make)
{
	return file_frame(file, index, make);
}

static struct page_holder *backing_holder(void *file)
{
	return file_page_holder(file);
}

static void backing_get(void *file)
{
	(void)file_get(file);
}

static void backing_put(void *file)
{
	file_put(file);
}

const struct backing_ops file_backing = {
	.frame = backing_frame, .holder = backing_holder,
	.get = backing_get, .put = backing_put,
};

const void *backing_identity(const struct backing_ops *ops, const void *file)
{
	return ops == &file_backing ? ((const struct file *)file)->inode : file;
}

int program_open(const char *path, struct file **f)
{
	const struct fs_path p = { .place = current_process()->place, .text = path };

	return path_open_exec(&p, f);
}

/* ---- what files ask ---- */

static int task_pid(void)
{
	return current_process() ? current_process()->pid : 0;
}

static int task_pgid(void)
{
	return current_process() ? current_process()->pgid : 0;
}

static int task_sid(void)
{
	return current_process() ? current_process()->sid : 0;
}

static int task_group_session(int pgid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	int sid = 0;

	list_for_each(at, process_list()) {
		const struct process *p = list_entry(at, struct process, all);

		if (p->pgid == pgid)
			sid = p->sid;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return sid;
}

static void task_signal_group(int pgid, int sig)
{
	(void)process_signal_group(pgid, sig);
}

static struct files *task_files(int pid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *p = find_process(pid);
	struct files *files = p && p->files ? files_share(p->files) : NULL;

	spin_unlock_irqrestore(&process_lock, flags);
	return files;
}

static int task_next(int after)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	int pid = after + 1;

	while (pid < CONFIG_MAX_PROCESSES && !find_process(pid))
		pid++;
	spin_unlock_irqrestore(&process_lock, flags);
	return pid < CONFIG_MAX_PROCESSES ? pid : 0;
}

bool process_group_is_orphaned(int pgid)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct list_head *at;
	bool orphaned = true;

	list_for_each(at, process_list()) {
		const struct process *p = list_entry(at, struct process, all);
		const struct process *parent = p->parent;

		if (p->pgid == pgid && p->state != PROCESS_ZOMBIE && parent &&
		    parent->pgid != pgid && parent->sid == p->sid)
			orphaned = false;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return orphaned;
}

static const struct file_tasks tasks_of_programs = {
	.pid = task_pid, .pgid = task_pgid, .sid = task_sid,
	.group_session = task_group_session, .signal_group = task_signal_group,
	.signal_self = process_signal_self, .ignores = signal_is_ignored_or_blocked,
	.orphaned = process_group_is_orphaned, .files = task_files, .next = task_next,
};

static int __init offer_tasks(void)
{
	files_offer_tasks(&tasks_of_programs);
	return 0;
}
initcall(offer_tasks);
