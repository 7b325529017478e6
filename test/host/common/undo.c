/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes which ways back a program took, a line each, in the file that TESSERA_UNDO names. The
 * programs of a stage add to one file: each line is written at once.
 */
#define _GNU_SOURCE	/* program_invocation_short_name */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <kernel/undo.h>

void undo_path_taken(const char *file, const char *function, const char *fault)
{
	const char *log = getenv("TESSERA_UNDO");
	char line[256];
	int fd, len;

	if (!log)
		return;
	len = snprintf(line, sizeof(line), "%s\t%s:%s\t%s\n", program_invocation_short_name, file,
		       function, fault);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
	if (fd < 0 || len < 0 || write(fd, line, (size_t)len) != len)
		abort();
	close(fd);
}
