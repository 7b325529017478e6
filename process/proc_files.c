/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/<pid>: what is known of a process, in Linux's text. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <fs/path.h>
#include <fs/proc.h>
#include <fs/tty.h>
#include <mm/slab.h>

#include "internal.h"

#define USER_HZ		100u

/* A process as it was at one moment. */
struct process_seen {
	int pid, ppid, pgid, sid;
	char state;
	char name[PROCESS_NAME_BYTES];
	unsigned int nr_threads, priority, cpu;
	u64 start_us, ticks, children_ticks;
	u64 pending, blocked, ignored, caught;
	int exit_signal, exit_code;
	uintptr_t arguments_start, arguments_end, environment_start, environment_end;
	struct address_space *space;	/* a user of it is the caller; NULL: it has ended */
};

static char state_of(const struct process *p, const struct thread *t)
{
	if (p->state == PROCESS_ZOMBIE)
		return 'Z';
	if (p->state == PROCESS_STOPPED)
		return 'T';
	return t && READ_ONCE(t->state) == THREAD_BLOCKED ? 'S' : 'R';
}

/* [p] */
static void see_signals(const struct process *p, const struct user_thread *u,
			struct process_seen *seen)
{
	seen->pending = p->pending;
	seen->blocked = u ? u->blocked : 0;
	for (unsigned int i = 0; p->actions && i < NSIG; i++) {
		if (signal_action_of(p, (int)i + 1)->handler == SIG_IGN)
			seen->ignored |= 1ull << i;
		else if (signal_action_of(p, (int)i + 1)->handler != SIG_DFL)
			seen->caught |= 1ull << i;
	}
}

/* [p] */
static void see(const struct process *p, struct process_seen *seen)
{
	const struct user_thread *u = list_empty(&p->threads) ? NULL :
				      list_first_entry(&p->threads, struct user_thread, mates);
	const struct thread *t = u ? u->thread : NULL;

	*seen = (struct process_seen){
		.pid = p->pid, .ppid = p->parent ? p->parent->pid : 0, .pgid = p->pgid,
		.sid = p->sid, .state = state_of(p, t), .nr_threads = p->nr_threads,
		.priority = t ? t->base_priority : 0, .cpu = t ? READ_ONCE(t->cpu) : 0,
		.start_us = p->start_us, .children_ticks = p->children_ticks,
		.exit_signal = p->exit_signal, .exit_code = p->exit_code,
		.arguments_start = p->arguments_start, .arguments_end = p->arguments_end,
		.environment_start = p->environment_start, .environment_end = p->environment_end,
		.space = p->space,
	};
	memcpy(seen->name, p->name, sizeof(seen->name));
	seen->name[sizeof(seen->name) - 1] = '\0';
	see_signals(p, u, seen);
	seen->ticks = process_ticks_locked(p);
	if (seen->space)
		space_get(seen->space);
}

/* 0, or -ESRCH. seen_end() afterwards. */
static int process_see(int pid, struct process_seen *seen)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	const struct process *p = find_process(pid);

	if (p)
		see(p, seen);
	spin_unlock_irqrestore(&process_lock, flags);
	return p ? 0 : -ESRCH;
}

static void seen_end(struct process_seen *seen)
{
	if (seen->space)
		space_put(seen->space);
}

static u64 in_user_hz(u64 ticks)
{
	return ticks / DIV_ROUND_UP(timebase_hz, USER_HZ);
}

/* ---- stat, statm, status ---- */

static unsigned long pages_of(const struct process_seen *seen, bool resident)
{
	const struct address_space *s = seen->space;

	return !s ? 0 : resident ? READ_ONCE(s->resident_pages) : READ_ONCE(s->mapped_pages);
}

