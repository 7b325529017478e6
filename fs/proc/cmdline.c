/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/cmdline.h>
#include <fs/view.h>

static void cmdline_show(struct seq_file *m)
{
	seq_puts(m, boot_command_line);
	seq_putc(m, '\n');
}

VIEW(cmdline, cmdline_show);
