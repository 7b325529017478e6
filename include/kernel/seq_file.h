/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SEQ_FILE_H
#define KERNEL_SEQ_FILE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* A sink for text: the console in the shell, a buffer in tests. */
struct seq_file {
	void (*write)(struct seq_file *m, const char *text, size_t len);	/* [c] */
	void *private;								/* [c] */
};

/* The console as a sink. */
extern struct seq_file seq_console;

/* A single call writes at most 511 characters; a longer text is cut. */
__printf(2, 3) void seq_printf(struct seq_file *m, const char *fmt, ...);
void seq_puts(struct seq_file *m, const char *text);
void seq_putc(struct seq_file *m, char c);
void seq_write(struct seq_file *m, const char *text, size_t len);

/* A sink that fills buf (size bytes, always NUL-terminated) and counts what did not fit. */
struct seq_buf {
	struct seq_file m;
	char *buf;
	size_t size, len, lost;
};
void seq_buf_init(struct seq_buf *s, char *buf, size_t size);

#endif /* KERNEL_SEQ_FILE_H */
