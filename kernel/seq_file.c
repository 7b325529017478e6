/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/console.h>
#include <kernel/math.h>
#include <kernel/seq_file.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>

#define SEQ_LINE_BYTES	512

void seq_write(struct seq_file *m, const char *text, size_t len)
{
	m->write(m, text, len);
}

void seq_puts(struct seq_file *m, const char *text)
{
	m->write(m, text, strlen(text));
}

void seq_putc(struct seq_file *m, char c)
{
	m->write(m, &c, 1);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	char line[SEQ_LINE_BYTES];
	size_t len;

	len = va_scnprintf(line, sizeof(line), fmt);
	m->write(m, line, len);
}

static void seq_console_write(struct seq_file *m, const char *text, size_t len)
{
	(void)m;
	console_write(text, len);
}

struct seq_file seq_console = { .write = seq_console_write };	/* [c] */

static void seq_buf_write(struct seq_file *m, const char *text, size_t len)
{
	struct seq_buf *s = container_of(m, struct seq_buf, m);
	size_t room = s->size - 1 - s->len, part = min(len, room);

	memcpy(s->buf + s->len, text, part);
	s->len += part;
	s->buf[s->len] = '\0';
	s->lost += len - part;
}

void seq_buf_init(struct seq_buf *s, char *buf, size_t size)
{
	*s = (struct seq_buf){ .m = { .write = seq_buf_write }, .buf = buf, .size = size };
	buf[0] = '\0';
}
