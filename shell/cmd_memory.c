/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <mm/account.h>
#include <mm/audit.h>
#include <mm/boot_tables.h>
#include <mm/movable.h>
#include <mm/page.h>
#include <mm/snapshot.h>
#include <fs/view.h>
#include <shell/shell.h>


static int show_view(struct seq_file *out, const char *name)
{
	const struct view *view = view_find(name);

	if (!view) {
		seq_printf(out, "this kernel has no view %s\n", name);
		return -ENOENT;
	}
	view->show(out);
	return 0;
}

static int firmware_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return show_view(out, "firmware");
}

SHELL_COMMAND(firmware, "", "what firmware said of memory, what came of it",
	      "firmware", firmware_run);

static int memblock_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return show_view(out, "memblock");
}

SHELL_COMMAND(memblock, "", "boot's memory map: RAM and who reserved what", "memblock",
	      memblock_run);

static int sections_run(struct seq_file *out, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return show_view(out, "sections");
}

SHELL_COMMAND(sections, "", "sections and their descriptors", "sections", sections_run);

static void zone_line(struct seq_file *out, const struct zone_snapshot *z)
{
	seq_printf(out, "%4d %-8s 0x%08lx-0x%08lx %9lu %9lu %9lu %6lu %6lu %6lu %5u %5u\n",
		   z->nid, z->name, z->start_pfn, z->start_pfn + z->spanned_pages - 1,
		   z->present_pages, z->managed_pages, z->free_pages, z->watermark[WMARK_MIN],
		   z->watermark[WMARK_LOW], z->watermark[WMARK_HIGH], z->pcp_high, z->pcp_batch);
}

static int zones_run(struct seq_file *out, int argc, char **argv)
{
	struct zone_snapshot z;

	(void)argc;
	(void)argv;
	seq_puts(out, "node zone     frames                  present   managed      free    min"
		 "    low   high  pcp: high batch\n");
	for_each_zone_snapshot(&z) {
		if (z.present_pages)
			zone_line(out, &z);
		else
			seq_printf(out, "%4d %-8s empty\n", z.nid, z.name);
	}
	return 0;
}

SHELL_COMMAND(zones, "", "zones: frames, watermarks, per-CPU lists", "zones", zones_run);

static void report_broken(void *ctx, const char *line)
{
	seq_printf(ctx, "audit: %s\n", line);
}

static unsigned long audit_row(struct seq_file *out, const char *name, unsigned long pages)
{
	seq_printf(out, "%-32s %10lu %11luK\n", name, pages, pages_to_kb(pages));
	return pages;
}

/* Counts frames in use since boot, in a row for each owner's name. */
static unsigned long audit_owners(struct seq_file *out)
{
	unsigned long total = 0;

	for (u32 nr = 0; nr < mem_owner_count(); nr++) {
		unsigned long pages = audit_owner_pages(nr);

		if (pages && strcmp(mem_owner_name(nr), OWNER_PAGE_TABLES))
			total += audit_row(out, mem_owner_name(nr), pages);
	}
	return total;
}

/* A row for each kind of owners who can move their pages. */
static unsigned long audit_movable(struct seq_file *out)
{
	const struct movable_kind *kind = __movable_kinds_start;
	unsigned long total = 0;

	for (u32 nr = 0; kind + nr < __movable_kinds_end; nr++) {
		unsigned long pages = audit_movable_pages(nr);
		char name[32];

		scnprintf(name, sizeof(name), "movable: %s", kind[nr].name);
		if (pages)
			total += audit_row(out, name, pages);
	}
	return total;
}

static unsigned long owner_pages_by_name(const char *name)
{
	for (u32 nr = 0; nr < mem_owner_count(); nr++) {
		if (!strcmp(mem_owner_name(nr), name))
			return audit_owner_pages(nr);
	}
	return 0;
}

/* What is handed out, once more, by who is charged for it. */
static void audit_accounts(struct seq_file *out)
{
	struct account_snapshot s;
	unsigned long total = 0;
	unsigned int nr;

	for_each_account_snapshot(nr, &s) {
		unsigned long pages = audit_account_pages(nr);

		seq_printf(out, "account %-24s %10lu pages %10luK\n", s.name, pages,
			   pages_to_kb(pages));
		total += pages;
	}
	seq_printf(out, "accounts have %lu pages, all that is handed out\n", total);
}

/* What is handed out, and is in nobody's books, by who asked for it: no frames of their own. */
static void audit_callers(struct seq_file *out)
{
	unsigned long offset, length;
	struct audit_caller c;
	unsigned int place = 0;

	while (audit_caller_next(&place, &c)) {
		const char *name = symbol_lookup(c.address, &offset, &length);

		if (!c.address)
			seq_puts(out, "allocated by others");
		else if (name)
			seq_printf(out, "allocated by %s+0x%lx", name, offset);
		else
			seq_printf(out, "allocated by 0x%lx", c.address);
		seq_printf(out, ": %lu pages\n", c.pages);
	}
}

/* The command fails unless the rows add up to RAM: each frame is in exactly one of them. */
static int audit_run(struct seq_file *out, int argc, char **argv)
{
	unsigned long errors, total = 0;
	struct audit a;

	(void)argc;
	(void)argv;
	errors = machine_audit(&a, report_broken, out);
	seq_printf(out, "%-32s %10s %12s\n", "owner", "pages", "size");
	total += audit_row(out, "free in the buddy", a.pages[PG_BUDDY]);
	total += audit_row(out, "free on per-CPU lists", a.pages[PG_PCP]);
	total += audit_row(out, "allocated", a.pages[PG_ALLOCATED]);
	if (IS_ENABLED(CONFIG_MIGRATION))
		total += audit_movable(out);
	total += audit_row(out, "slab", a.pages[PG_SLAB]);
	/* Boot's page tables share a row with those that were made later. */
	total += audit_row(out, OWNER_PAGE_TABLES,
			   a.pages[PG_TABLE] + owner_pages_by_name(OWNER_PAGE_TABLES));
	total += audit_row(out, "CPU stacks", a.pages[PG_STACK]);
	total += audit_row(out, "vmalloc", a.pages[PG_VMALLOC]);
	if (IS_ENABLED(CONFIG_DMA))
		total += audit_row(out, "device memory", a.pages[PG_DMA]);
	if (IS_ENABLED(CONFIG_PROCESSES))
		total += audit_row(out, "User pages", a.pages[PG_USER]);
	total += audit_owners(out);
	if (IS_ENABLED(CONFIG_PAGE_OWNER))
		audit_callers(out);
	if (total == a.ram_pages && !errors) {
		seq_printf(out, "total %lu pages = RAM %lu pages: ok, 0 errors\n", total, a.ram_pages);
		if (IS_ENABLED(CONFIG_MEM_ACCOUNTS))
			audit_accounts(out);
		return 0;
	}
	seq_printf(out, "total %lu pages, RAM %lu pages, %lu errors: FAILED\n", total,
		   a.ram_pages, errors);
	return -EIO;
}

SHELL_COMMAND(audit, "", "count every frame by owner; the sum is RAM", "audit",
	      audit_run);
