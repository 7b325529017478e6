/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Acts that the machine must catch, one in each boot: each ends in a report and a non-zero exit
 * code. A case that returns has failed. test=crimes commits the first, test=crimes.<case> the one
 * that it names.
 */
#include <kernel/cmdline.h>
#include <kernel/init.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <mm/gfp.h>
#include <mm/memblock.h>
#include <test/ktest.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/mmu.h>
#include <arch/page.h>

/* No window of the kernel is near it. */
#define WILD_ADDRESS		0xdead0000ul

/* The shortest instruction that returns, "c.jr ra", in memory that holds data. */
static u32 data_with_code[4] __aligned(16) = { 0x80828082, 0x80828082 };
static volatile unsigned int depth;

static void survived(struct ktest *t)
{
	ktest_fail(t, __FILE__, __LINE__, "the crime went unnoticed");
}

static void store(volatile void *at)
{
	*(volatile u32 *)at = 0x73736554;
}

static void wild_store(struct ktest *t)
{
	store((void *)WILD_ADDRESS);
	survived(t);
}

static void jump_to_data(struct ktest *t)
{
	void (*fn)(void) = (void (*)(void))(void *)data_with_code;

	fn();
	survived(t);
}

static void jump_to_page(struct ktest *t)
{
	u32 *page = (u32 *)__get_free_page(GFP_KERNEL);

	KTEST_ASSERT(t, page);
	*page = data_with_code[0];
	((void (*)(void))(void *)page)();
	survived(t);
	free_page((unsigned long)page);
}

static void write_text(struct ktest *t)
{
	store((void *)(unsigned long)&ktest_fail);
	survived(t);
}

/* Writes to the same bytes through the linear map. */
static void write_linear_text(struct ktest *t)
{
	store(__va(arch_image_layout()->text_start));
	survived(t);
}

static void write_rodata(struct ktest *t)
{
	static const u32 constant = 1;

	store((volatile void *)(unsigned long)&constant);
	survived(t);
}

static void read_mmode(struct ktest *t)
{
	const struct memblock_type *memory = memblock_copy ? &memblock_copy->memory : NULL;

	for (unsigned long i = 0; memory && i < memory->cnt; i++) {
		const struct memblock_region *r = &memory->regions[i];

		if (!(r->flags & MEMBLOCK_NOMAP))
			continue;
		pr_info("crimes: the firmware's word at 0x%llx is %x\n",
			(unsigned long long)r->base, *(volatile u32 *)__va(r->base));
		survived(t);
		return;
	}
	t->skip = "no memory is marked as the firmware's";
}

/* Reads where there is neither RAM nor a device: behind all the RAM that is used. */
static void touch_nothing(struct ktest *t)
{
	const struct memblock_type *memory = &memblock_copy->memory;
	const struct memblock_region *last = &memory->regions[memory->cnt - 1];
	volatile u32 *nothing = arch_map_device(last->base + last->size + 64 * SZ_1M);

	KTEST_ASSERT(t, nothing);
	pr_info("crimes: nothing is %x\n", *nothing);
	survived(t);
}

static __noinline unsigned int descend(unsigned int level)
{
	volatile unsigned int frame[16];

	/* The two uses of the call's result keep the compiler from making a loop of the
	 * recursion. */
	frame[level % 16] = level;
	depth = level;
	if (level < ~0u)
		frame[0] += descend(level + 1) + depth;
	return frame[0] + frame[level % 16];
}

static void stack_overflow(struct ktest *t)
{
	depth = descend(0);
	survived(t);
}

/* Code that has interrupts off must not ask to wait, even where nothing needs waiting: proves A4
 * . */
static void wait_with_interrupts_off(struct ktest *t)
{
	unsigned long flags;
	struct page *page;

	if (arch_irqs_disabled()) {
		t->skip = "interrupts are never on";
		return;
	}
	flags = arch_local_irq_save();
	drain_local_pages();
	page = alloc_pages(GFP_NOWAIT, 0);
	KTEST_EXPECT(t, page);
	if (page)
		__free_pages(page, 0);
	drain_local_pages();
	page = alloc_pages(GFP_KERNEL, 0);
	arch_local_irq_restore(flags);
	survived(t);
	if (page)
		__free_pages(page, 0);
}

