/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_PGTABLE_MACHINE_H
#define TEST_HOST_PGTABLE_MACHINE_H

/*
 * A machine for page tables: frames for them, counted, of which only the one that was asked for
 * last may be touched; a hart that walks by the book at every look at a table; and a hart that
 * remembers. The machine takes the format of entries from the privileged specification, not from
 * the code under test.
 */
#include "common/boot.h"

#include <sanitizer/asan_interface.h>

#include <arch/pgtable.h>

#define LEVELS		(IS_ENABLED(CONFIG_SV48) ? 4u : 3u)
#define VA_BITS		(12 + 9 * LEVELS)
#define ENTRIES		512u
#define NR_TABLES	4096u
#define FRAME_BITS	((1ul << 44) - 1)
#define POOL_PA		0x1234500000ul
#define PAGE_BYTES	4096ul

/* A translation; without rights there is none. */
struct translation {
	phys_addr_t pa;
	unsigned int rights;
};

struct frame {
	bool live;
	bool given;		/* alloc gave it to the call that is under way */
	bool ours;		/* may be freed */
	bool forgotten;		/* no hart can know the way to it: flushed since it was cut off */
};

static u64 pool[NR_TABLES][ENTRIES] __attribute__((__aligned__(4096)));
static struct frame frames[NR_TABLES];
static unsigned int nr_live, open_frame;
/* Number of calls of alloc that succeed from now on; -1: all do. */
static int allocs_left;
static unsigned int flushes;
static bool deny_old;		/* tables from before the machine's start are boot's, and stay */
static u64 root_copy[ENTRIES], root_sum;
static struct pgtable machine_pt;

/* Addresses that the walking hart looks at, and the only translations that it may find there. */
#define SAMPLES_MOST	16
struct sample {
	unsigned long va;
	struct translation before, after;
	struct translation remembered;
};
static struct sample samples[SAMPLES_MOST];
static unsigned int nr_samples;

static unsigned int frame_nr(phys_addr_t pa)
{
	u64 nr = (pa - POOL_PA) / PAGE_BYTES;

	assert_true(pa >= POOL_PA && nr < NR_TABLES && !(pa % PAGE_BYTES));
	return (unsigned int)nr;
}

/* Reads what hardware reads, whoever may touch it. */
static __attribute__((__no_sanitize__("address"))) u64 hart_reads(phys_addr_t table_pa,
								  unsigned int index)
{
	unsigned int nr = frame_nr(table_pa);

	assert_true(frames[nr].live);
	return ((volatile u64 *)pool[nr])[index];
}

static phys_addr_t entry_pa(u64 entry)
{
	return (entry >> 10 & FRAME_BITS) << 12;
}

static unsigned int entry_rights(u64 entry)
{
	return (entry & 2 ? VM_READ : 0) | (entry & 4 ? VM_WRITE : 0) | (entry & 8 ? VM_EXEC : 0) |
	       (entry & 16 ? VM_USER : 0) | (entry & 32 ? VM_GLOBAL : 0) |
	       (entry & 256 ? VM_IO : 0) | (entry >> 61 == 1 ? VM_UNCACHED : 0);
}

/* As asm/pgtable.h has it, which is the target's. */
struct pte_types {
	u64 io, uncached;
};
IF_ENABLED(CONFIG_RISCV_ISA_SVPBMT, extern struct pte_types pte_types;)
static bool harts_know_types = true;	/* machine_reset() makes them so */

/* The entry at which the walk for va ends. */
static inline u64 leaf_of(unsigned long va)
{
	phys_addr_t table_pa = machine_pt.root_pa;

	for (unsigned int level = LEVELS - 1;; level--) {
		u64 entry = hart_reads(table_pa, va >> (12 + 9 * level) & (ENTRIES - 1));

		if (!(entry & 1) || entry & 14 || !level)
			return entry;
		table_pa = entry_pa(entry);
	}
}

