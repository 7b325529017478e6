/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of QEMU's virt: nanoseconds since 1970 in two halves, and an alarm. */
#include <kernel/errno.h>
#include <kernel/irq.h>
#include <drivers/device.h>
#include <drivers/rtc.h>
#include <mm/slab.h>
#include <arch/io.h>

/* A read of the low half keeps the high one for the next read. */
#define RTC_TIME_LOW		0x00
#define RTC_TIME_HIGH		0x04
/* A write of the low half sets the alarm. */
#define RTC_ALARM_LOW		0x08
#define RTC_ALARM_HIGH		0x0c
#define RTC_IRQ_ENABLED		0x10
#define RTC_CLEAR_ALARM		0x14
#define RTC_CLEAR_INTERRUPT	0x1c
#define RTC_BYTES		0x20

struct goldfish {
	struct rtc rtc;			/* [f] */
	char *registers;		/* [c] */
	unsigned int irq;		/* [c] */
	void (*fn)(void *arg);		/* [o] whoever set the alarm */
	void *arg;			/* [o] */
};

static u64 goldfish_read(struct rtc *rtc)
{
	struct goldfish *g = container_of(rtc, struct goldfish, rtc);
	u64 low = mmio_read32(g->registers + RTC_TIME_LOW);

	return (u64)mmio_read32(g->registers + RTC_TIME_HIGH) << 32 | low;
}

static void goldfish_set_alarm(struct rtc *rtc, u64 ns, void (*fn)(void *arg), void *arg)
{
	struct goldfish *g = container_of(rtc, struct goldfish, rtc);

	mmio_write32(0, g->registers + RTC_IRQ_ENABLED);
	g->arg = arg;
	g->fn = fn;
	mmio_write32(1, g->registers + RTC_IRQ_ENABLED);
	mmio_write32((u32)(ns >> 32), g->registers + RTC_ALARM_HIGH);
	mmio_write32((u32)ns, g->registers + RTC_ALARM_LOW);
}

static irqreturn_t goldfish_interrupt(unsigned int irq, void *arg)
{
	struct goldfish *g = arg;

	(void)irq;
	mmio_write32(1, g->registers + RTC_CLEAR_INTERRUPT);
	if (g->fn)
		g->fn(g->arg);
	return IRQ_HANDLED;
}

static int start(struct goldfish *g, struct device *dev)
{
	int irq = device_irq(dev, 0), err;

	if (irq < 0)
		return irq;
	mmio_write32(0, g->registers + RTC_IRQ_ENABLED);
	mmio_write32(1, g->registers + RTC_CLEAR_ALARM);
	mmio_write32(1, g->registers + RTC_CLEAR_INTERRUPT);
	err = request_irq((unsigned int)irq, goldfish_interrupt, dev->name, g);
	if (err)
		return device_fail(dev, err, "its interrupt is not to be had; the log says why");
	g->irq = (unsigned int)irq;
	return 0;
}

static int goldfish_probe(struct device *dev)
{
	char *registers = device_registers(dev, 0, RTC_BYTES);
	struct goldfish *g;
	int err;

	if (!registers)
		return dev->error;
	g = kmalloc(sizeof(*g), GFP_KERNEL | __GFP_ZERO);
	if (!g)
		return device_fail(dev, -ENOMEM, "no memory for its description");
	g->rtc = (struct rtc){ .name = dev->name, .read_ns = goldfish_read,
			       .set_alarm = goldfish_set_alarm };
	g->registers = registers;
	err = start(g, dev);
	if (err) {
		kfree(g);
		return err;
	}
	dev->private = g;
	rtc_offer(&g->rtc);
	return 0;
}

static int goldfish_remove(struct device *dev)
{
	struct goldfish *g = dev->private;

	if (rtc_get() == &g->rtc)
		rtc_offer(NULL);
	mmio_write32(0, g->registers + RTC_IRQ_ENABLED);
	free_irq(g->irq);
	kfree(g);
	return 0;
}

static const char *const goldfish_compatible[] = { "google,goldfish-rtc", NULL };

DEVICE_DRIVER(goldfish_rtc, goldfish_compatible, goldfish_probe, goldfish_remove);
