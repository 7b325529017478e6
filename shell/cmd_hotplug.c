/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that comes and goes: sections that boot left offline. */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/memory_hotplug.h>
#include <mm/snapshot.h>
#include <shell/shell.h>

static void section_line(struct seq_file *out, const struct section_snapshot *s)
{
	phys_addr_t start = (phys_addr_t)s->nr << CONFIG_SECTION_SIZE_BITS;

	seq_printf(out, "%7lu  0x%011llx-0x%011llx %4d  %-7s  %s\n", s->nr,
		   (unsigned long long)start, (unsigned long long)(start + SECTION_BYTES - 1),
		   s->nid, s->start_pfn == s->end_pfn ? "offline" : "online",
		   s->zone ? s->zone : s->hotpluggable ? "-" : "since boot, stays");
}

static int list_sections(struct seq_file *out)
{
	struct section_snapshot s;

	seq_puts(out, "section  addresses                   node  state    zone\n");
	for_each_section_snapshot(&s)
		section_line(out, &s);
	return 0;
}

/* A number below that of all sections is a section's, any other an address. */
static unsigned long section_pfn(u64 value)
{
	u64 nr = value >> CONFIG_SECTION_SIZE_BITS;

	return (unsigned long)(nr ? nr : value) << PFN_SECTION_SHIFT;
}

/* What both ways can end with. */
static void say_why_not(struct seq_file *out, int err)
{
	seq_puts(out, err == -ETIMEDOUT ? "a CPU does not stand still\n" :
		      "boot left no such section offline: memory lists them\n");
}

static int online(struct seq_file *out, unsigned long pfn)
{
	int err = online_pages(pfn);

	switch (err) {
	case 0:
		break;
	case -EEXIST:
		seq_puts(out, "the section is online\n");
		break;
	case -ENOMEM:
		seq_puts(out, "there is no memory for page tables\n");
		break;
	default:
		say_why_not(out, err);
	}
	return err;
}

static void say_obstacle(struct seq_file *out, const struct page_obstacle *o, const char *what)
{
	seq_printf(out, "the section stays online: %s frame 0x%lx: %s\n", what, o->pfn, o->what);
}

static int offline(struct seq_file *out, unsigned long pfn)
{
	struct page_obstacle o = { 0 };
	int err = offline_pages(pfn, OFFLINE_US, &o);

	switch (err) {
	case 0:
		break;
	case -ENOENT:
		seq_puts(out, "the section is offline\n");
		break;
	case -EBUSY:
		say_obstacle(out, &o, "in the way is");
		break;
	case -ENOMEM:
		say_obstacle(out, &o, "elsewhere is no room for");
		break;
	default:
		say_why_not(out, err);
	}
	return err;
}

static int memory_run(struct seq_file *out, int argc, char **argv)
{
	bool on;
	u64 value;

	if (argc == 1)
		return list_sections(out);
	on = !strcmp(argv[1], "online");
	if (argc != 3 || (!on && strcmp(argv[1], "offline")))
		return shell_usage(out, argv[0]);
	if (!parse_number(out, argv[2], &value))
		return -EINVAL;
	return on ? online(out, section_pfn(value)) : offline(out, section_pfn(value));
}

SHELL_COMMAND(memory, "[online|offline <section|address>]",
	      "list sections that come and go; move one", "memory",
	      memory_run);
