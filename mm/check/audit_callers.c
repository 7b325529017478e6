/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: who asked for the frames that audit finds handed out.
 *
 * Structure: such a frame is in the hands of somebody who keeps no books that audit could ask. The
 * walk looks each one's record up (page_owner.c) and adds its frames up by caller, for the first
 * AUDIT_CALLERS of them, and for all others together: pages that do not come back show here.
 *
 * Invariants: none of its own.
 *
 * Locking: audit's.
 *
 * Bounds: AUDIT_CALLERS rows looked at for each block that is handed out.
 *
 * Configuration: PAGE_OWNER.
 */
#include <kernel/string.h>
#include <mm/page_owner.h>

#include "internal.h"

/* The last one is for all others. */
static struct audit_caller callers[AUDIT_CALLERS + 1];		/* [M] */

void audit_callers_begin(void)
{
	memset(callers, 0, sizeof(callers));
}

void audit_callers_add(unsigned long pfn, unsigned long pages)
{
	const struct page_owner *o = page_owner_of(pfn);
	/* Of a frame for which nobody has asked the record is cleared. */
	unsigned long address = o ? (unsigned long)(long)(s32)o->stack[0] : 0;
	unsigned int nr = AUDIT_CALLERS;

	if (address)
		for (nr = 0; nr < AUDIT_CALLERS; nr++)
			if (!callers[nr].pages || callers[nr].address == address)
				break;
	if (nr < AUDIT_CALLERS)
		callers[nr].address = address;
	callers[nr].pages += pages;
}

bool audit_caller_next(unsigned int *place, struct audit_caller *c)
{
	while (*place <= AUDIT_CALLERS) {
		*c = callers[(*place)++];
		if (c->pages)
			return true;
	}
	return false;
}
