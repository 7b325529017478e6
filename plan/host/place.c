/* SPDX-License-Identifier: BSD-2-Clause */
#include "place.h"

#include <string.h>

#include <libfdt.h>

#include <kernel/fdt.h>
#include <kernel/math.h>
#include <arch/page.h>

#include "model.h"
#include "options.h"
#include "tree.h"

/* The firmware's part at the beginning of RAM, and the image's alignment. */
#define IMAGE_ALIGN	SZ_2M
/* U-Boot's fdt_addr_r on JH7110 boards. */
#define JH7110_FDT	0x46000000ull
/* Where RAM begins below this address, QEMU puts the tree below it. */
#define QEMU_FDT_MOST	(3ull << 30)

struct bank {
	uint64_t base, end;
};

/* RAM in one piece from at on, whatever the order of nodes and pairs; { at, at } if there is
 * none. */
static struct bank bank_from(const void *fdt, uint64_t at)
{
	struct bank bank = { at, at };
	uint64_t base, size, before;
	int node;

	do {
		before = bank.end;
		node = -1;
		while ((node = plan_memory_node(fdt, node)) >= 0)
			for (int nr = 0; plan_memory_pair(fdt, node, nr, &base, &size); nr++)
				if (base <= bank.end && size > bank.end - base)
					bank.end = base + min(size, ~0ull - base);
	} while (bank.end != before);
	return bank;
}

/* The lowest RAM at or above at, in one piece; false when there is none. */
static bool next_bank(const void *fdt, uint64_t at, struct bank *bank)
{
	uint64_t first = ~0ull, base, size;
	int node;

	for (node = plan_memory_node(fdt, -1); node >= 0; node = plan_memory_node(fdt, node))
		for (int nr = 0; plan_memory_pair(fdt, node, nr, &base, &size); nr++)
			if (size && base >= at)
				first = min(first, base);
	*bank = bank_from(fdt, first);
	return bank->end > bank->base;
}

static uint64_t kernel_in(struct bank bank)
{
	return ALIGN_UP(bank.base, IMAGE_ALIGN) + IMAGE_ALIGN;
}

static bool holds(struct bank bank, uint64_t base, uint64_t bytes)
{
	return base >= bank.base && base < bank.end && bytes <= bank.end - base;
}

uint64_t plan_default_kernel_base(const void *fdt, uint64_t image_bytes)
{
	struct bank bank, longest = { 0, 0 };

	for (uint64_t at = 0; next_bank(fdt, at, &bank); at = bank.end) {
		if (holds(bank, kernel_in(bank), image_bytes))
			return kernel_in(bank);
		if (bank.end - bank.base > longest.end - longest.base)
			longest = bank;
	}
	/* No place is right, and boot will say what is missing. Without any RAM boot does not get
	 * so far. */
	return longest.end ? kernel_in(longest) : SZ_1G;
}

/* Finds the bank of the kernel, or the first bank if the kernel lies in none. */
static bool kernels_bank(const void *fdt, uint64_t kernel_pa, struct bank *bank)
{
	for (uint64_t at = 0; next_bank(fdt, at, bank); at = bank->end)
		if (holds(*bank, kernel_pa, 1))
			return true;
	return next_bank(fdt, 0, bank);
}

static uint64_t boards_choice(const void *fdt, struct bank bank)
{
	const char *compatible = fdt_getprop(fdt, 0, "compatible", NULL);
	uint64_t end = bank.end;

	if (compatible && strncmp(compatible, "starfive,", 9) == 0 && holds(bank, JH7110_FDT, 1))
		return JH7110_FDT;
	if (bank.base < QEMU_FDT_MOST)
		end = min(end, QEMU_FDT_MOST);
	return end < SZ_2M ? 0 : ALIGN_DOWN(end - SZ_2M, SZ_2M);
}

uint64_t plan_default_fdt_addr(const void *fdt, uint64_t kernel_pa, uint64_t image_bytes)
{
	uint64_t bytes = fdt_totalsize(fdt), kernel_end = kernel_pa + image_bytes, at;
	struct bank bank;

	/* The address is not 0, which would mean that there is no tree at all. */
	if (!kernels_bank(fdt, kernel_pa, &bank))
		return SZ_2M;
	at = boards_choice(fdt, bank);
	/* RAM below the kernel is the firmware's. */
	if (holds(bank, kernel_pa, image_bytes) && (at < kernel_end || !holds(bank, at, bytes)))
		at = ALIGN_UP(kernel_end, PAGE_SIZE);
	if (!holds(bank, at, bytes) && kernel_pa > bytes)
		at = ALIGN_DOWN(kernel_pa - bytes, PAGE_SIZE);
	return at ? at : SZ_2M;
}

uint64_t plan_default_boot_hart(const char *name)
{
	int cpus = fdt_path_offset(boot_fdt, "/cpus"), node, len;
	int cells = cpus < 0 ? 0 : fdt_address_cells(boot_fdt, cpus);
	const char *why, *why_first = NULL;
	uint64_t hart, first = 0;

	if (cells < 1 || cells > 2)
		return 0;
	fdt_for_each_subnode(node, boot_fdt, cpus) {
		const char *type = fdt_getprop(boot_fdt, node, "device_type", NULL);
		const void *reg = fdt_getprop(boot_fdt, node, "reg", &len);

		if (!type || strcmp(type, "cpu") || !reg || len < 4 * cells)
			continue;
		hart = fdt_read_cells(reg, cells);
		if (model_target.cpu_usable(node, &why))
			return hart;
		if (!why_first) {
			why_first = why;
			first = hart;
		}
	}
	if (why_first)
		plan_die(PLAN_UNUSABLE, "%s: no hart of the tree can run this kernel (hart %llu: %s): "
			 "mend /cpus, or say with --boot-hart which one boots", name,
			 (unsigned long long)first, why_first);
	return 0;
}
