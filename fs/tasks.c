/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/compiler.h>
#include <fs/tasks.h>

static int no_number(void)
{
	return 0;
}

static int no_number_of(int of)
{
	(void)of;
	return 0;
}

static void no_signal(int pgid, int sig)
{
	(void)pgid;
	(void)sig;
}

static void no_signal_self(int sig)
{
	(void)sig;
}

static struct files *no_files(int pid)
{
	(void)pid;
	return NULL;
}

static bool nothing(int sig)
{
	(void)sig;
	return false;
}

static const struct file_tasks no_tasks = {
	.pid = no_number, .pgid = no_number, .sid = no_number, .group_session = no_number_of,
	.signal_group = no_signal, .signal_self = no_signal_self, .ignores = nothing,
	.orphaned = nothing, .files = no_files, .next = no_number_of,
};

const struct file_tasks *file_tasks = &no_tasks;	/* [c] */

void files_offer_tasks(const struct file_tasks *tasks)
{
	file_tasks = tasks;
}
