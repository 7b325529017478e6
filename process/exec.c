/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One program in the place of another. What can be wrong with the file is found while the old
 * program is still there; afterwards a failure ends the process.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/random.h>
#include <kernel/sched.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <fs/file.h>
#include <fs/files.h>
#include <fs/path.h>
#include <mm/slab.h>
#include <mm/address_space.h>
#include <mm/admission.h>
#include <process/syscalls.h>
#include <arch/irq.h>
#include <arch/user_table.h>
#include <asm/csr.h>

#include "elf_file.h"
#include "internal.h"
#include "start.h"

#define SCRIPT_LINE	256
#define SCRIPTS_MOST	4
#define INTERPRETER_MOST	256
#define STACK_FIRST_PAGES	32

struct exec {
	struct file *file, *interpreter;
	char interpreter_path[INTERPRETER_MOST];
	char path[PATH_MAX];
};

/* "#!interpreter argument": the interpreter runs the script. 1: f was one, and x->path is the
 * interpreter now; 0: it was none. */
static int read_script(struct exec *x, struct exec_strings *s)
{
	char line[SCRIPT_LINE + 1], *name, *argument, *end;
	long got = file_read_kernel(x->file, 0, line, SCRIPT_LINE);
	int err;

	if (got < 2 || line[0] != '#' || line[1] != '!')
		return got < 0 ? (int)got : 0;
	line[got] = 0;
	end = strchr(line, '\n');
	if (!end && got == SCRIPT_LINE)
		return -ENOEXEC;
	end = end ? end : line + got;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	*end = 0;
	name = line + 2 + strspn(line + 2, " \t");
	if (!*name)
		return -ENOEXEC;
	argument = name + strcspn(name, " \t");
	if (*argument) {
		*argument++ = 0;
		argument += strspn(argument, " \t");
	}
	/* argv[0] makes way for the interpreter, its argument and the script. */
	if (s->argc) {
		size_t first = strlen(s->text) + 1;

		memmove(s->text, s->text + first, s->bytes - first);
		s->bytes -= first;
		s->env_at -= first;
		s->argc--;
	}
	err = strings_prepend(s, x->path);
	if (!err && *argument)
		err = strings_prepend(s, argument);
	if (!err)
		err = strings_prepend(s, name);
	strlcpy(x->path, name, sizeof(x->path));
	return err ? err : 1;
}

/* Finds the file that is to run, through scripts, and its interpreter. */
static int find_files(struct exec *x, struct exec_strings *s)
{
	int err, depth = 0;

	for (;;) {
		err = program_open(x->path, &x->file);
		if (err)
			return err;
		err = read_script(x, s);
		if (err <= 0)
			break;
		file_put(x->file);
		x->file = NULL;
		if (++depth > SCRIPTS_MOST)
			return -ELOOP;
	}
	if (!err)
		err = elf_check(x->file, x->interpreter_path, sizeof(x->interpreter_path));
	if (!err && x->interpreter_path[0]) {
		char none[2];

		err = program_open(x->interpreter_path, &x->interpreter);
		if (!err)
			err = elf_check(x->interpreter, none, sizeof(none));
	}
	return err;
}

static void put_files(struct exec *x)
{
	if (x->file)
		file_put(x->file);
	if (x->interpreter)
		file_put(x->interpreter);
}

uintptr_t address_chance(void)
{
	return IS_ENABLED(CONFIG_ASLR) ? get_random_u64() % ELF_CHANCE & PAGE_MASK : 0;
}

static struct address_space *fresh_space(struct process *p, const struct exec *x)
{
	struct admission *admission = space_admission(p->space);
	struct address_space *s = space_create();
	u64 stack = p->limits[RLIMIT_STACK].now;
	size_t bytes = STACK_FIRST_PAGES * PAGE_SIZE;
	long at;

	if (!s)
		return NULL;
	if (stack == RLIM_INFINITY || stack > (1ull << 30))
		stack = 1ull << 30;
	s->stack_limit = stack;
	s->stack_top = ELF_STACK_TOP - address_chance();
	s->mmap_top = s->stack_top - stack - (1ul << 20) - address_chance();
	s->size_limit = p->limits[RLIMIT_AS].now;
	s->heap_limit = p->limits[RLIMIT_DATA].now;
	if (admission && !space_admit(s, admission, elf_needs(x->file, x->interpreter, stack),
				      "exec")) {
		space_put(s);
		return NULL;
	}
	/* More than its limit would come out of a guarantee that the plan has no room for. */
	if (admission)
		bytes = clamp(stack & PAGE_MASK, (u64)PAGE_SIZE, (u64)bytes);
	at = space_map(s, &(struct map_request){
		.start = s->stack_top - bytes, .bytes = bytes,
		.rights = VM_READ | VM_WRITE, .flags = REGION_GROWS_DOWN, .fixed = true,
	});
	if (at < 0 || vdso_map(s)) {
		space_put(s);
		return NULL;
	}
	return s;
}

