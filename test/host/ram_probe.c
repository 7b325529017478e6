/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM that the tree claims on a machine that has less: nothing answers there, or the cells forget,
 * or the decoder ignores bits of the address. The simulated bus counts what is written, and where.
 * RAM is [2048, 2176) MiB, the image [2050, 2052), the tree at 2174 MiB.
 */
#include "common/scan.h"

#include <mm/dt_memory.h>
#include <arch/mmu.h>

#define BANK		(128 * MB)
#define CELLS		1024u

enum manner { KEEPS, SILENT, FORGETS, READS_ONLY };

/* RAM from end on, and in [silent_base, silent_end), answers in this manner. The decoder does not
 * look at the bits in ignored. cell[] has the words that were written. */
static struct {
	phys_addr_t end, silent_base, silent_end, ignored;
	enum manner manner;
	unsigned int lost;		/* the number of the access that gets no answer; 0: none */
	unsigned int accesses;
	unsigned int nr_cells;
	struct {
		phys_addr_t pa;
		u64 value;
	} cell[CELLS];
} sim;

static u64 initial(phys_addr_t pa)
{
	return pa * 0x9e3779b97f4a7c15ull;
}

/* Finds the cell of the word at pa; a new cell has what RAM holds when it is switched on. */
static u64 *cell_of(phys_addr_t pa)
{
	unsigned int i = 0;

	pa &= ~sim.ignored;
	assert_int_equal(pa % sizeof(u64), 0);
	while (i < sim.nr_cells && sim.cell[i].pa != pa)
		i++;
	if (i == sim.nr_cells) {
		assert_true(i < CELLS);
		sim.cell[sim.nr_cells].pa = pa;
		sim.cell[sim.nr_cells++].value = initial(pa);
	}
	return &sim.cell[i].value;
}

static enum manner manner_at(phys_addr_t pa)
{
	if (++sim.accesses == sim.lost)
		return SILENT;
	return pa >= sim.end || (pa >= sim.silent_base && pa < sim.silent_end) ? sim.manner : KEEPS;
}

static bool peek(phys_addr_t pa, u64 *value)
{
	/* RP1: the probe does not read what may not be mapped. */
	assert_true(memblock_is_map_memory(pa));
	switch (manner_at(pa)) {
	case SILENT:
		return false;
	case FORGETS:
		*value = ~0ull;
		return true;
	case KEEPS:
	case READS_ONLY:
		*value = *cell_of(pa);
		return true;
	}
	return false;
}

static bool poke(phys_addr_t pa, u64 value)
{
	/* RP1 */
	assert_true(memblock_is_map_memory(pa));
	assert_false(memblock_is_reserved(pa));
	switch (manner_at(pa)) {
	case SILENT:
	case READS_ONLY:
		return false;
	case FORGETS:
		return true;
	case KEEPS:
		*cell_of(pa) = value;
		return true;
	}
	return false;
}

static const struct host_bus bus = { peek, poke };

/* RP2 */
static void nothing_has_changed(void)
{
	for (unsigned int i = 0; i < sim.nr_cells; i++)
		assert_int_equal(sim.cell[i].value, initial(sim.cell[i].pa));
}

static void begin_with(const struct tree_reserve *reserve, u64 base, u64 bytes)
{
	memset(&sim, 0, sizeof(sim));
	sim.end = PHYS_ADDR_MAX;
	sim.manner = SILENT;
	tree_begin(2, 2, reserve);
	tree_memory(base, bytes);
}

static void begin(void)
{
	begin_with(NULL, RAM, BANK);
}

static enum host_stop probe(const char *args)
{
	struct host_machine m = host_default_machine;

	m.bus = &bus;
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, MB, NULL);
	tree_reserved("pool@84000000", RAM + 64 * MB, MB, NULL);
	tree_node_end();
	scan_well(&m, tree_end(), args);
	return HOST_TRY(ram_probe());
}

static void refused(const char *args, const char *sentence)
{
	assert_int_equal(probe(args), HOST_BOOT_FAILED);
	assert_string_equal(host_stop_text(), sentence);
	nothing_has_changed();
}