static void store_wildly(void *unused)
{
	(void)unused;
	store((void *)WILD_ADDRESS);
}

/* The report is of a CPU that does not run the shell. */
static void other_cpu_store(struct ktest *t)
{
	struct cpu_work work = { .fn = store_wildly };
	unsigned int cpu;

	for_each_online_cpu(cpu) {
		if (cpu && !cpu_work_start(cpu, &work)) {
			cpu_work_wait(&work);
			survived(t);
			return;
		}
	}
	t->skip = "one CPU is online";
}

/* ---- an init page, which a hart remembers and boot gives back ---- */

#define READS_AFTER	1000000

/* Only the address of this word outlives boot. */
static u32 init_word __initdata = 0x1917;
static const volatile u32 *init_page;		/* [c] */
static unsigned int init_page_cpu;		/* [c] the CPU that reads it, 0: none */
static bool boot_is_over;			/* [a] */

/* Reads the page as long as it is there, and beyond. */
static void read_init_page_on(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&boot_is_over, __ATOMIC_ACQUIRE))
		(void)*init_page;
	for (unsigned int i = 0; i < READS_AFTER; i++)
		(void)*init_page;
}

static struct cpu_work init_page_reader = { .fn = read_init_page_on };	/* [s] */

/* Runs just before the page is given back: this hart remembers its translation, and another hart
 * does so where that is the crime. */
static int __init remember_init_page(void)
{
	const u32 *at = &init_word;
	char wanted[32];
	unsigned int cpu;

	/* If the compiler saw the pointer's value, it would put the address into code that
	 * stays. */
	OPTIMIZER_HIDE_VAR(at);
	init_page = at;
	(void)*init_page;
	if (cmdline_get("test", wanted, sizeof(wanted)) > 0 &&
	    !strcmp(wanted, "crimes.init_page_elsewhere"))
		for_each_online_cpu(cpu)
			if (cpu && !init_page_cpu && !cpu_work_start(cpu, &init_page_reader))
				init_page_cpu = cpu;
	return 0;
}
initcall(remember_init_page);

/* The page was mapped and was read a moment ago. */
static void read_init_page(struct ktest *t)
{
	pr_info("crimes: the init page still holds %x\n", *init_page);
	survived(t);
}

/* A hart that reads all the while must be stopped because the page goes, and not by an end of its
 * own. */
static void init_page_elsewhere(struct ktest *t)
{
	__atomic_store_n(&boot_is_over, true, __ATOMIC_RELEASE);
	if (!init_page_cpu) {
		t->skip = "one CPU is online";
		return;
	}
	cpu_work_wait(&init_page_reader);
	survived(t);
}

/* Both are out of line, and none is what the compiler could see through. */
static void frees_twice(struct ktest *t)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (page) {
		__free_page(page);
		OPTIMIZER_HIDE_VAR(page);
		__free_page(page);
	}
	survived(t);
}

static void panic_here(void *unused)
{
	(void)unused;
	panic("CPU %u has had enough", smp_processor_id());
}

/* All CPUs panic at once, and one report is made. */
static void panic_everywhere(struct ktest *t)
{
	on_each_cpu(panic_here, NULL, false);
	survived(t);
}

static const struct ktest_case crimes_cases[] = {
	KTEST_CASE(wild_store),
	KTEST_CASE(jump_to_data),
	KTEST_CASE(jump_to_page),
	KTEST_CASE(write_text),
	KTEST_CASE(write_linear_text),
	KTEST_CASE(write_rodata),
	KTEST_CASE(read_mmode),
	KTEST_CASE(touch_nothing),
	KTEST_CASE(stack_overflow),
	KTEST_CASE(other_cpu_store),
	KTEST_CASE(read_init_page),
	KTEST_CASE(init_page_elsewhere),
	KTEST_CASE(panic_everywhere),
	KTEST_CASE(frees_twice),
	KTEST_CASE(wait_with_interrupts_off),
	{ }
};
KTEST_SUITE(crimes, crimes_cases, true);