/* The running thread sees s from now on; what it saw before goes. */
static void change_space(struct process *p, struct address_space *s)
{
	struct address_space *old = p->space;

	arch_local_irq_disable();
	spin_lock(&process_lock);
	p->space = s;
	spin_unlock(&process_lock);
	arch_space_load(&s->arch);
	arch_local_irq_enable();
	if (old)
		space_put(old);
}

static void set_name(struct process *p, const char *path)
{
	const char *slash = strrchr(path, '/');

	strlcpy(p->name, slash ? slash + 1 : path, sizeof(p->name));
}

/* There is no way back from here. */
static int start_program(struct process *p, struct exec *x, const struct exec_strings *s)
{
	struct elf_image image = { .end = 0 };
	struct pt_regs *regs = user_regs();
	struct user_thread *u = current_user();
	int err = elf_load(x->file, p->space, &image, false);
	long sp;

	p->space->heap_start = p->space->heap_end = ALIGN_UP(image.end, PAGE_SIZE);
	if (!err && x->interpreter)
		err = elf_load(x->interpreter, p->space, &image, true);
	sp = err ? err : stack_fill(p, s, &image);
	if (sp < 0)
		return (int)sp;
	*regs = (struct pt_regs){ .epc = image.entry, .sp = (unsigned long)sp,
				  .status = SSTATUS_SPIE, .thread = regs->thread };
	u->clear_tid = u->robust_list = 0;
	u->alternate_bytes = 0;
	arch_fp_clear(current_thread());
	return 0;
}

static int exec_files(struct exec *x, struct exec_strings *s)
{
	struct process *p = current_process();
	struct address_space *space;
	unsigned long flags;
	int err;

	space = fresh_space(p, x);
	if (!space)
		return -ENOMEM;
	err = process_be_alone(p);
	if (err) {
		space_put(space);
		return err;
	}
	change_space(p, space);
	err = start_program(p, x, s);
	if (err) {
		pr_info("process %d: %s does not begin: %s (error %d)\n", p->pid, x->path,
			program_fault(err), -err);
		flags = spin_lock_irqsave(&process_lock);
		process_end_threads(p, SIGKILL);
		spin_unlock_irqrestore(&process_lock, flags);
		return err;
	}
	space_admit_end(p->space);
	set_name(p, x->path);
	files_exec(p->files);
	program_timers_end(p);
	flags = spin_lock_irqsave(&process_lock);
	actions_exec(p->actions);
	p->has_execed = true;
	spin_unlock_irqrestore(&process_lock, flags);
	process_released_parent(p);
	return 0;
}

static struct exec *exec_new(void)
{
	return kzalloc(sizeof(struct exec), GFP_KERNEL | __GFP_NOWARN);
}

int exec_program(const char *path, struct exec_strings *strings)
{
	struct exec *x = exec_new();
	int err;

	if (!x)
		return -ENOMEM;
	err = strlcpy(x->path, path, sizeof(x->path)) < sizeof(x->path) ? find_files(x, strings) :
									-ENAMETOOLONG;
	if (!err)
		err = exec_files(x, strings);
	put_files(x);
	kfree(x);
	return err;
}

SYSCALL(execve)
{
	struct exec_strings strings = { .text = NULL };
	struct exec *x = exec_new();
	long length;
	int err;

	if (!x)
		return -ENOMEM;
	length = copy_string_from_user(x->path, a0, sizeof(x->path));
	err = length < 0 ? (int)length : length ? 0 : -ENOENT;
	if (!err)
		err = strings_add_user(&strings, a1, &strings.argc);
	strings.env_at = strings.bytes;
	if (!err && !strings.argc) {
		/* A program may rely on its own name. */
		err = strings_add(&strings, "");
		strings.argc = 1;
		strings.env_at = strings.bytes;
	}
	if (!err)
		err = strings_add_user(&strings, a2, &strings.envc);
	if (!err)
		err = find_files(x, &strings);
	if (!err)
		err = exec_files(x, &strings);
	put_files(x);
	kfree(x);
	strings_free(&strings);
	return err;
}
