/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_EXPECTED_H
#define PLAN_EXPECTED_H

/* CONFIG_PLAN_DIGEST, in room of a fixed size. */
extern const char plan_expected[];

#endif /* PLAN_EXPECTED_H */