#define CLAIMS(first, from, to) \
	"/memory@" first " of the device tree claims RAM at 0x" from " - 0x" to ", and "
#define MEM(size)	"correct the node's reg, or boot with mem=" size

/* proves RP1, RP2 */
static void all_of_it_is_there(void **state)
{
	static const struct tree_reserve odd[] = {
		{ RAM + 96 * MB + 16, 2 * PAGE_SIZE },
		{ RAM + 104 * MB, 0x1800 }, { RAM + 104 * MB + 0x2800, 0x100 }, {}
	};

	(void)state;
	begin();
	tree_memory(RAM + 256 * MB, 64 * MB);
	assert_int_equal(probe(NULL), HOST_RAN_ON);
	assert_true(sim.nr_cells > 4);
	nothing_has_changed();
	/* A frame of which something is reserved is not tried, from either side or from both. */
	begin_with(odd, RAM, BANK);
	assert_int_equal(probe(NULL), HOST_RAN_ON);
	for (unsigned int i = 0; i < sim.nr_cells; i++)
		if (sim.cell[i].pa >> 20 == (RAM + 96 * MB) >> 20 ||
		    sim.cell[i].pa >> 20 == (RAM + 104 * MB) >> 20)
			assert_int_equal(sim.cell[i].pa & (MB - 1), 3 * PAGE_SIZE);
	nothing_has_changed();
}

/* Reads mm/boot/ram_probe.c:nothing_answers, in whatever manner a missing end behaves. */
static void a_bank_that_is_too_long(void **state)
{
	static const enum manner manners[] = { SILENT, FORGETS, READS_ONLY };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(manners); i++) {
		begin();
		sim.manner = manners[i];
		tree_memory(RAM + 256 * MB, 64 * MB);
		sim.end = RAM + 256 * MB + 5 * MB + 3 * PAGE_SIZE;
		refused(NULL, CLAIMS("90000000", "90000000", "94000000")
			"none answers from 0x90503000 on: " MEM("136204K"));
	}
	/* The last frame of the bank is missing, then all frames but the first. */
	begin();
	sim.end = RAM + BANK - PAGE_SIZE;
	refused(NULL, CLAIMS("80000000", "80000000", "88000000")
		"none answers from 0x87fff000 on: " MEM("131068K"));
	begin();
	tree_memory(RAM + 256 * MB, 64 * MB);
	sim.end = RAM + 256 * MB + PAGE_SIZE;
	refused(NULL, CLAIMS("90000000", "90000000", "94000000")
		"none answers from 0x90001000 on: " MEM("131076K"));
}

/* With the mem= that the sentence asks for, boot does not probe the rest. */
static void mem_is_the_mend(void **state)
{
	(void)state;
	begin();
	tree_memory(RAM + 256 * MB, 64 * MB);
	sim.end = RAM + 256 * MB + 5 * MB + 3 * PAGE_SIZE;
	assert_int_equal(probe("mem=136204K"), HOST_RAN_ON);
	begin();
	tree_memory(RAM + 256 * MB, 64 * MB);
	sim.end = RAM + 256 * MB + 5 * MB + 3 * PAGE_SIZE;
	assert_int_equal(probe("mem=136208K"), HOST_BOOT_FAILED);
}

static void a_bank_that_is_not_there(void **state)
{
	(void)state;
	begin();
	tree_memory(RAM + 256 * MB, 64 * MB);
	tree_memory(RAM + 512 * MB, 64 * MB);
	sim.silent_base = RAM + 256 * MB;
	sim.silent_end = RAM + 320 * MB;
	refused(NULL, CLAIMS("90000000", "90000000", "94000000")
		"none answers from 0x90000000 on: " MEM("128M"));
}

/* RAM behind the image is in the image's own bank: no mem= keeps the image and leaves that RAM
 * out. */
