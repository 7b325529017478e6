/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's consoles: the debug console, else the legacy one. */
#include <kernel/console.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <arch/console.h>
#include <arch/page.h>
#include <asm/sbi.h>

/* What the firmware reads lies in the image: its physical address is known at any time, and
 * a caller's text may lie anywhere. Guarded like the console itself, by its caller. */
static char dbcn_out[128];	/* [C] */
static char dbcn_in[1];		/* [s] */

static void dbcn_write(struct console *con, const char *text, size_t len)
{
	(void)con;
	while (len) {
		size_t part = min(len, sizeof(dbcn_out)), sent = 0;

		memcpy(dbcn_out, text, part);
		while (sent < part) {
			long n = sbi_debug_write(__pa_symbol(dbcn_out + sent), part - sent);

			if (n < 0)
				return;
			sent += (size_t)n;
		}
		text += part;
		len -= part;
	}
}

static int dbcn_getc(struct console *con)
{
	(void)con;
	return sbi_debug_read(__pa_symbol(dbcn_in), 1) == 1 ? (unsigned char)dbcn_in[0] : -1;
}

bool arch_firmware_putc(char c)
{
	if (sbi_has(SBI_HAS_DBCN))
		sbi_debug_write_byte(c);
	else if (sbi_has_console())
		sbi_legacy_putchar(c);
	else
		return false;
	return true;
}

static void legacy_write(struct console *con, const char *text, size_t len)
{
	(void)con;
	while (len--)
		sbi_legacy_putchar(*text++);
}

static int legacy_getc(struct console *con)
{
	(void)con;
	return sbi_legacy_getchar();
}

static struct console dbcn_console = {		/* [c] */
	.name = "sbi-dbcn", .write = dbcn_write, .getc = dbcn_getc,
};
static struct console legacy_console = {	/* [c] */
	.name = "sbi-legacy", .write = legacy_write, .getc = legacy_getc,
};

struct console *__init arch_firmware_console(void)
{
	if (sbi_has(SBI_HAS_DBCN))
		return &dbcn_console;
	return sbi_has(SBI_HAS_LEGACY_CONSOLE) ? &legacy_console : NULL;
}
