/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "audit.h"

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	printf("# audit: %s\n", line);
}

unsigned long audit_errors(struct audit *a)
{
	struct audit own;

	return machine_audit(a ? a : &own, print_line, NULL);
}
