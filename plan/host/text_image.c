/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's tables of what the image declares: threads with their stacks, and accounts. */
#include "table.h"
#include "text.h"

static uint64_t number_of(const struct value *row, const char *key)
{
	uint64_t number = 0;

	(void)value_number(value_get(row, key), &number);
	return number;
}

static void print_threads(const struct value *threads, FILE *out)
{
	const struct value *row;
	uint64_t sum = 0;
	struct table t;

	text_heading(out, "Threads of the image", "their stacks and a guard page each are in the image");
	table_begin(&t, "lrrrl", "thread|priority|stack||account");
	value_for_each(row, threads) {
		uint64_t bytes = number_of(row, "stack");

		sum += bytes;
		table_cell(&t, "%s", value_text(value_get(row, "name"), "?"));
		table_cell(&t, "%llu", ULL(number_of(row, "priority")));
		table_cell(&t, "%s", thousands(bytes));
		table_cell(&t, "%s", human(bytes));
		table_cell(&t, "%s", value_text(value_get(row, "account"), "?"));
	}
	table_rule(&t);
	table_cell(&t, "together");
	table_cell(&t, "%s", "");
	table_cell(&t, "%s", thousands(sum));
	table_cell(&t, "%s", human(sum));
	table_end(&t, out);
}

static void print_accounts(const struct value *accounts, FILE *out)
{
	const struct value *row;
	uint64_t sum = 0;
	struct table t;

	text_heading(out, "Accounts of the image", "guaranteed: kept free for it, whatever others take");
	table_begin(&t, "lrr", "account|guaranteed|limit");
	value_for_each(row, accounts) {
		uint64_t guaranteed = number_of(row, "guaranteed"), limit = number_of(row, "limit");

		sum += guaranteed;
		table_cell(&t, "%s", value_text(value_get(row, "name"), "?"));
		table_cell(&t, "%s", guaranteed ? human(guaranteed) : "nothing");
		table_cell(&t, "%s", limit ? human(limit) : "none");
	}
	table_rule(&t);
	table_cell(&t, "together");
	table_cell(&t, "%s", human(sum));
	table_end(&t, out);
}

void text_print_image_rows(const struct report *r, FILE *out)
{
	const struct value *threads = value_get(r->plan, "threads");
	const struct value *accounts = value_get(r->plan, "accounts");

	if (threads && threads->count)
		print_threads(threads, out);
	if (accounts && accounts->count)
		print_accounts(accounts, out);
}
