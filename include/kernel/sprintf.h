/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SPRINTF_H
#define KERNEL_SPRINTF_H

#include <stdarg.h>

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Formatted text into buf, cut to size bytes and always NUL-terminated (size is not 0). Returns the
 * number of characters that are in buf, not what would have been. Integers, characters and
 * strings alone: there is no floating point. Any context.
 */
__printf(3, 4) size_t scnprintf(char *buf, size_t size, const char *fmt, ...);
__printf(3, 0) size_t vscnprintf(char *buf, size_t size, const char *fmt, va_list args);

/* The same with the arguments behind fmt, the last named parameter of the function it stands in. */
#define va_scnprintf(buf, size, fmt) __extension__ ({ \
	va_list _args; \
	size_t _len; \
\
	va_start(_args, fmt); \
	_len = vscnprintf(buf, size, fmt, _args); \
	va_end(_args); \
	_len; \
})

#endif /* KERNEL_SPRINTF_H */
