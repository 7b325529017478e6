/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/string.h>
#include <fs/view.h>

const struct view *view_find(const char *name)
{
	for (const struct view *v = __views_start; v < __views_end; v++) {
		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

const struct view *view_after(const char *name)
{
	const struct view *best = NULL;

	for (const struct view *v = __views_start; v < __views_end; v++) {
		if (name && strcmp(v->name, name) <= 0)
			continue;
		if (!best || strcmp(v->name, best->name) < 0)
			best = v;
	}
	return best;
}
