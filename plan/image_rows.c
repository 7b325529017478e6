/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the image declares beside itself: threads with their stacks, and memory accounts. Memory is
 * as planned whatever they are, so they are no part of the digest.
 */
#include <kernel/compiler.h>
#include <kernel/thread.h>
#include <mm/account.h>

#include "parts.h"

static __maybe_unused void show_threads(struct json *j)
{
	for (const struct static_thread *s = __threads_start; s < __threads_end; s++) {
		json_open(j, NULL, '{');
		json_string(j, "name", s->name);
		json_number(j, "priority", s->priority);
		json_number(j, "stack", s->stack_bytes);
		json_string(j, "account", s->account ? s->account->name : "kernel");
		json_close(j, '}');
	}
}

static __maybe_unused void show_accounts(struct json *j)
{
	struct account_snapshot s;
	unsigned int nr;

	for_each_account_snapshot(nr, &s) {
		if (!s.of_image)
			continue;
		json_open(j, NULL, '{');
		json_string(j, "name", s.name);
		json_number(j, "guaranteed", s.guaranteed * 4096ull);
		json_number(j, "limit", s.limit * 4096ull);
		json_close(j, '}');
	}
}

void plan_show_image_rows(struct json *j)
{
	json_open(j, "threads", '[');
	IF_ENABLED(CONFIG_THREADS, show_threads(j);)
	json_close(j, ']');
	json_open(j, "accounts", '[');
	IF_ENABLED(CONFIG_MEM_ACCOUNTS, show_accounts(j);)
	json_close(j, ']');
}
