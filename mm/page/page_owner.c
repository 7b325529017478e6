/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: remembers who asked for each block of pages: caller, CPU, time and stack; and who gave it
 * back.
 *
 * Structure: each section has a record for each of its frames, in RAM that boot keeps under the
 * owner's name PAGE_OWNER_NAME; a descriptor stays as it is. The record of a
 * block is that of its first frame, and is written when the block is handed out. Giving it back
 * adds by whom, and leaves the rest: a second free is told who came first.
 *
 * Invariants:
 * PO1 The record of a block that was asked for since boot says who did, as long as it is in use.
 *
 * Locking: a record is written by whoever owns its frame; readers get a snapshot.
 *
 * Bounds: a record costs one scan of the stack.
 *
 * Configuration: PAGE_OWNER builds this file. A section that comes online later brings its records
 * along (hotplug.c).
 */
#include <kernel/cpu.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <kernel/time.h>
#include <arch/cpu.h>
#include <mm/page_owner.h>

#include "internal.h"

BUILD_ASSERT(sizeof(struct page_owner) == 48, "the help of PAGE_OWNER says how large a record is");

void __init page_owner_init(void)
{
	struct mem_section *s;

	for_each_present_section(s) {
		size_t bytes = (s->end_pfn - s->start_pfn) * sizeof(struct page_owner);

		s->owners = __va(memblock_phys_alloc_or_stop(bytes, PAGE_SIZE, s->nid,
							     PAGE_OWNER_NAME,
							     "switch off CONFIG_PAGE_OWNER"));
		memset(s->owners, 0, bytes);
	}
}

static struct page_owner *record_of(unsigned long pfn)
{
	const struct mem_section *s = pfn_to_section(pfn);

	if (!pfn_valid(pfn) || !s->owners)
		return NULL;
	return &s->owners[pfn - s->start_pfn];
}

const struct page_owner *page_owner_of(unsigned long pfn)
{
	return record_of(pfn);
}

/* Gathers the stack from the caller on: what is below it is the allocator itself. */
struct gathering {
	struct page_owner *to;
	u32 caller;
	unsigned int nr;
};

static void gather(unsigned long address, void *ctx)
{
	struct gathering *g = ctx;

	if (g->nr == 0 && (u32)address != g->caller)
		return;
	if (g->nr < PAGE_OWNER_FRAMES)
		WRITE_ONCE(g->to->stack[g->nr++], (u32)address);
}

void page_owner_set(const struct page *page, unsigned int order, const void *caller)
{
	struct page_owner *to = page ? record_of(page_to_pfn(page)) : NULL;
	struct gathering g = { .to = to, .caller = (u32)(unsigned long)caller };

	if (!to)
		return;
	WRITE_ONCE(to->stack[0], g.caller);
	arch_backtrace(gather, &g);
	for (unsigned int i = max(g.nr, 1u); i < PAGE_OWNER_FRAMES; i++)
		WRITE_ONCE(to->stack[i], 0);
	WRITE_ONCE(to->freed_by, 0);
	WRITE_ONCE(to->cpu, (u16)smp_processor_id());
	WRITE_ONCE(to->order, (u8)order);
	WRITE_ONCE(to->time_us, max(time_us(), (u64)1));
}

void page_owner_free(const struct page *page, const void *caller)
{
	struct page_owner *to = record_of(page_to_pfn(page));

	if (to)
		WRITE_ONCE(to->freed_by, (u32)(unsigned long)caller);
}

void page_owner_copy(const struct page *dst, const struct page *src)
{
	const struct page_owner *from = record_of(page_to_pfn(src));
	struct page_owner *to = record_of(page_to_pfn(dst));

	if (from && to)
		*to = *from;
}

/* "function+0x12", of half an address. */
static void name_address(u32 half, char *buf, size_t size)
{
	unsigned long va = (unsigned long)(long)(s32)half, offset, length;
	const char *name = symbol_lookup(va, &offset, &length);

	if (name)
		scnprintf(buf, size, "%s+0x%lx", name, offset);
	else
		scnprintf(buf, size, "0x%lx", va);
}

/* A section does not go while interrupts are off. False: nobody has asked for the frame. */
static bool read_record(unsigned long pfn, struct page_owner *o)
{
	unsigned long flags = arch_local_irq_save();
	const struct page_owner *kept = record_of(pfn);
	bool known = kept && READ_ONCE(kept->time_us);

	if (known)
		*o = *kept;
	arch_local_irq_restore(flags);
	return known;
}

void page_owner_describe(unsigned long pfn, void (*fn)(void *ctx, const char *line), void *ctx)
{
	struct page_owner o;
	char line[160], name[64];

	if (!read_record(pfn, &o))
		return;
	name_address(o.stack[0], name, sizeof(name));
	scnprintf(line, sizeof(line), "frame 0x%lx, order %u, allocated by %s on CPU %u at "
		  "%llu.%06llu s", pfn, o.order, name, o.cpu,
		  (unsigned long long)(o.time_us / 1000000),
		  (unsigned long long)(o.time_us % 1000000));
	fn(ctx, line);
	for (unsigned int i = 1; i < PAGE_OWNER_FRAMES && o.stack[i]; i++) {
		name_address(o.stack[i], name, sizeof(name));
		scnprintf(line, sizeof(line), "  from %s", name);
		fn(ctx, line);
	}
	if (!o.freed_by)
		return;
	name_address(o.freed_by, name, sizeof(name));
	scnprintf(line, sizeof(line), "  given back by %s", name);
	fn(ctx, line);
}

static void log_line(void *ctx, const char *line)
{
	(void)ctx;
	pr_err("%s\n", line);
}

void page_owner_report(unsigned long pfn)
{
	page_owner_describe(pfn, log_line, NULL);
}
