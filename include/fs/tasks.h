/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_TASKS_H
#define FS_TASKS_H

#include <kernel/types.h>

struct files;

/*
 * What files ask of programs: the storey of programs is above and offers it once, at boot. Without
 * an offer there are none: nobody gets a signal, and job control lets everybody through.
 */
struct file_tasks {
	/* Of the running program; 0: the kernel. */
	int (*pid)(void);
	int (*pgid)(void);
	int (*sid)(void);
	/* The session of a group; 0: there is no such group. */
	int (*group_session)(int pgid);
	void (*signal_group)(int pgid, int sig);
	void (*signal_self)(int sig);
	bool (*ignores)(int sig);
	bool (*orphaned)(int pgid);
	/* Descriptors of a program, with a reference for files_exit(); NULL: it has ended. */
	struct files *(*files)(int pid);
	/* The least number of a program above after; 0: there is none. */
	int (*next)(int after);
};

void files_offer_tasks(const struct file_tasks *tasks);
extern const struct file_tasks *file_tasks;

/* Signals that files send. */
#define FILE_SIGHUP	1
#define FILE_SIGINT	2
#define FILE_SIGQUIT	3
#define FILE_SIGPIPE	13
#define FILE_SIGCONT	18
#define FILE_SIGTSTP	20
#define FILE_SIGTTIN	21
#define FILE_SIGTTOU	22
#define FILE_SIGWINCH	28

#endif /* FS_TASKS_H */