static int show_stat(struct seq_file *m, int pid)
{
	struct process_seen p;
	u32 tty;
	int foreground, err = process_see(pid, &p);

	if (err)
		return err;
	tty_of_session(p.sid, &tty, &foreground);
	seq_printf(m, "%d (%s) %c %d %d %d %u %d %u %lu %u %u %u %llu %u %llu %u ", p.pid, p.name,
		   p.state, p.ppid, p.pgid, p.sid, tty, foreground, 0,
		   p.space ? READ_ONCE(p.space->faults) : 0, 0, 0, 0, ULL(in_user_hz(p.ticks)), 0,
		   ULL(in_user_hz(p.children_ticks)), 0);
	seq_printf(m, "%u %d %u %u %llu %lu %lu %llu ", 20, 0, p.nr_threads, 0,
		   ULL(p.start_us / (1000000 / USER_HZ)), pages_of(&p, false) << PAGE_SHIFT,
		   pages_of(&p, true), ~0ull);
	seq_printf(m, "%u %u %u %u %u %llu %llu %llu %llu %u %u %u %d %u %u %u %u %u %u ", 0, 0, 0,
		   0, 0, ULL(p.pending & 0x7fffffff), ULL(p.blocked & 0x7fffffff),
		   ULL(p.ignored & 0x7fffffff), ULL(p.caught & 0x7fffffff), 0, 0, 0,
		   p.exit_signal, p.cpu, 0, 0, 0, 0, 0);
	seq_printf(m, "%u %u %lu %lu %lu %lu %lu %d\n", 0, 0,
		   p.space ? p.space->heap_start : 0, p.arguments_start, p.arguments_end,
		   p.environment_start, p.environment_end, p.exit_code);
	seen_end(&p);
	return 0;
}

PROC_FILE(stat, show_stat);

/* Pages by what they are for. */
struct kinds {
	unsigned long text, data, stack, shared;
};

static struct kinds kinds_of(struct address_space *s)
{
	struct kinds k = { 0, 0, 0, 0 };
	struct list_head *at;

	if (!s)
		return k;
	mutex_lock(&s->lock);
	list_for_each(at, &s->regions) {
		const struct region *r = list_entry(at, struct region, order);
		unsigned long pages = (r->end - r->start) >> PAGE_SHIFT;

		if (r->rights & VM_EXEC)
			k.text += pages;
		else if (r->flags & REGION_GROWS_DOWN)
			k.stack += pages;
		else if (r->rights & VM_WRITE)
			k.data += pages;
		if (r->flags & REGION_SHARED)
			k.shared += pages;
	}
	mutex_unlock(&s->lock);
	return k;
}

static int show_statm(struct seq_file *m, int pid)
{
	struct process_seen p;
	struct kinds k;
	int err = process_see(pid, &p);

	if (err)
		return err;
	k = kinds_of(p.space);
	seq_printf(m, "%lu %lu %lu %lu 0 %lu 0\n", pages_of(&p, false), pages_of(&p, true),
		   k.shared, k.text, k.data + k.stack);
	seen_end(&p);
	return 0;
}

PROC_FILE(statm, show_statm);

static const char *state_word(char state)
{
	return state == 'R' ? "running" : state == 'S' ? "sleeping" : state == 'T' ? "stopped" :
	       "zombie";
}

