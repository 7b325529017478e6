/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The second-level cache of the JH7110 and the JH7100. A line whose physical address is written to
 * a register goes to memory and out of all caches: there is no other operation, so that whoever
 * wants one gets both. The JH7110 shows RAM a second time, past the caches, 16 GiB higher.
 */
#include <libfdt.h>

#include <kernel/compiler.h>
#include <kernel/dcache.h>
#include <kernel/driver.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <arch/io.h>

#define CCACHE_FLUSH64		0x200
#define CCACHE_LINE_BYTES	64u
#define JH7110_UNCACHED		(1ull << 34)

static char *registers;			/* [c] */

static void ccache_flush(const void *va, phys_addr_t pa, size_t bytes)
{
	(void)va;
	for (phys_addr_t end = pa + bytes; pa < end; pa += CCACHE_LINE_BYTES)
		mmio_write64(pa, registers + CCACHE_FLUSH64);
	/* A read of the register comes back when the writes before it are done. */
	(void)mmio_read64(registers + CCACHE_FLUSH64);
}

static const struct dcache jh7100_ccache = {
	.name = "ccache", .line_bytes = CCACHE_LINE_BYTES,
	.clean = ccache_flush, .inval = ccache_flush, .flush = ccache_flush,
};

static const struct dcache jh7110_ccache = {
	.name = "ccache", .line_bytes = CCACHE_LINE_BYTES,
	.clean = ccache_flush, .inval = ccache_flush, .flush = ccache_flush,
	.uncached_offset = JH7110_UNCACHED,
};

static const char *const ccache_compatible[] = {
	"starfive,jh7110-ccache", "starfive,jh7100-ccache", NULL
};

static int ccache_probe(int node)
{
	phys_addr_t base, size;
	int err = fdt_node_reg(node, 0, &base, &size);

	if (err)
		return err;
	if (size < CCACHE_FLUSH64 + sizeof(u64))
		return -EINVAL;
	registers = arch_map_device(base);
	if (!registers)
		return -ENOSPC;
	dcache_offer(fdt_node_check_compatible(boot_fdt, node, ccache_compatible[0])
		     ? &jh7100_ccache : &jh7110_ccache);
	return 0;
}

DRIVER(jh7110_ccache, DRIVER_CACHE, ccache_compatible, ccache_probe);
