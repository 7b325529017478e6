/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What
 *   The range that crashkernel= keeps for a second kernel, the one that runs when this one is dead.
 *
 * Structure
 *   The argument has two forms, which are Linux's:
 *
 *     SIZE[@OFFSET]
 *     FROM-[TO]:SIZE[,FROM-[TO]:SIZE...][@OFFSET]      the first range that holds RAM's size counts
 *
 *   With an offset the range lies there or nowhere. Without one, or with 0, it takes the highest
 *   free place below 4 GiB, where every device can reach it, else the highest of all. It comes last
 *   of all reservations: a device does not work without its memory, a dump can be done without.
 *
 * Invariants
 *   CK1  The range is mapped RAM that nobody else has, begins at a multiple of 2 MiB and is made
 *        of whole frames.
 *   CK2  Where there is no such range boot goes on without, and a conflict says why.
 *
 * Locking
 *   None: boot only.
 *
 * Configuration
 *   None.
 */
#include <mm/dt_memory.h>

#include <libfdt.h>

#include <kernel/cmdline.h>
#include <kernel/errno.h>
#include <kernel/init.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <mm/memblock.h>

#include "dt_internal.h"

/* The second kernel maps itself by large leaves, as this one does. */
#define CRASH_ALIGN	SZ_2M
#define SZ_4G		(4ull * SZ_1G)

phys_addr_t crash_kernel_pa, crash_kernel_bytes;	/* [c] */

static const char owner[] = "Crash kernel";

/* ---- the argument ---- */

static bool __init number(const char **at, u64 *value)
{
	bool ok;

	*value = memparse(*at, at, &ok);
	return ok;
}

static bool __init pass(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool __init parse_ranges(const char **at, u64 ram_bytes, u64 *size)
{
	bool found = false;

	*size = 0;
	do {
		u64 from, to = PHYS_ADDR_MAX, bytes;

		if (!number(at, &from) || !pass(at, '-') || (**at != ':' && !number(at, &to)) ||
		    to <= from || !pass(at, ':') || !number(at, &bytes))
			return false;
		if (!found && from <= ram_bytes && ram_bytes < to) {
			found = true;
			*size = bytes;
		}
	} while (pass(at, ','));
	return true;
}

static bool __init parse(const char *text, u64 ram_bytes, u64 *size, u64 *offset)
{
	bool good = strchr(text, ':') ? parse_ranges(&text, ram_bytes, size) : number(&text, size);

	*offset = 0;
	return good && (!pass(&text, '@') || number(&text, offset)) && !*text;
}

/* A loader that starts a kernel after a crash leaves it one of these. */
static bool __init runs_after_crash(const void *fdt)
{
	int chosen = fdt_path_offset(fdt, "/chosen");

	return chosen >= 0 && (dt_has(fdt, chosen, "linux,elfcorehdr") ||
			       dt_has(fdt, chosen, "linux,usable-memory-range"));
}

/* ---- the range ---- */

/* take_at() and take_anywhere() return the base, or 0 where there is no place (CK2). */
static phys_addr_t __init take_at(phys_addr_t offset, phys_addr_t size)
{
	struct dt_range at = { offset, offset + min(size, PHYS_ADDR_MAX - offset) };
	const char *wrong = NULL;

	if (!IS_ALIGNED(offset, CRASH_ALIGN))
		wrong = "does not begin at a multiple of 2 MiB";
	else if (at.end - at.base < size || !dt_range_is_ram(at))
		wrong = "does not lie within usable RAM";
	if (wrong) {
		dt_conflict(CONFLICT_NO_PLACE, owner, at, wrong, DT_NO_CRASH_KERNEL);
		return 0;
	}
	/* The search for conflicts, later, names what is in the way. */
	dt_claim(CLAIM_CRASH, owner, at, false);
	at.base = memblock_phys_alloc_range(size, CRASH_ALIGN, at.base, at.end);
	if (!at.base)
		pr_err("crashkernel: nothing is reserved: 0x%016llx - 0x%016llx is in use\n", ULL(offset),
		       ULL(at.end));
	return at.base;
}

static phys_addr_t __init take_anywhere(phys_addr_t size)
{
	phys_addr_t at = memblock_phys_alloc_range(size, CRASH_ALIGN, 0, SZ_4G);

	if (!at)
		at = memblock_phys_alloc_range(size, CRASH_ALIGN, 0, MEMBLOCK_ALLOC_ACCESSIBLE);
	if (at)
		dt_claim(CLAIM_CRASH, owner, (struct dt_range){ at, at + size }, false);
	else
		conflict_add(&(struct conflict){
			.kind = CONFLICT_NO_PLACE,
			.a.name = owner,
			.b = { "needs", size, 0, SIDE_ADDRESS },
			.resolution = DT_NO_CRASH_KERNEL,
		});
	return at;
}

void __init dt_reserve_crash_kernel(const void *fdt)
{
	u64 size, offset, ram_bytes = memblock_phys_mem_size();
	const char *former;
	char text[128];
	int len = cmdline_get("crashkernel", text, sizeof(text));

	crash_kernel_pa = crash_kernel_bytes = 0;
	if (len == -ENOENT)
		return;
	if (runs_after_crash(fdt)) {
		pr_info("crashkernel= is ignored: this kernel runs after a crash itself\n");
		return;
	}
	if (len <= 0 || !parse(text, ram_bytes, &size, &offset)) {
		pr_warn("crashkernel=%s is ignored: a size such as 64M, 64M@0x90000000 or "
			"1G-4G:64M,4G-:128M is expected\n", len ? text : "");
		return;
	}
	if (!size) {
		pr_info("crashkernel: nothing is reserved: no size is given for %llu MB of RAM\n",
			ULL(ram_bytes >> 20));
		return;
	}
	/* What is larger than RAM has no place, and perhaps no next frame. */
	if (size <= ram_bytes)
		size = ALIGN_UP(size, PAGE_SIZE);
	former = memblock_set_alloc_owner(owner);
	crash_kernel_pa = offset ? take_at(offset, size) : take_anywhere(size);
	memblock_set_alloc_owner(former);
	if (!crash_kernel_pa)
		return;
	crash_kernel_bytes = size;
	pr_info("crashkernel: reserved 0x%016llx - 0x%016llx (%llu MB)\n", ULL(crash_kernel_pa),
		ULL(crash_kernel_pa + size), ULL(size >> 20));
}