static void no_mem_helps_below_the_image(void **state)
{
	struct host_machine m = host_default_machine;

	(void)state;
	begin();
	m.bus = &bus;
	m.kernel_pa = RAM + 64 * MB;
	sim.silent_base = RAM + 2 * MB;
	sim.silent_end = RAM + 4 * MB;
	tree_reserved_memory();
	tree_reserved("mmode_resv0@80000000", RAM, 3 * MB, NULL);
	tree_node_end();
	scan_well(&m, tree_end(), NULL);
	assert_int_equal(HOST_TRY(ram_probe()), HOST_BOOT_FAILED);
	assert_string_equal(host_stop_text(), CLAIMS("80000000", "80000000", "88000000")
			    "none answers from 0x80300000 on: correct the node's reg");
}

/* Reads mm/boot/ram_probe.c:check_copies. The bank of 128 MiB is 32 MiB, four times. */
static void a_bank_that_repeats_itself(void **state)
{
	(void)state;
	begin();
	sim.ignored = 96 * MB;
	refused(NULL, CLAIMS("80000000", "80000000", "88000000")
		"the word at 0x83fffff8 is the one at 0x81fffff8 once more: " MEM("32M"));
	/* Only RAM behind the last reservation repeats other RAM. */
	begin();
	sim.ignored = 64 * MB;
	refused(NULL, CLAIMS("80000000", "80000000", "88000000")
		"the word at 0x87dffff8 is the one at 0x83dffff8 once more: " MEM("62M"));
}

/* The same RAM has another window far above, as on some chips. */
static void a_bank_that_is_another_again(void **state)
{
	(void)state;
	begin();
	tree_memory(RAM + 0x400000000, BANK);
	sim.ignored = 0x400000000;
	refused(NULL, CLAIMS("480000000", "480000000", "488000000")
		"the word at 0x487fffff8 is the one at 0x87fffff8 once more: " MEM("128M"));
}

/* There are more banks than claims are kept, so that the last banks have no name. */
static void a_bank_without_a_name(void **state)
{
	enum { COUNT = 2 * CONFIG_MEMBLOCK_REGIONS + 100 };

	(void)state;
	begin();
	tree_node("memory@90000000");
	tree_text("device_type", "memory");
	tree_pages(RAM + 256 * MB, COUNT);
	tree_node_end();
	sim.end = RAM + 256 * MB + (COUNT - 1) * PAGE_SIZE;
	assert_int_equal(probe(NULL), HOST_BOOT_FAILED);
	assert_stop_text("The device tree claims RAM there, and none answers from 0x");
}

/* The tree lists its banks in any order. */
static void the_bank_below_the_first(void **state)
{
	(void)state;
	begin_with(NULL, RAM + 256 * MB, 64 * MB);
	tree_memory(RAM, BANK);
	sim.silent_base = RAM + 100 * MB;
	sim.silent_end = RAM + BANK;
	refused(NULL, CLAIMS("80000000", "80000000", "88000000")
		"none answers from 0x86400000 on: " MEM("100M"));
}

/* One access gets no answer: the probe refuses the RAM, or takes the word for no copy. */
static void one_access_is_lost(void **state)
{
	unsigned int lost, all, refusals = 0;

	(void)state;
	begin();
	assert_int_equal(probe(NULL), HOST_RAN_ON);
	all = sim.accesses;
	for (lost = 1; lost <= all; lost++) {
		begin();
		sim.lost = lost;
		if (probe(NULL) == HOST_RAN_ON)
			continue;
		refusals++;
		assert_stop_text(" of the device tree claims RAM at 0x80000000 - 0x88000000, and none "
				 "answers from 0x8");
	}
	/* Each first and last word has four: it is read, written, read and put back. */
	assert_int_equal(refusals % 8, 0);
	assert_in_range(refusals, 8, all / 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_there),
		cmocka_unit_test(a_bank_that_is_too_long),
		cmocka_unit_test(mem_is_the_mend),
		cmocka_unit_test(a_bank_that_is_not_there),
		cmocka_unit_test(no_mem_helps_below_the_image),
		cmocka_unit_test(a_bank_that_repeats_itself),
		cmocka_unit_test(a_bank_that_is_another_again),
		cmocka_unit_test(a_bank_without_a_name),
		cmocka_unit_test(the_bank_below_the_first),
		cmocka_unit_test(one_access_is_lost),
	};

	return cmocka_run_group_tests_name("ram_probe", tests, NULL, NULL);
}
