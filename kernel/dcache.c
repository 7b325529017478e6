/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/compiler.h>
#include <kernel/dcache.h>

static const struct dcache *offered;	/* [c] */

void dcache_offer(const struct dcache *found)
{
	if (!offered)
		offered = found;
}

const struct dcache *dcache_ops(void)
{
	return offered;
}
