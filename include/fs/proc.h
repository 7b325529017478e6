/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_PROC_H
#define FS_PROC_H

#include <kernel/compiler.h>
#include <kernel/seq_file.h>
#include <fs/file.h>

/*
 * A file below /proc/<pid>, or a link with its text: rows by PROC_FILE() and PROC_LINK(). Each gets
 * the process's number and returns -ESRCH when it has ended; a link returns its length. Process
 * context.
 */
struct proc_file {
	const char *name;
	int (*show)(struct seq_file *m, int pid);
	long (*link)(int pid, char *buf, size_t size);
};

#define PROC_FILE(_name, _show) \
	static const struct proc_file __proc_file_##_name __used __section(".proc_files") \
		__aligned(8) = { .name = #_name, .show = _show }
#define PROC_LINK(_name, _link) \
	static const struct proc_file __proc_file_##_name __used __section(".proc_files") \
		__aligned(8) = { .name = #_name, .link = _link }

extern const struct proc_file __proc_files_start[], __proc_files_end[];

#endif /* FS_PROC_H */