/* Walks by the book: each leaf has its accessed and dirty bits set, and a large one is aligned. */
static struct translation hart_walks(unsigned long va)
{
	phys_addr_t table_pa = machine_pt.root_pa;

	for (unsigned int level = LEVELS - 1;; level--) {
		unsigned int shift = 12 + 9 * level;
		u64 entry = hart_reads(table_pa, va >> shift & (ENTRIES - 1));

		if (!(entry & 1))
			return (struct translation){ 0, 0 };
		if (entry & 14) {
			assert_int_equal(entry & 0xc0, 0xc0);
			assert_int_not_equal(entry & 6, 4);
			/* One of three types of memory, for harts that know them. */
			assert_int_equal(entry >> 54 & ~(harts_know_types ? 3ul << 7 : 0), 0);
			assert_int_not_equal(entry >> 61, 3);
			assert_int_equal(entry_pa(entry) % (1ul << shift), 0);
			return (struct translation){ entry_pa(entry) + va % (1ul << shift),
						     entry_rights(entry) };
		}
		assert_true(level > 0);
		assert_int_equal(entry & ~(FRAME_BITS << 10 | 1), 0);
		table_pa = entry_pa(entry);
	}
}

static bool same(struct translation a, struct translation b)
{
	return a.rights == b.rights && (!a.rights || a.pa == b.pa);
}

/* At any moment each address has its old or its new translation. */
static void watch(void)
{
	for (unsigned int i = 0; i < nr_samples; i++) {
		struct translation now = hart_walks(samples[i].va);

		if (!same(now, samples[i].before) && !same(now, samples[i].after))
			fail_msg("in the middle of a change 0x%lx is 0x%lx, rights 0x%x",
				 samples[i].va, (unsigned long)now.pa, now.rights);
	}
}

/* ---- operations ---- */

static void *machine_access(struct pgtable *pt, phys_addr_t table_pa)
{
	unsigned int nr = frame_nr(table_pa);

	assert_ptr_equal(pt, &machine_pt);
	assert_true(frames[nr].live);
	watch();
	ASAN_POISON_MEMORY_REGION(pool[open_frame], PAGE_BYTES);
	open_frame = nr;
	ASAN_UNPOISON_MEMORY_REGION(pool[nr], PAGE_BYTES);
	return pool[nr];
}

static phys_addr_t machine_alloc(struct pgtable *pt)
{
	unsigned int nr = 0;

	assert_ptr_equal(pt, &machine_pt);
	if (allocs_left == 0)
		return PGTABLE_NONE;
	allocs_left -= allocs_left > 0;
	while (frames[nr].live)
		assert_true(++nr < NR_TABLES);
	ASAN_UNPOISON_MEMORY_REGION(pool[nr], PAGE_BYTES);
	memset(pool[nr], 0, PAGE_BYTES);
	ASAN_POISON_MEMORY_REGION(pool[nr], PAGE_BYTES);
	frames[nr] = (struct frame){ .live = true, .given = true, .ours = !deny_old };
	nr_live++;
	return POOL_PA + nr * PAGE_BYTES;
}

static void machine_free(struct pgtable *pt, phys_addr_t table_pa)
{
	struct frame *frame = &frames[frame_nr(table_pa)];

	assert_ptr_equal(pt, &machine_pt);
	assert_true(frame->live && frame->ours);
	/* A table that no hart could ever find need not be forgotten. */
	assert_true(frame->forgotten || (frame->given && !flushes));
	*frame = (struct frame){ .live = false };
	nr_live--;
}

/* Marks the tables below this one, which a hart can find, and returns their number. */
static unsigned int mark_found(phys_addr_t table_pa, unsigned int level, bool *found)
{
	unsigned int nr = 1;

	assert_false(found[frame_nr(table_pa)]);
	found[frame_nr(table_pa)] = true;
	for (unsigned int i = 0; level && i < ENTRIES; i++) {
		u64 entry = hart_reads(table_pa, i);

		if (entry & 1 && !(entry & 14))
			nr += mark_found(entry_pa(entry), level - 1, found);
	}
	return nr;
}

