/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel starts a program: one without a parent, with the console as its first three files. */
#include <kernel/errno.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <fs/file.h>
#include <fs/files.h>
#include <fs/path.h>
#include <mm/account.h>
#include <mm/admission.h>
#include <process/syscalls.h>

#include "internal.h"
#include "start.h"

#define FILES_MOST		1024

const char *program_fault(int err)
{
	switch (err) {
	case -ENOENT:	return "there is no such file, or its interpreter is missing";
	case -EACCES:	return "the file may not be executed";
	case -ENOEXEC:	return "the file is no program of 64-bit RISC-V Linux";
	case -ELOOP:	return "its path has too many links, or its interpreters are scripts";
	case -E2BIG:	return "its arguments are too long";
	case -ENOMEM:	return "there is no memory for it";
	default:	return "the file cannot be read";
	}
}

static void set_limits(struct process *p, const struct program_start *q)
{
	for (unsigned int i = 0; i < NR_RLIMITS; i++)
		p->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	p->limits[RLIMIT_STACK].now = q->stack_bytes ? q->stack_bytes : START_STACK_BYTES;
	if (q->heap_bytes)
		p->limits[RLIMIT_DATA] = (struct rlimit){ q->heap_bytes, q->heap_bytes };
	p->limits[RLIMIT_CORE].now = 0;
	p->limits[RLIMIT_NOFILE] = (struct rlimit){ FILES_MOST, FILES_MOST };
	p->limits[RLIMIT_NPROC] = (struct rlimit){ CONFIG_MAX_PROCESSES, CONFIG_MAX_PROCESSES };
}

/* Standard input, output and error: the console. */
static void open_console(struct process *p)
{
	const struct fs_path path = { .place = p->place, .text = "/dev/console" };
	struct file *f;

	for (int fd = 0; fd < 3; fd++) {
		if (path_open(&path, 2, 0, &f))
			return;
		if (files_add(p->files, f, 0, false) < 0)
			file_put(f);
	}
}

static int add_words(struct exec_strings *strings, const char *words, unsigned int nr)
{
	int err = 0;

	for (; nr && !err; nr--, words += strlen(words) + 1)
		err = strings_add(strings, words);
	return err;
}

static void first_steps(void *data)
{
	static const char environment[] =
		"HOME=/root\0TERM=vt100\0PATH=/sbin:/usr/sbin:/bin:/usr/bin";
	struct program_start *q = data;
	struct exec_strings strings = { .text = NULL };
	int err = add_words(&strings, q->words, q->argc);

	strings.argc = q->argc;
	strings.env_at = strings.bytes;
	strings.envc = 3;
	if (!err)
		err = add_words(&strings, environment, strings.envc);
	open_console(current_process());
	if (!err)
		err = exec_program(q->words, &strings);
	strings_free(&strings);
	if (err) {
		q->error = err;
		process_exit(SIGKILL);
	}
	user_thread_enter();
}

static struct process *make(struct program_start *q)
{
	struct process *p = process_new(NULL);

	if (!p)
		return NULL;
	p->pgid = p->sid = p->pid;
	p->exit_signal = SIGCHLD;
	set_limits(p, q);
	strlcpy(p->name, q->name, sizeof(p->name));
	p->files = files_new();
	p->place = place_new();
	p->actions = actions_new(NULL);
	p->space = space_create();
	if (!p->files || !p->place || !p->actions || !p->space ||
	    !space_admit(p->space, q->admission, 0, "start")) {
		process_give_up(p);
		return NULL;
	}
	return p;
}

static int begin(struct process *p, struct user_thread *u, struct program_start *q)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);

	list_add_tail(&p->all, process_list());
	if (q->is_init)
		init_process = p;
	spin_unlock_irqrestore(&process_lock, flags);
	if (!user_thread_begin(u, first_steps, q, &(struct pt_regs){ .epc = 0 }))
		return 0;
	(void)user_thread_leave(u);
	if (q->is_init)
		init_process = NULL;
	return -ENOMEM;
}

struct process *program_start(struct program_start *q)
{
	struct mem_account *account = q->admission ? admission_kernel_part() : q->account;
	struct mem_account *before = account ? account_enter(account) : NULL;
	struct process *p = make(q);
	struct user_thread *u = p ? user_thread_new(p) : NULL;

	q->error = 0;
	if (p && (!u || begin(p, u, q))) {
		process_give_up(p);
		p = NULL;
	}
	if (account)
		account_enter(before);
	return p;
}
