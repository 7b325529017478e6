/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CONFIG_PLAN_DIGEST lies in a file of its own, where the compiler cannot see its contents from the
 * code that reads it. That code must be the same for every list, or a list would change the image
 * that it is about.
 */
#include <kernel/assert.h>
#include <kernel/init.h>
#include <plan/plan.h>

BUILD_ASSERT(sizeof(CONFIG_PLAN_DIGEST) <= PLAN_DIGEST_BYTES,
	     "CONFIG_PLAN_DIGEST is longer than its room: remove the words of a RAM size");

const char plan_expected[PLAN_DIGEST_BYTES] __initconst = CONFIG_PLAN_DIGEST;
