/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_INTERNAL_H
#define PROCESS_INTERNAL_H

/* What the files of process/ share and nobody else may include, grouped by owning file. */

#include <kernel/spinlock.h>
#include <process/process.h>
#include <process/signal.h>
#include <arch/page.h>
#include <arch/thread.h>
#include <arch/time.h>
#include <asm/ptrace.h>
#include <asm/vdso.h>

/* ---- table.c ---- */

/* A number below MAX_PROCESSES leads to its process and to its thread, if it is a thread's. */
struct task_slot {
	struct process *process;	/* [p] whose number it is */
	struct user_thread *thread;	/* [p] */
};

extern spinlock_t process_lock;
extern struct process *init_process;	/* [p] the first one; NULL before and after it */

/* [p] NULL: nobody has the number. */
struct process *find_process(int pid);
struct user_thread *find_user_thread(int tid);
struct list_head *process_list(void);
/* A process without threads, with a number, a child of parent (NULL: of the kernel), that nobody
 * finds yet. NULL: no memory, or no number left. */
struct process *process_new(struct process *parent) __must_check;
/* One that nobody has found yet, or a dead one that was waited for. */
void process_free(struct process *p);
/* One that has not begun, with what it has so far. */
void process_give_up(struct process *p);
/* A thread of p that does not run yet, with a number of its own or, for the first, p's. NULL: no
 * memory or number, or the running thread is to end. */
struct user_thread *user_thread_new(struct process *p) __must_check;
/* It is gone, or has never run. True: it was the last one of its process, which stays. */
bool user_thread_leave(struct user_thread *u);
/* [p] The only thread of its process has the process's number. */
void user_thread_lead(struct user_thread *u);

/* ---- task.c ---- */

/* Lets the thread begin with these registers: 0, or -ENOMEM. */
int user_thread_start(struct user_thread *u, const struct pt_regs *regs) __must_check;
/* The same by way of a function of the kernel. */
int user_thread_begin(struct user_thread *u, thread_fn fn, void *arg,
		      const struct pt_regs *regs) __must_check;
/* A new thread goes to its program, once it has seen what was sent while it was made. */
__noreturn void user_thread_enter(void);
/* The running thread ends; with all others of its process, in code as wait4() tells it. */
__noreturn void user_thread_exit(void);
__noreturn void process_exit(int code);
/* A parent that waits in vfork() goes on. */
void process_released_parent(struct process *p);
/* [p] Its other threads are to end as well. */
void process_end_threads(struct process *p, int code);
/* The running thread's others end, and it is the process's first one; -EAGAIN: it is to end. */
int process_be_alone(struct process *p) __must_check;

/* [p] Is the thread to end? */
static inline bool is_to_end(const struct user_thread *u)
{
	const struct process *p = u->process;

	return p->group_exits || (p->alone && p->alone != u);
}

static inline struct pt_regs *user_regs(void)
{
	return user_regs_of(current_thread());
}

/* ---- wait.c ---- */

/* [p] The parent hears of what has become of p. */
void tell_parent(struct process *p, int why);

/* ---- exec.c ---- */

/* Replaces the running process's program. 0 with its registers ready, or an error; after the point
 * of no return the process ends instead. */
struct exec_strings;
int exec_program(const char *path, struct exec_strings *strings);

/* ---- strings.c ---- */

/* Arguments and environment, between two programs. */
struct exec_strings {
	char *text;			/* [o] one after the other, each with its end */
	size_t bytes, room;		/* [o] */
	unsigned int argc, envc;	/* [o] */
	size_t env_at;			/* [o] where the environment begins */
};
int strings_add(struct exec_strings *s, const char *text);
int strings_add_user(struct exec_strings *s, uintptr_t vector, unsigned int *count);
/* In front of all others. */
int strings_prepend(struct exec_strings *s, const char *text);
void strings_free(struct exec_strings *s);

/* With ASLR a multiple of a page below ELF_CHANCE; else 0. */
uintptr_t address_chance(void);

/* ---- elf.c ---- */

struct file;
struct elf_image {
	uintptr_t entry, program_entry;		/* [o] */
	uintptr_t headers, bias, interpreter;	/* [o] */
	unsigned int nr_headers;		/* [o] */
	uintptr_t end;				/* [o] of the program, where the heap begins */
	uintptr_t code_start, code_end;		/* [o] */
};
/* -ENOEXEC, or what is wrong, before anything is changed. */
int elf_check(struct file *f, char *interpreter, size_t room);
/* Pages that the program may need of its own before its heap grows. NULL: no interpreter. */
unsigned long elf_needs(struct file *f, struct file *interpreter, u64 stack);
int elf_load(struct file *f, struct address_space *s, struct elf_image *image, bool is_interpreter);

/* ---- stack.c ---- */

/* Writes arguments, environment and the auxiliary vector; the running thread sees the space. The
 * stack pointer, or an error. */
long stack_fill(struct process *p, const struct exec_strings *s, const struct elf_image *image);

/* ---- signal.c ---- */

