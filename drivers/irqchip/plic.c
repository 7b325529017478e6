/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform-level interrupt controller (RISC-V PLIC 1.0). A context is a hart in a mode; the
 * tree says which, in the order of interrupts-extended, and some harts have none for supervisors.
 *
 * A line goes to the contexts whose enable bit is set: to one at a time. It is masked by priority
 * 0, because a controller that is told of the end of an interrupt ignores it unless the enable bit
 * is set: the line would be dead for ever.
 */
#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/irq.h>
#include <kernel/math.h>
#include <kernel/percpu.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <drivers/device.h>
#include <mm/slab.h>
#include <arch/io.h>

#define PLIC_ENABLE		0x2000u
#define PLIC_ENABLE_STRIDE	0x80u
#define PLIC_CONTEXT		0x200000u
#define PLIC_CONTEXT_STRIDE	0x1000u
#define PLIC_THRESHOLD		0u
#define PLIC_CLAIM		4u
#define PLIC_LINES_MOST		1024u
#define PLIC_CONTEXTS_MOST	15872u
/* The cause of an external interrupt of supervisors, as interrupts-extended names it. */
#define EXTERNAL_SUPERVISOR	9u
/* What one interrupt of a CPU serves at most; more come back at once. */
#define CLAIMS_AT_ONCE		16u

struct plic {
	spinlock_t lock;
	struct irq_chip chip;				/* [f] */
	char *registers;				/* [c] */
	u32 context_of[CONFIG_NR_CPUS];			/* [c] of CPUs in chip.cpus */
};

/* Where a CPU finds what interrupts it. */
struct plic_claim {
	struct irq_chip *chip;		/* [c] */
	void *claim;			/* [c] */
};
static DEFINE_PER_CPU(struct plic_claim, plic_claim);	/* [c] */

static struct plic *plic_of(struct irq_chip *chip)
{
	return container_of(chip, struct plic, chip);
}

static void plic_mask(struct irq_chip *chip, unsigned int hwirq)
{
	mmio_write32(0, plic_of(chip)->registers + 4 * hwirq);
}

static void plic_unmask(struct irq_chip *chip, unsigned int hwirq)
{
	mmio_write32(1, plic_of(chip)->registers + 4 * hwirq);
}

static void plic_route(struct irq_chip *chip, unsigned int hwirq, unsigned int cpu, bool on)
{
	struct plic *plic = plic_of(chip);
	char *word = plic->registers + PLIC_ENABLE + plic->context_of[cpu] * PLIC_ENABLE_STRIDE +
		     hwirq / 32 * 4;
	u32 bits;

	/* Lines share words. */
	spin_lock(&plic->lock);
	bits = mmio_read32(word);
	bits = on ? bits | 1u << hwirq % 32 : bits & ~(1u << hwirq % 32);
	mmio_write32(bits, word);
	spin_unlock(&plic->lock);
}

static void plic_enter(struct irq_chip *chip, unsigned int cpu)
{
	struct plic *plic = plic_of(chip);

	mmio_write32(0, plic->registers + PLIC_CONTEXT + PLIC_THRESHOLD +
		     plic->context_of[cpu] * PLIC_CONTEXT_STRIDE);
}

static const struct irq_chip_ops plic_ops = {
	.mask = plic_mask, .unmask = plic_unmask, .route = plic_route, .enter = plic_enter,
};

/*
 * Of lines of one priority the controller gives out the one with the lowest number, and a line not
 * again before its end was told. So all that are pending are served before the end of any is told:
 * else a line that interrupts all the time would keep those behind it waiting for ever.
 */
static __noinline void serve_more(struct plic_claim *c, u32 hwirq)
{
	u32 claimed[CLAIMS_AT_ONCE];
	unsigned int nr = 0;

	while (hwirq) {
		claimed[nr++] = hwirq;
		irq_deliver(c->chip, hwirq);
		hwirq = nr < CLAIMS_AT_ONCE ? mmio_read32(c->claim) : 0;
	}
	for (unsigned int i = 0; i < nr; i++)
		mmio_write32(claimed[i], c->claim);
}

static void plic_handle(void *arg)
{
	struct plic_claim *c = arg;
	u32 first = mmio_read32(c->claim), second;

	if (unlikely(!first))
		return;
	irq_deliver(c->chip, first);
	second = mmio_read32(c->claim);
	if (unlikely(second))
		serve_more(c, second);
	mmio_write32(first, c->claim);
}

