/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz.h"

#include <stdarg.h>

#include <sanitizer/asan_interface.h>

#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/bench.h>
#include <host/host.h>
#include <mm/audit.h>

const u64 kernel_bases[4] = { 0x80000000, 0x40000000, 0x100000000, 0 };

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static char blob[BLOB_BYTES] __attribute__((__aligned__(4096)));

void finding(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}
void boot_mark(enum boot_mark mark) { (void)mark; }
u64 __wrap_arch_ticks(void);u64 __wrap_arch_instret(void);
u64 __wrap_arch_ticks(void) { return 1; }
u64 __wrap_arch_instret(void) { return 1; }
void __wrap_vprintk(int level, const char *fmt, va_list args);void __wrap_printk(int level, const char *fmt, ...);
static char line[1024];
void __wrap_vprintk(int level, const char *fmt, va_list args)
{
	(void)level;
	vsnprintf(line, sizeof(line), fmt, args);
	if (0) fputs(line, stderr);
}
void __wrap_printk(int level, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	__wrap_vprintk(level, fmt, args);
	va_end(args);
}
static void say(void *ctx, const char *text) { (void)ctx; fprintf(stderr, "%s\n", text); }

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct host_machine m = host_default_machine;
	enum host_stop how;
	struct audit a;

	if (size < HEAD_BYTES || size > BLOB_BYTES)
		return 0;
	size -= HEAD_BYTES;
	memcpy(blob, data + HEAD_BYTES, size);
	m.fdt = blob;
	m.fdt_bytes = size;
	m.fdt_pa = 0x82000000;
	m.linear_bytes = 64u << 20;
	host_reset(&m);
	how = HOST_TRY(boot_memory());
	if (how == HOST_BOOT_FAILED)
		return 0;
	if (how != HOST_RAN_ON)
		finding("stop %d: %s", how, host_stop_text());
	if (memory_audit(&a, say, NULL))
		finding("audit");
	return 0;
}
