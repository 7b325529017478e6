/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/rows.h>
#include <kernel/string.h>
#include <fs/view.h>

static const struct row_table views = ROW_TABLE(__views_start, __views_end);

const struct view *view_find(const char *name)
{
	return row_find(&views, name, strlen(name));
}

const struct view *view_after(const char *name)
{
	return row_after(&views, name);
}
