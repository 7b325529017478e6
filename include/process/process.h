/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include <kernel/list.h>
#include <kernel/mutex.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/types.h>
#include <kernel/wait.h>
#include <arch/user.h>
#include <mm/address_space.h>

/*
 * Processes: programs of Linux, each with an address space, and threads that share it.
 *
 * Guards: process_lock (process/table.c) covers the tree of processes, groups and sessions and all
 * about signals; docs/locking.md has the letter.
 */
struct files;
struct fs_place;
struct signal_actions;
struct user_thread;

#define PROCESS_NAME_BYTES	16

/* What setrlimit() numbers. */
enum {
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS,
	RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING,
	RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME, NR_RLIMITS
};
#define RLIM_INFINITY	(~0ull)

struct rlimit {
	u64 now, most;			/* [o] */
};

enum process_state { PROCESS_ALIVE, PROCESS_STOPPED, PROCESS_ZOMBIE };

struct process {
	int pid;				/* [c] */
	int pgid, sid;				/* [p] */
	u8 state;				/* [p] enum process_state */
	bool has_execed;			/* [p] setpgid() by the parent comes too late */
	bool continued;				/* [p] until told */
	bool group_exits;			/* [p] every thread is to end */
	char name[PROCESS_NAME_BYTES];		/* [p*] what comm says; where words begin: fork */
	struct process *parent;			/* [p] NULL: the kernel */
	struct list_head children, sibling;	/* [p] */
	struct list_head all;			/* [p] */
	struct list_head threads;		/* [p] of user_thread.mates */
	unsigned int nr_threads;		/* [p] */

	struct address_space *space;		/* [c] but for exec */
	struct files *files;			/* [o] open descriptors: fs's */
	struct fs_place *place;			/* [o] root, working directory, umask: fs's */

	struct signal_actions *actions;		/* [p] */
	u64 pending;				/* [p] signals for any thread, a bit each */
	int exit_code;				/* [p] as wait4() tells it */
	int stop_signal;			/* [p] that it stopped by, until told */
	struct user_thread *alone;		/* [p] NULL, or all others are to end: exec */
	int exit_signal;			/* [c] what the parent gets at the end */
	struct wait_queue children_wait;	/* [f] wait4() */
	struct user_thread *vfork_waiter;	/* [p] of the parent, until exec or exit */

	struct timer alarm;			/* [p] setitimer() */
	u64 alarm_at, alarm_every;		/* [p] ticks; 0: it does not ring, not again */
	bool has_alarm;				/* [p] it was set once */
	struct program_timers *timers;		/* [p*] timer_create(); NULL: none was made */

	u64 start_us;				/* [c] */
	u64 user_ticks, kernel_ticks;		/* [p] of threads that have ended */
	u64 children_ticks;			/* [p] of children that were waited for */
	u64 minor_faults;			/* [p] */
	uintptr_t arguments_start, arguments_end;	/* [o] */
	uintptr_t environment_start, environment_end;	/* [o] */
	/* [p] Last, since a new process is cleared up to here: whoever makes it sets them all. */
	struct rlimit limits[NR_RLIMITS];
};

/* One thread of a process: what struct thread has in user. */
struct user_thread {
	struct thread *thread;			/* [c] */
	struct process *process;		/* [c] */
	int tid;				/* [c] */
	struct list_head mates;			/* [p] of the process's threads */
	u64 pending, blocked, saved_blocked;	/* [p] signals, a bit each */
	u64 awaited;				/* [p] taken by sigtimedwait(), blocked or not */
	bool restore_blocked;			/* [o] saved_blocked is what counts afterwards */
	bool in_vfork;				/* [p] waits for its child */
	uintptr_t alternate_stack;		/* [o] sigaltstack() */
	uintptr_t alternate_bytes;		/* [o] of it */
	u32 alternate_flags;			/* [o] */
	uintptr_t clear_tid;			/* [o] set_tid_address() */
	uintptr_t fault_address;		/* [o] of the signal that a fault became */
	int fault_signal, fault_code;		/* [o] */
	uintptr_t robust_list;			/* [o] set_robust_list() */
	struct arch_user arch;			/* [o] registers of F and D */
};

/* Of the running thread; NULL: it is the kernel's. Any context. */
static inline struct user_thread *current_user(void)
{
	struct thread *t = current_thread();

	return t ? t->user : NULL;
}

static inline struct process *current_process(void)
{
	struct user_thread *u = current_user();

	return u ? u->process : NULL;
}

/* The same in a system call: there is one. */
static __always_inline struct process *calling_process(void)
{
	return current_thread()->user->process;
}

static inline struct arch_space *user_arch_space(struct user_thread *u)
{
	struct address_space *s = u->process->space;

	return s ? &s->arch : NULL;
}

/* ---- for the arch ---- */

/* The running thread's program did what it may not: it gets the signal before it goes on. */
void user_fault_signal(int sig, int code, uintptr_t address);
/* The same for space_fault()'s err. */
void user_memory_fault(uintptr_t address, int err);
struct pt_regs;
/* Before it goes back to its program: signals, stops, the end. Interrupts are off, and again. */
void user_work(struct pt_regs *regs);

/* The processes in the order of their numbers: calls fn with process_lock held, until it returns
 * other than 0, and returns that. fn takes no lock that waits. */
int for_each_process(int (*fn)(struct process *p, void *ctx), void *ctx);

#endif /* PROCESS_PROCESS_H */
