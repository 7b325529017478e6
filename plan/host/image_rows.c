/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's image declares, in the image of the plan: accounts whose guarantees boot sums
 * up, and threads. scripts/target-image.py reads them from the linked kernel.
 */
#include <kernel/compiler.h>
#include <kernel/thread.h>
#include <mm/account.h>

#include "target_image.h"

#define IMAGE_ACCOUNT(nr, text, guaranteed_pages, limit_pages) \
	static struct mem_account account_##nr = { \
		.name = text, .guaranteed = guaranteed_pages, .limit = limit_pages, \
		.exact = (guaranteed_pages) > 0, \
	}; \
	static struct mem_account *const row_##nr __used __section(".mem_accounts") __aligned(8) = \
		&account_##nr;

#define IMAGE_THREAD(nr, text, stack, owner, urgency) \
	static const struct static_thread thread_##nr __used __section(".threads") \
		__aligned(8) = { \
		.stack_bytes = stack, .name = text, \
		.account = &(const struct mem_account){ .name = owner }, .priority = urgency, \
	};

TARGET_ACCOUNTS
TARGET_THREADS
