/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log and the ways to stop, in the place of kernel/printk.c, console.c and panic.c, which a
 * process does not link. Messages are kept for tests to look at, and are also shown when the
 * environment has TESSERA_LOG. A stop returns to the test that expects it; without one it ends the
 * process.
 *
 * The kernel's own files would not do. Their ring keeps stamped lines and drops the oldest, while
 * tests read a megabyte of plain text. Their panic ends with the machine, while here the caller
 * runs on and is told which of three stops it was. And a program that boots ten thousand machines a
 * second has no time for a console. test/target/printk.c tests the kernel's own files, in the
 * kernel.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/assert.h>
#include <kernel/console.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <host/host.h>

#define LOG_BYTES	(1u << 20)

int console_loglevel = LOGLEVEL_DEBUG;

static char log_text[LOG_BYTES + 1];
static size_t log_bytes;

static struct console *registered;

static jmp_buf catcher;
static bool armed;
static enum host_stop stopped;
static char stop_text[STOP_TEXT_BYTES];

void host_log_clear(void)
{
	log_bytes = 0;
	log_text[0] = 0;
}

const char *host_log(void)
{
	return log_text;
}

void host_log_add(const char *text)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	size_t len = strlen(text);

	pthread_mutex_lock(&mutex);
	if (getenv("TESSERA_LOG"))
		fputs(text, stderr);
	/* A test looks at what it has just caused, so that the first half can go. */
	if (log_bytes + len > LOG_BYTES) {
		memmove(log_text, log_text + log_bytes / 2, log_bytes - log_bytes / 2);
		log_bytes -= log_bytes / 2;
	}
	memcpy(log_text + log_bytes, text, len + 1);
	log_bytes += len;
	pthread_mutex_unlock(&mutex);
}

void vprintk(int level, const char *fmt, va_list args)
{
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), fmt, args);
	host_log_add(line);
}

void printk(int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

/* TESSERA_LOG shows the log to those who want to see it. */
void console_use_firmware(void)
{
}

void register_console(struct console *con)
{
	registered = con;
}

struct console *host_console(void)
{
	return registered;
}

void console_write(const char *text, size_t len)
{
	fwrite(text, 1, len, stdout);
}

/* What is written to stdout is sent when the process ends. */
void console_flush(void)
{
}

/* A process can be ended in other ways. */
bool console_interrupted(void)
{
	return false;
}

jmp_buf *host_arm(void)
{
	armed = true;
	stopped = HOST_RAN_ON;
	stop_text[0] = 0;
	return &catcher;
}

enum host_stop host_disarm(void)
{
	armed = false;
	return stopped;
}

const char *host_stop_text(void)
{
	return stop_text;
}

void host_stop(enum host_stop how, const char *text)
{
	stopped = how;
	snprintf(stop_text, sizeof(stop_text), "%s", text);
	if (armed)
		longjmp(catcher, 1);
	fprintf(stderr, "%s\nThe log so far:\n%s", text, log_text);
	abort();
}

static __noreturn void stop_with(enum host_stop how, const char *fmt, va_list args)
{
	char text[STOP_TEXT_BYTES];

	vsnprintf(text, sizeof(text), fmt, args);
	host_stop(how, text);
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	stop_with(HOST_PANIC, fmt, args);
}

void boot_failed(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	stop_with(HOST_BOOT_FAILED, fmt, args);
}

void assert_failed(const char *cond, const char *file, int line, const char *fmt, ...)
{
	char what[STOP_TEXT_BYTES], text[2 * STOP_TEXT_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(text, sizeof(text), "%s:%d: %s (%s)", file, line, what, cond);
	host_stop(HOST_ASSERT_FAILED, text);
}
