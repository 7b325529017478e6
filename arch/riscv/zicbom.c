/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instructions of Zicbom: cbo.clean, cbo.inval, cbo.flush, a block at a time. The tree says
 * which harts have them and how large their blocks are. If the harts differ, nobody uses them.
 */
#include <libfdt.h>

#include <kernel/bitops.h>
#include <kernel/compiler.h>
#include <kernel/dcache.h>
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/string.h>
#include <arch/cpu.h>
#include <arch/dcache.h>
#include <asm/isa.h>

/* As numbers: not every assembler knows the names. */
#define CBO_INVAL	0
#define CBO_CLEAN	1
#define CBO_FLUSH	2

#define BLOCK_BYTES_MAX	4096u

static struct dcache zicbom;		/* [c] */

#define DEFINE_CBO(op, number) \
static void cbo_##op(const void *va, phys_addr_t pa, size_t bytes) \
{ \
	const char *at = va, *end = at + bytes; \
	\
	(void)pa; \
	/* Earlier stores are in the cache by now, and the device is told by a later one. */ \
	__asm__ volatile("fence rw, rw" : : : "memory"); \
	for (; at < end; at += zicbom.line_bytes) \
		__asm__ volatile(".insn i 0x0f, 2, x0, %0, " __stringify(number) \
				 : : "r"(at) : "memory"); \
	__asm__ volatile("fence iorw, iorw" : : : "memory"); \
}

DEFINE_CBO(clean, CBO_CLEAN)
DEFINE_CBO(inval, CBO_INVAL)
DEFINE_CBO(flush, CBO_FLUSH)

/* Bytes of a block; 0 where the hart has none. */
static u32 __init block_bytes(int node)
{
	u32 bytes = hart_isa_has(node, "zicbom") ? fdt_u32(node, "riscv,cbom-block-size", 0) : 0;

	return is_power_of_2(bytes) && bytes <= BLOCK_BYTES_MAX ? bytes : 0;
}

void __init arch_dcache_probe(void)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), node;
	u32 bytes = 0, harts = 0;
	const char *why;

	if (cpus < 0)
		return;
	fdt_for_each_subnode(node, boot_fdt, cpus) {
		const char *type = fdt_text(node, "device_type");

		if (!type || strcmp(type, "cpu") || !arch_cpu_usable(node, &why))
			continue;
		if (harts++ && block_bytes(node) != bytes) {
			pr_warn("dma: the harts' blocks for Zicbom differ: it is not used\n");
			return;
		}
		bytes = block_bytes(node);
	}
	if (!bytes)
		return;
	zicbom = (struct dcache){
		.name = "Zicbom", .line_bytes = bytes,
		.clean = cbo_clean, .inval = cbo_inval, .flush = cbo_flush,
	};
	dcache_offer(&zicbom);
}
