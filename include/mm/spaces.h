/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_SPACES_H
#define MM_SPACES_H

/* NULL, or the rule that an address space of a program breaks. All CPUs stand still. With
 * CONFIG_PROCESSES alone. */
const char *spaces_validate(void);

#endif /* MM_SPACES_H */