/* The CPU of the interrupt controller of a hart; negative: none that this kernel runs on. */
static int cpu_of_intc(u32 phandle)
{
	int intc = fdt_node_offset_by_phandle(boot_fdt, phandle), node, len;
	unsigned int cpu;
	const void *reg;
	u64 hart;

	node = intc < 0 ? -1 : fdt_parent_offset(boot_fdt, intc);
	reg = node < 0 ? NULL : fdt_getprop(boot_fdt, node, "reg", &len);
	if (!reg || (len != 4 && len != 8))
		return -1;
	hart = fdt_read_cells(reg, len / 4);
	for_each_possible_cpu(cpu)
		if (cpu_descs[cpu].hart_id == hart)
			return (int)cpu;
	return -1;
}

/* Reads which context is whose; the number of contexts, or -EINVAL. */
static int find_contexts(struct plic *plic, int node)
{
	int len;
	const fdt32_t *cell = fdt_getprop(boot_fdt, node, "interrupts-extended", &len);
	u32 nr = cell ? (u32)len / 8 : 0;

	if (!nr || nr > PLIC_CONTEXTS_MOST)
		return -EINVAL;
	for (u32 context = 0; context < nr; context++, cell += 2) {
		int cpu;

		if (fdt32_ld(cell + 1) != EXTERNAL_SUPERVISOR)
			continue;
		cpu = cpu_of_intc(fdt32_ld(cell));
		if (cpu < 0)
			continue;
		plic->context_of[cpu] = context;
		plic->chip.cpus |= cpumask_of(cpu);
	}
	return plic->chip.cpus ? (int)nr : -EINVAL;
}

/* Whatever the firmware left on is off. */
static void silence(struct plic *plic)
{
	unsigned int cpu;

	for (u32 hwirq = 1; hwirq < plic->chip.nr_hwirqs; hwirq++)
		plic_mask(&plic->chip, hwirq);
	for_each_cpu(cpu, plic->chip.cpus) {
		char *enable = plic->registers + PLIC_ENABLE +
			       plic->context_of[cpu] * PLIC_ENABLE_STRIDE;
		char *context = plic->registers + PLIC_CONTEXT +
				plic->context_of[cpu] * PLIC_CONTEXT_STRIDE;

		for (u32 word = 0; word <= plic->chip.nr_hwirqs / 32; word++)
			mmio_write32(0, enable + 4 * word);
		mmio_write32(0, context + PLIC_THRESHOLD);
		*per_cpu_ptr(&plic_claim, cpu) = (struct plic_claim){
			&plic->chip, context + PLIC_CLAIM };
	}
}

static int set_up(struct plic *plic, struct device *dev)
{
	u32 lines = fdt_u32(dev->node, "riscv,ndev", 0);
	int contexts = find_contexts(plic, dev->node);

	if (!lines || lines >= PLIC_LINES_MOST)
		return device_fail(dev, -EINVAL, "its riscv,ndev is no number of lines");
	if (contexts < 0)
		return device_fail(dev, contexts, "it serves no supervisor of a CPU of ours");
	plic->registers = device_registers(dev, 0, PLIC_CONTEXT +
					   (unsigned int)contexts * PLIC_CONTEXT_STRIDE);
	if (!plic->registers)
		return dev->error;
	plic->chip.lines = kmalloc((lines + 1) * sizeof(void *), GFP_KERNEL | __GFP_ZERO);
	if (!plic->chip.lines)
		return device_fail(dev, -ENOMEM, "no memory for its lines");
	plic->chip.nr_hwirqs = lines + 1;
	return 0;
}

static int plic_probe(struct device *dev)
{
	struct plic *plic = kmalloc(sizeof(*plic), GFP_KERNEL | __GFP_ZERO);
	unsigned int cpu;
	int err;

	if (!plic)
		return device_fail(dev, -ENOMEM, "no memory for its description");
	spin_lock_init(&plic->lock, LOCK_PLIC);
	plic->chip.name = "SiFive PLIC";
	plic->chip.ops = &plic_ops;
	plic->chip.node = dev->node;
	err = set_up(plic, dev);
	if (err) {
		kfree(plic);
		return err;
	}
	silence(plic);
	irq_chip_add(&plic->chip);
	for_each_cpu(cpu, plic->chip.cpus)
		irq_set_root(cpu, plic_handle, per_cpu_ptr(&plic_claim, cpu));
	dev->private = plic;
	pr_info("irq: %s has %u lines, for %u of %u CPUs\n", dev->name, plic->chip.nr_hwirqs - 1,
		cpumask_weight(plic->chip.cpus), num_possible_cpus());
	return 0;
}

static const char *const plic_compatible[] = {
	"sifive,plic-1.0.0", "riscv,plic0", "starfive,jh7110-plic", NULL
};

DEVICE_DRIVER(plic, plic_compatible, plic_probe, NULL);
