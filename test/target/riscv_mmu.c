/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the kernel's own page tables back, and compares them with the memory map and with the
 * rights that each part must have. Runs after boot, when init memory is gone. */
#include <kernel/cpu.h>
#include <kernel/math.h>
#include <mm/kernel_tables.h>
#include <mm/memblock.h>
#include <mm/page.h>
#include <test/ktest.h>
#include <arch/mmu.h>
#include <asm/fixmap.h>
#include <asm/image.h>
#include <asm/pgtable.h>
#include <asm/ptrace.h>

struct leaf {
	unsigned long va;
	phys_addr_t pa;
	unsigned int level;
	u64 flags;
};

/* Extends the sign of the address that the indexes make. */
static unsigned long canonical(unsigned long va)
{
	return (unsigned long)((long)(va << (64 - VA_BITS)) >> (64 - VA_BITS));
}

static void each_leaf_of(phys_addr_t table_pa, unsigned int level, unsigned long va,
			 void (*fn)(struct ktest *t, const struct leaf *leaf), struct ktest *t)
{
	for (unsigned int i = 0; i < PTRS_PER_TABLE; i++) {
		u64 entry = ((u64 *)arch_table_access(NULL, table_pa))[i];
		unsigned long at = va + ((unsigned long)i << LEVEL_SHIFT(level));

		if (pte_is_table(entry) && level) {
			each_leaf_of(pte_pa(entry), level - 1, at, fn, t);
		} else if (entry & PTE_V) {
			const struct leaf leaf = { canonical(at), pte_pa(entry), level,
						   entry & (PAGE_SIZE - 1) & 0x3ff };

			fn(t, &leaf);
		}
	}
}

static void check_rights(struct ktest *t, const struct leaf *leaf)
{
	const u64 always = PTE_V | PTE_R | PTE_G | PTE_A | PTE_D;

	if ((leaf->flags & always) != always || leaf->flags & PTE_U)
		ktest_fail(t, __FILE__, __LINE__, "leaf 0x%lx has flags 0x%lx", leaf->va,
			   (unsigned long)leaf->flags);
	if (leaf->flags & PTE_W && leaf->flags & PTE_X)
		ktest_fail(t, __FILE__, __LINE__, "leaf 0x%lx is both W and X", leaf->va);
	if (leaf->flags & PTE_X && (leaf->va < (unsigned long)_text ||
				    leaf->va >= (unsigned long)__text_end))
		ktest_fail(t, __FILE__, __LINE__, "leaf 0x%lx is executable, not text", leaf->va);
}

static void rights_of_all_leaves(struct ktest *t)
{
	each_leaf_of(kernel_pgtable.root_pa, ROOT_LEVEL, 0, check_rights, t);
}

/* The linear map must show [start, end) of physical memory in largest leaves, with these rights. */
static void expect_linear(struct ktest *t, phys_addr_t start, phys_addr_t end, u64 prot)
{
	while (start < end) {
		unsigned long va = (unsigned long)__va(start);
		unsigned int level, want = 0;
		u64 entry = pgtable_lookup(&kernel_pgtable, va, &level);

		while (want < LARGEST_LEAF_LEVEL && IS_ALIGNED(start, LEVEL_SIZE(want + 1)) &&
		       end - start >= LEVEL_SIZE(want + 1))
			want++;
		if (entry != pte_make(start, prot) || level != want) {
			ktest_fail(t, __FILE__, __LINE__, "0x%lx: entry 0x%lx at level %u, "
				   "expected level %u", va, (unsigned long)entry, level, want);
			return;
		}
		start += LEVEL_SIZE(level);
	}
}

/* The linear map must not show these addresses. Whole empty entries are skipped at once. */
static void expect_unmapped(struct ktest *t, unsigned long va, unsigned long end)
{
	while (va < end) {
		unsigned int level;

		if (pgtable_lookup(&kernel_pgtable, va, &level) & PTE_V) {
			ktest_fail(t, __FILE__, __LINE__, "0x%lx is mapped", va);
			return;
		}
		va = ALIGN_DOWN(va, LEVEL_SIZE(level)) + LEVEL_SIZE(level);
		if (!va)
			return;
	}
}

/* Expects a range of RAM, cut at the image, whose parts have rights of their own. */
static void expect_ram(struct ktest *t, phys_addr_t start, phys_addr_t end)
{
	const struct image_layout *im = arch_image_layout();
	phys_addr_t init_text_end = __pa_symbol(__init_text_end);

	if (end <= im->start || start >= im->end) {
		expect_linear(t, start, end, PROT_RW);
		return;
	}
	expect_linear(t, start, im->start, PROT_RW);
	expect_linear(t, im->text_start, im->text_end, PROT_RO);
	expect_linear(t, im->rodata_start, im->rodata_end, PROT_RO);
	expect_linear(t, im->init_start, init_text_end, PROT_RW);
	expect_linear(t, init_text_end, end, PROT_RW);
}

