/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_VIEW_H
#define FS_VIEW_H

#include <kernel/compiler.h>
#include <kernel/seq_file.h>

/* One file under /proc. Rows lie in the section .views, sorted by name when listed. */
struct view {
	const char *name;
	void (*show)(struct seq_file *m);
};

#define VIEW(_name, _show) \
	static const struct view __view_##_name __used __section(".views") __aligned(8) = \
		{ .name = #_name, .show = _show }

extern const struct view __views_start[], __views_end[];

/* Returns the view of that name, or NULL. */
const struct view *view_find(const char *name);
/* Returns the next view in the order of names: the first for NULL, NULL after the last. */
const struct view *view_after(const char *name);

#endif /* FS_VIEW_H */
