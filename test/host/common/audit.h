/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_AUDIT_H
#define TEST_HOST_AUDIT_H

#include <mm/audit.h>

/* Audits the machine and prints each broken rule. Returns how many there are; a may be NULL. */
unsigned long audit_errors(struct audit *a);

#endif /* TEST_HOST_AUDIT_H */
