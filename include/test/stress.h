/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_STRESS_H
#define TEST_STRESS_H

#include <kernel/seq_file.h>
#include <kernel/types.h>

/*
 * That many random operations on every online CPU, with audits. Process context on the boot CPU. 0,
 * -ENOMEM before anything was done, -EINTR after Ctrl-C, -EIO with what is wrong; each is printed.
 */
int stress_run(struct seq_file *out, u64 operations, u64 seed) __must_check;
/* The same without audits, for which all CPUs stand still, and without a word but of what fails. */
int stress_load(struct seq_file *out, u64 operations, u64 seed) __must_check;

#endif /* TEST_STRESS_H */