static void machine_flush(struct pgtable *pt, unsigned long start, unsigned long end)
{
	bool all = !start && end == ~0ul;
	static bool found[NR_TABLES];

	assert_ptr_equal(pt, &machine_pt);
	flushes++;
	for (unsigned int i = 0; i < nr_samples; i++)
		if (all || samples[i].va - start < end - start)
			samples[i].remembered = hart_walks(samples[i].va);
	if (!all)
		return;
	memset(found, 0, sizeof(found));
	mark_found(pt->root_pa, LEVELS - 1, found);
	for (unsigned int i = 0; i < NR_TABLES; i++)
		frames[i].forgotten = !found[i];
}

static bool machine_owns(struct pgtable *pt, phys_addr_t table_pa)
{
	assert_ptr_equal(pt, &machine_pt);
	return frames[frame_nr(table_pa)].ours;
}

static void machine_root_changed(struct pgtable *pt, unsigned int index, u64 old, u64 entry)
{
	assert_ptr_equal(pt, &machine_pt);
	assert_int_equal(root_copy[index], old);
	/* The old entry led to no table. */
	assert_int_not_equal(old & 15, 1);
	assert_int_equal(hart_reads(pt->root_pa, index), entry);
	root_copy[index] = entry;
	root_sum += entry - old;
}

static const struct pgtable_ops own_root_ops = {
	.alloc = machine_alloc, .free = machine_free, .access = machine_access,
	.flush = machine_flush,
};

static const struct pgtable_ops shared_root_ops = {
	.alloc = machine_alloc, .free = machine_free, .access = machine_access,
	.flush = machine_flush, .owns = machine_owns, .root_changed = machine_root_changed,
};

static void machine_reset(const struct pgtable_ops *ops)
{
	host_reset(NULL);
	memset(frames, 0, sizeof(frames));
	memset(root_copy, 0, sizeof(root_copy));
	nr_live = nr_samples = root_sum = 0;
	allocs_left = -1;
	deny_old = false;
	machine_pt = (struct pgtable){ .ops = ops };
	machine_pt.root_pa = machine_alloc(&machine_pt);
	IF_ENABLED(CONFIG_RISCV_ISA_SVPBMT,
		   pte_types = harts_know_types ? (struct pte_types){ 2ul << 61, 1ul << 61 }
						: (struct pte_types){ 0, 0 };)
}

/* Checks PT1, and that no table is lost: the live tables are those that a hart finds. */
static void check_no_empty_table(phys_addr_t table_pa, unsigned int level)
{
	unsigned int valid = 0;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		u64 entry = hart_reads(table_pa, i);

		valid += entry & 1;
		if (level && entry & 1 && !(entry & 14))
			check_no_empty_table(entry_pa(entry), level - 1);
	}
	if (!valid && level != LEVELS - 1 && frames[frame_nr(table_pa)].ours &&
	    (level != LEVELS - 2 || !machine_pt.ops->root_changed))
		fail_msg("an empty table of level %u", level);
}

static void check_tables(void)
{
	static bool found[NR_TABLES];

	memset(found, 0, sizeof(found));
	assert_int_equal(mark_found(machine_pt.root_pa, LEVELS - 1, found), nr_live);
	check_no_empty_table(machine_pt.root_pa, LEVELS - 1);
	if (!machine_pt.ops->root_changed)
		return;
	for (unsigned int i = 0; i < ENTRIES; i++)
		assert_int_equal(hart_reads(machine_pt.root_pa, i), root_copy[i]);
	assert_int_equal(pgtable_root_sum(&machine_pt), root_sum);
}

#endif /* TEST_HOST_PGTABLE_MACHINE_H */
