/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/console.h>
#include <kernel/progress.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>

#define STEP_US		1000000ull
/* One line of a terminal, less its last column, which some wrap at. */
#define LINE_BYTES	79
#define WIPE		"\r\x1b[K"

void progress_begin(struct progress *p, bool visible)
{
	u64 now = time_us();

	*p = (struct progress){ .start_us = now, .next_us = now + STEP_US, .visible = visible };
}

static void show(struct progress *p, const char *what, u64 done, u64 total, u64 now)
{
	unsigned long long seconds = (now - p->start_us) / 1000000;
	char text[sizeof(WIPE) + LINE_BYTES] = WIPE;
	size_t len = sizeof(WIPE) - 1;

	/* In this order: hundred times what is done may be too large a number. */
	if (total)
		len += scnprintf(text + len, LINE_BYTES, "%s: %llu %%, %llu s; Ctrl-C stops", what,
				 (unsigned long long)(total < 100 ? done * 100 / total :
						      done / (total / 100)), seconds);
	else
		len += scnprintf(text + len, LINE_BYTES, "%s, %llu s; Ctrl-C stops", what,
				 seconds);
	console_write(text, len);
	p->shown = true;
	p->next_us = now + STEP_US;
}

bool progress_go_on(struct progress *p, const char *what, u64 done, u64 total)
{
	u64 now = time_us();

	if (p->visible && now >= p->next_us)
		show(p, what, done, total, now);
	return !console_interrupted();
}

void progress_wipe(struct progress *p)
{
	if (p->shown)
		console_write(WIPE, sizeof(WIPE) - 1);
	p->shown = false;
}