static void show_memory(struct seq_file *m, const struct process_seen *p)
{
	struct kinds k = kinds_of(p->space);
	const struct { const char *name; unsigned long pages; } rows[] = {
		{ "VmPeak", pages_of(p, false) }, { "VmSize", pages_of(p, false) },
		{ "VmLck", 0 }, { "VmPin", 0 }, { "VmHWM", READ_ONCE(p->space->peak_pages) },
		{ "VmRSS", pages_of(p, true) }, { "VmData", k.data }, { "VmStk", k.stack },
		{ "VmExe", k.text }, { "VmLib", 0 }, { "VmPTE", READ_ONCE(p->space->table_pages) },
		{ "VmSwap", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		seq_printf(m, "%s:\t%8lu kB\n", rows[i].name, rows[i].pages << (PAGE_SHIFT - 10));
}

static int show_status(struct seq_file *m, int pid)
{
	struct process_seen p;
	int err = process_see(pid, &p);

	if (err)
		return err;
	seq_printf(m, "Name:\t%s\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\n"
		   "TracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t \n",
		   p.name, p.state, state_word(p.state), p.pid, p.pid, p.ppid, CONFIG_MAX_FILES);
	if (p.space)
		show_memory(m, &p);
	seq_printf(m, "Threads:\t%u\nSigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\n"
		   "SigIgn:\t%016llx\nSigCgt:\t%016llx\n", p.nr_threads, 0ull, ULL(p.pending),
		   ULL(p.blocked), ULL(p.ignored), ULL(p.caught));
	seen_end(&p);
	return 0;
}

PROC_FILE(status, show_status);

static int show_comm(struct seq_file *m, int pid)
{
	struct process_seen p;
	int err = process_see(pid, &p);

	if (err)
		return err;
	seq_printf(m, "%s\n", p.name);
	seen_end(&p);
	return 0;
}

PROC_FILE(comm, show_comm);

/* ---- arguments, environment ---- */

static void show_bytes(struct seq_file *m, struct address_space *s, uintptr_t at, uintptr_t end)
{
	char part[256];

	while (s && at < end) {
		size_t bytes = min(sizeof(part), (size_t)(PAGE_SIZE - at % PAGE_SIZE));

		bytes = min(bytes, (size_t)(end - at));
		if (space_read(s, at, part, bytes))
			return;
		seq_write(m, part, bytes);
		at += bytes;
	}
}

static int show_cmdline(struct seq_file *m, int pid)
{
	struct process_seen p;
	int err = process_see(pid, &p);

	if (err)
		return err;
	show_bytes(m, p.space, p.arguments_start, p.arguments_end);
	seen_end(&p);
	return 0;
}

PROC_FILE(cmdline, show_cmdline);

static int show_environ(struct seq_file *m, int pid)
{
	struct process_seen p;
	int err = process_see(pid, &p);

	if (err)
		return err;
	show_bytes(m, p.space, p.environment_start, p.environment_end);
	seen_end(&p);
	return 0;
}

PROC_FILE(environ, show_environ);

/* ---- maps ---- */

static void show_name(struct seq_file *m, const struct region *r, char *path)
{
	const struct fs_place top = { .root = files_root() };
	const struct file *f = r->file;

	if (f && r->ops == &file_backing &&
	    inode_path(&top, f->inode, path, PATH_MAX) > 0)
		seq_printf(m, "%s", path);
	else if (r->flags & REGION_HEAP)
		seq_puts(m, "[heap]");
	else if (r->flags & REGION_GROWS_DOWN)
		seq_puts(m, "[stack]");
	else if (r->ops == &vdso_backing)
		seq_puts(m, "[vdso]");
}

static void show_region(struct seq_file *m, const struct region *r, char *path)
{
	const struct file *f = r->ops == &file_backing ? r->file : NULL;
	u32 dev = f ? f->inode->dev : 0;
	int width;

	width = (int)scnprintf(path, PATH_MAX, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ",
			       r->start, r->end, r->rights & VM_READ ? 'r' : '-',
			       r->rights & VM_WRITE ? 'w' : '-', r->rights & VM_EXEC ? 'x' : '-',
			       r->flags & REGION_SHARED ? 's' : 'p',
			       ULL(f ? r->first_index << PAGE_SHIFT : 0), DEV_MAJOR(dev),
			       DEV_MINOR(dev), ULL(f ? f->inode->ino : 0));
	seq_puts(m, path);
	if (f || r->flags & (REGION_HEAP | REGION_GROWS_DOWN) || r->ops == &vdso_backing) {
		seq_printf(m, "%*s", max(73 - width, 0), "");
		show_name(m, r, path);
	}
	seq_putc(m, '\n');
}

static int show_maps(struct seq_file *m, int pid)
{
	struct process_seen p;
	struct region r = { .end = 0 };
	char *path;
	int err = process_see(pid, &p);

	if (err)
		return err;
	path = kmalloc(PATH_MAX, GFP_KERNEL | __GFP_NOWARN);
	while (path && p.space && space_next_region(p.space, r.end, &r)) {
		show_region(m, &r, path);
		if (r.file)
			r.ops->put(r.file);
	}
	kfree(path);
	seen_end(&p);
	return path ? 0 : -ENOMEM;
}

PROC_FILE(maps, show_maps);