/* [p] */
void signal_process_locked(struct process *p, int sig);
void signal_thread_locked(struct user_thread *u, int sig);
/* Sends sig, 0 being none, to each process that is wanted; -ESRCH: to nobody. */
int process_signal_each(bool (*wanted)(const struct process *p, int ctx), int ctx, int sig);
/* [p] Has u something to look at? Then it is told. */
void signal_recheck(struct user_thread *u);
struct signal_action {
	uintptr_t handler, flags, restorer;	/* [p] */
	u64 mask;				/* [p] */
};
struct signal_actions {
	u32 users;				/* [a] */
	u64 set;				/* [p] a bit for each row that says anything */
	struct signal_action of[NSIG];		/* [p] */
};

/* [p] What p does with the signal. */
static inline const struct signal_action *signal_action_of(const struct process *p, int sig)
{
	static const struct signal_action none;
	const struct signal_actions *a = p->actions;

	return a->set & SIGNAL_BIT(sig) ? &a->of[sig - 1] : &none;
}
#define SIG_DFL			0ul
#define SIG_IGN			1ul
#define SA_NOCLDSTOP		0x1ul
#define SA_NOCLDWAIT		0x2ul
#define SA_SIGINFO		0x4ul
#define SA_ONSTACK		0x08000000ul
#define SA_RESTART		0x10000000ul
#define SA_NODEFER		0x40000000ul
#define SA_RESETHAND		0x80000000ul
#define NEVER_BLOCKED		(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

struct signal_actions *actions_new(const struct signal_actions *from) __must_check;
void actions_put(struct signal_actions *a);
/* What is caught is at its default again. */
void actions_exec(struct signal_actions *a);

/* ---- signal_frame.c ---- */

struct signal_info {
	int sig, code;			/* [o] */
	int pid;			/* [o] of SI_TIMER: which timer */
	uintptr_t address;		/* [o] */
	u32 overrun;			/* [o] of SI_TIMER, as value */
	u64 value;			/* [o] */
};
/* The program goes on in the handler. -EFAULT: its stack cannot be written. */
int signal_frame_push(struct pt_regs *regs, const struct signal_action *action,
		      const struct signal_info *info, u64 blocked);

/* ---- vdso.c ---- */

/* Where a program has the page with the kernel's code, above its stack, and in it the way back of
 * handlers. */
static inline uintptr_t vdso_address(const struct address_space *s)
{
	return s->stack_top + PAGE_SIZE;
}

static inline uintptr_t vdso_sigreturn(const struct address_space *s)
{
	return vdso_address(s) + VDSO_SIGRETURN_AT;
}

int vdso_map(struct address_space *s);
extern const struct backing_ops vdso_backing;
extern union vdso_page {
	u8 bytes[PAGE_SIZE];		/* [c] but for data */
	struct {
		u8 code[VDSO_DATA_AT];	/* [c] */
		struct vdso_data data;	/* [a] */
	};
} vdso;

static inline u64 vdso_ticks_ns(u64 ticks)
{
	__extension__ typedef unsigned __int128 product;

	return (u64)((product)(ticks << vdso.data.shift) * vdso.data.multiplier >> 64);
}

/* A clock as the code of that page reads it; negative: it knows no such clock. */
static inline s64 vdso_clock_ns(unsigned long clock)
{
	if (clock >= VDSO_CLOCKS)
		return -1;
	return (s64)(vdso_ticks_ns(arch_thread_clock()) + READ_ONCE(vdso.data.offset_ns[clock]));
}

/* ---- signal_calls.c ---- */

/* Other signals are kept back while the thread waits, as ppoll() and pselect6() want: 0, -EINVAL or
 * -EFAULT; set 0: none are. interrupted: the mask stays until a handler has run. */
int signal_mask_for_wait(uintptr_t set, size_t bytes);
void signal_mask_after_wait(bool interrupted);

/* ---- alarm.c ---- */

/* The process ends: it does not ring any more. Process context. */
void alarm_end(struct process *p);

/* ---- posix_timers.c ---- */

/* All its timers go: at its end, and with a new program. Process context. */
void program_timers_end(struct process *p);
/* [p] u has taken a signal: whose is it? Only where the process has timers. */
void program_timers_taken(struct user_thread *u, struct signal_info *info);

/* ---- futex.c ---- */

int futex_wake_address(uintptr_t address, unsigned int most);

/* ---- programs.c ---- */

/* [p] A process without a parent has ended. */
void process_init_ended(void);
/* Until that comes next, or so many microseconds have passed. */
void process_wait_for_end(u64 us);

/* ---- time_calls.c ---- */

enum { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
       CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME };

/* CPU time of all its threads, up to now. */
u64 process_ticks(struct process *p);
/* The same; [p] */
u64 process_ticks_locked(const struct process *p);

/* ---- shared.c ---- */

/* Memory without a file, for mappings that are shared: one reference, for shared_put(). */
struct shared_memory *shared_new(size_t bytes) __must_check;
void shared_put(void *memory);
extern const struct backing_ops shared_backing;

/* ---- files.c ---- */

int program_open(const char *path, struct file **f);
extern const struct backing_ops file_backing;
/* What is mapped, which all mappings of it agree on. */
const void *backing_identity(const struct backing_ops *ops, const void *file);

#endif /* PROCESS_INTERNAL_H */