static void linear_map_is_the_memory_map(struct ktest *t)
{
	const struct memblock_type *memory;
	phys_addr_t start, end = 0;
	unsigned long i = 0;

	KTEST_ASSERT(t, memblock_copy);
	memory = &memblock_copy->memory;
	while (i < memory->cnt) {
		const struct memblock_region *r = &memory->regions[i++];

		if (end < r->base)
			expect_unmapped(t, end ? (unsigned long)__va(end) : PAGE_OFFSET,
					(unsigned long)__va(r->base));
		start = r->base;
		end = r->base + r->size;
		if (r->flags & MEMBLOCK_NOMAP) {
			expect_unmapped(t, (unsigned long)__va(start), (unsigned long)__va(end));
			continue;
		}
		/* Neighbouring regions are mapped as one. */
		for (; i < memory->cnt && memory->regions[i].base == end &&
		       !(memory->regions[i].flags & MEMBLOCK_NOMAP); i++)
			end += memory->regions[i].size;
		expect_ram(t, start, end);
	}
	expect_unmapped(t, (unsigned long)__va(end), PAGE_OFFSET + LINEAR_MAP_SIZE);
}

static void guards_and_init_are_unmapped(struct ktest *t)
{
	expect_unmapped(t, (unsigned long)boot_stack_guard, (unsigned long)boot_stack);
	expect_unmapped(t, (unsigned long)overflow_stack_guard, (unsigned long)overflow_stack);
	expect_unmapped(t, (unsigned long)__init_begin, (unsigned long)__init_end);
	expect_unmapped(t, (unsigned long)_end, ~0ul);
	KTEST_EXPECT(t, arch_va_mapped((unsigned long)_text));
	KTEST_EXPECT(t, arch_va_mapped((unsigned long)_end - 1));
}

static void holes_are_unmapped(struct ktest *t)
{
	KTEST_EXPECT(t, !arch_va_mapped(0));
	KTEST_EXPECT(t, !arch_va_mapped(1ul << (VA_BITS - 1)));
	KTEST_EXPECT(t, !arch_va_mapped(~(1ul << VA_BITS)));
	expect_unmapped(t, KERNEL_HALF_START, KERNEL_HALF_START + PAGE_SIZE);
	expect_unmapped(t, FIXMAP_START + FIXMAP_SIZE,
			MIN_CONST(VMALLOC_START, VMEMMAP_START));
	/* Areas are given out from below. */
	expect_unmapped(t, VMALLOC_START, VMALLOC_START + PAGE_SIZE);
	expect_unmapped(t, VMALLOC_START + VMALLOC_SIZE / 2, VMALLOC_START + VMALLOC_SIZE);
	expect_unmapped(t, PAGE_OFFSET + LINEAR_MAP_SIZE,
			PAGE_OFFSET + LINEAR_MAP_SIZE + PAGE_SIZE);
}

/* Every page of the stack is mapped, and nothing below it. */
static void expect_stack(struct ktest *t, struct stack_bounds stack)
{
	expect_unmapped(t, stack.start - STACK_GUARD_SIZE, stack.start);
	for (unsigned long va = stack.start; va < stack.end; va += PAGE_SIZE) {
		unsigned int level;
		u64 entry = pgtable_lookup(&kernel_pgtable, va, &level);
		unsigned long head_pfn = block_head_pfn(PFN_DOWN(pte_pa(entry)));

		KTEST_EXPECT_EQ(t, entry, pte_make(pte_pa(entry), PROT_RW));
		KTEST_EXPECT_EQ(t, page_state(pfn_to_page(head_pfn)), PG_STACK);
	}
	expect_unmapped(t, stack.end, stack.end + STACK_GUARD_SIZE);
}

static void other_cpus_have_guarded_stacks(struct ktest *t)
{
	unsigned int cpu;

	for (cpu = 1; cpu < nr_cpus_found; cpu++) {
		if (!hart_traps[cpu].stack_end)
			continue;
		expect_stack(t, cpu_stack(cpu));
		expect_stack(t, cpu_overflow_stack(cpu));
		KTEST_EXPECT_EQ(t, cpu_stack(cpu).end - cpu_stack(cpu).start, BOOT_STACK_SIZE);
	}
}

static const struct ktest_case mmu_cases[] = {
	KTEST_CASE(rights_of_all_leaves),
	KTEST_CASE(linear_map_is_the_memory_map),
	KTEST_CASE(guards_and_init_are_unmapped),
	KTEST_CASE(holes_are_unmapped),
	KTEST_CASE(other_cpus_have_guarded_stacks),
	{ }
};
KTEST_SUITE(mmu, mmu_cases, false);
