/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_SIGNAL_H
#define PROCESS_SIGNAL_H

#include <kernel/types.h>

/* Numbers are Linux's. */
enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
	SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
	SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS, NSIG = 64
};
#define SIGNAL_BIT(sig)		(1ull << ((sig) - 1))

/* Why: si_code. */
enum { SI_USER = 0, SI_KERNEL = 0x80, SI_TIMER = -2, SI_TKILL = -6 };
enum { ILL_ILLOPC = 1 };
enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2 };
enum { BUS_ADRALN = 1, BUS_ADRERR = 2 };
enum { TRAP_BRKPT = 1 };
enum { CLD_EXITED = 1, CLD_KILLED = 2, CLD_DUMPED = 3, CLD_STOPPED = 5, CLD_CONTINUED = 6 };

/* A signal for a process, a group of them, or the running one. 0, or -ESRCH: there is none such.
 * Any context but for one that holds a lock of row LOCK_PROCESS or below it. */
int process_signal(int pid, int sig);
int process_signal_group(int pgid, int sig);
void process_signal_self(int sig);

/* Is the running thread to leave what it waits for? Calls return -ERESTARTSYS then
 * (kernel/wait_event.h), or what they have done so far. False in threads of the kernel. */
bool signal_pending(void);

/* Would sig, were it sent to the running thread, be ignored or kept back? Job control asks. */
bool signal_is_ignored_or_blocked(int sig);

/* Is this group of the running process's session, and has it nobody outside who would wake it? */
bool process_group_is_orphaned(int pgid);


#endif /* PROCESS_SIGNAL_H */
