/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's UART with interrupts both ways. What is written goes into a ring, which the device
 * empties as it can: a writer waits only while the ring is full. What is typed comes into another,
 * and whoever waits for it sleeps; while that ring is full the device keeps what it has, and its
 * own flow control holds the sender. A report of the end, and whatever follows it, is polled.
 */
#include <kernel/console.h>
#include <kernel/errno.h>
#include <kernel/fdt.h>
#include <kernel/irq.h>
#include <kernel/math.h>
#include <kernel/panic.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>
#include <kernel/string.h>
#include <kernel/wait.h>
#include <drivers/device.h>

#include "ns16550.h"

#define IER_RECEIVED		0x01
#define IER_SENT		0x02
#define IIR_NONE		0x01
#define IIR_WHY			0x0f
#define IIR_BUSY		0x07	/* Synopsys: a register was written while it was busy */
#define IIR_FIFOS		0xc0
#define FIFO_BYTES		16u
/* What one interrupt takes at most: more than a FIFO holds. */
#define RECEIVE_AT_ONCE		64u

#define SEND_BYTES		4096u
#define RECEIVE_BYTES		256u

static DEFINE_SPINLOCK(uart_lock, LOCK_UART);
static char send_ring[SEND_BYTES];		/* [U] */
static u32 send_first, send_next;		/* [U*] they only grow */
static u32 ier;					/* [U] what the device lets through */
static unsigned int fifo_bytes;			/* [c] */

static char receive_ring[RECEIVE_BYTES];	/* [P] of the interrupt's CPU, until it is taken */
static u32 receive_first, receive_next;		/* [a] they only grow */
static u32 receive_held;			/* [a] the device keeps the rest */
static struct wait_queue typed = WAIT_QUEUE_INIT(typed);	/* [f] who waits for a character */

static unsigned int uart_irq;			/* [c] */

/* ---- sending ---- */

/* [U] */
static void set_ier(u32 bits)
{
	if (bits == ier)
		return;
	ier = bits;
	uart_write(bits, UART_IER);
}

/* [U] The device has sent all: it gets as much as it holds. */
static void feed(void)
{
	if (!(uart_read(UART_LSR) & LSR_THR_EMPTY))
		return;
	for (unsigned int i = 0; i < fifo_bytes && send_first != send_next; i++)
		uart_write((unsigned char)send_ring[send_first++ % SEND_BYTES], UART_DATA);
}

/* [U], or all others have stopped. */
static void send_all(void)
{
	while (send_first != send_next)
		uart_send(send_ring[send_first++ % SEND_BYTES]);
}

/* [U] Into the ring, as much as lies in one piece there; 0: it is full. */
static size_t put(const char *text, size_t len)
{
	u32 at = send_next % SEND_BYTES;
	u32 room = min(SEND_BYTES - (send_next - send_first), SEND_BYTES - at);
	size_t bytes = min(len, (size_t)room);

	memcpy(send_ring + at, text, bytes);
	send_next += (u32)bytes;
	return bytes;
}

static void uart_irq_write(struct console *con, const char *text, size_t len)
{
	unsigned long flags;

	(void)con;
	/* Whoever holds the lock will not come back, and no interrupt will. */
	if (unlikely(panic_is_mine())) {
		send_all();
		while (len--)
			uart_send(*text++);
		return;
	}
	flags = spin_lock_irqsave(&uart_lock);
	while (len) {
		size_t done = put(text, len);

		if (!done)
			uart_send(send_ring[send_first++ % SEND_BYTES]);
		text += done;
		len -= done;
	}
	feed();
	set_ier(send_first == send_next ? ier & ~IER_SENT : ier | IER_SENT);
	spin_unlock_irqrestore(&uart_lock, flags);
}

/* Of a machine that ends; locks may be broken. */
static void uart_irq_flush(struct console *con)
{
	(void)con;
	send_all();
	for (unsigned int i = 0; i < UART_MAX_POLLS && !(uart_read(UART_LSR) & LSR_IDLE); i++)
		;
}

/* ---- receiving ---- */

static u32 received(void)
{
	return __atomic_load_n(&receive_next, __ATOMIC_ACQUIRE) -
	       __atomic_load_n(&receive_first, __ATOMIC_RELAXED);
}

/* Until the ring is full: then the interrupt stays off until somebody takes something. */
static void receive(void)
{
	u32 next = receive_next, first = __atomic_load_n(&receive_first, __ATOMIC_ACQUIRE);
	unsigned int came = 0;

	while (came < RECEIVE_AT_ONCE && next - first < RECEIVE_BYTES &&
	       uart_read(UART_LSR) & LSR_DATA_READY) {
		receive_ring[next++ % RECEIVE_BYTES] = (char)uart_read(UART_DATA);
		came++;
	}
	__atomic_store_n(&receive_next, next, __ATOMIC_RELEASE);
	if (next - first == RECEIVE_BYTES) {
		spin_lock(&uart_lock);
		__atomic_store_n(&receive_held, 1, __ATOMIC_RELAXED);
		set_ier(ier & ~IER_RECEIVED);
		spin_unlock(&uart_lock);
	}
	if (came)
		wake_up_all(&typed);
}

static void receive_on(void)
{
	unsigned long flags = spin_lock_irqsave(&uart_lock);

	__atomic_store_n(&receive_held, 0, __ATOMIC_RELAXED);
	set_ier(ier | IER_RECEIVED);
	spin_unlock_irqrestore(&uart_lock, flags);
}

static int uart_irq_getc(struct console *con)
{
	u32 first = receive_first;
	unsigned char c;

	(void)con;
	if (!received()) {
		if (unlikely(__atomic_load_n(&receive_held, __ATOMIC_RELAXED)))
			receive_on();
		return -1;
	}
	c = (unsigned char)receive_ring[first % RECEIVE_BYTES];
	__atomic_store_n(&receive_first, first + 1, __ATOMIC_RELEASE);
	if (unlikely(__atomic_load_n(&receive_held, __ATOMIC_RELAXED)))
		receive_on();
	return c;
}

/* Whoever makes true what ends the wait wakes afterwards, by the same lock. */
static void uart_irq_wait(struct console *con, bool (*over)(void), u64 us)
{
	unsigned long flags = spin_lock_irqsave(&typed.lock);
	bool is_over = received() || (over && over());
	struct waiter w;

	(void)con;
	if (!is_over)
		wait_begin(&typed, &w);
	spin_unlock_irqrestore(&typed.lock, flags);
	if (!is_over)
		(void)!wait_end(&typed, &w, us);
}

static void uart_irq_wake(struct console *con)
{
	(void)con;
	wake_up_all(&typed);
}

static irqreturn_t uart_interrupt(unsigned int irq, void *arg)
{
	u32 why = uart_read(UART_IIR) & IIR_WHY;

	(void)irq;
	(void)arg;
	if (why == IIR_NONE)
		return IRQ_NONE;
	if (why == IIR_BUSY)
		(void)uart_read(UART_USR);
	receive();
	spin_lock(&uart_lock);
	feed();
	if (send_first == send_next)
		set_ier(ier & ~IER_SENT);
	spin_unlock(&uart_lock);
	return IRQ_HANDLED;
}

/* ---- the driver ---- */

static struct console uart_irq_console = {	/* [c] */
	.name = "ns16550, interrupts", .write = uart_irq_write, .getc = uart_irq_getc,
	.wait = uart_irq_wait, .wake = uart_irq_wake, .flush = uart_irq_flush,
};

static int uart_irq_probe(struct device *dev)
{
	int irq, err;

	if (dev->node != fdt_stdout_node())
		return device_fail(dev, -ENODEV, "not the console's, which alone is driven");
	if (!console_device_wanted() || !console_device())
		return device_fail(dev, -ENODEV, "the firmware has it: console=sbi");
	irq = device_irq(dev, 0);
	if (irq < 0)
		return irq;
	uart_irq = (unsigned int)irq;
	fifo_bytes = (uart_read(UART_IIR) & IIR_FIFOS) == IIR_FIFOS ? FIFO_BYTES : 1;
	ier = 0;
	uart_write(0, UART_IER);
	err = request_irq(uart_irq, uart_interrupt, dev->name, NULL);
	if (err)
		return device_fail(dev, err, "its interrupt is not to be had; the log says why");
	pr_info("console: %s takes over with interrupts\n", dev->name);
	register_console(&uart_irq_console);
	receive_on();
	return 0;
}

/* What is in the rings still goes its way. */
static int uart_irq_remove(struct device *dev)
{
	unsigned long flags;

	(void)dev;
	register_console(console_device());
	flags = spin_lock_irqsave(&uart_lock);
	set_ier(0);
	send_all();
	spin_unlock_irqrestore(&uart_lock, flags);
	free_irq(uart_irq);
	return 0;
}

static const char *const uart_irq_compatible[] = {
	"ns16550a", "ns16550", "snps,dw-apb-uart", "starfive,jh7110-uart", NULL
};

DEVICE_DRIVER(ns16550, uart_irq_compatible, uart_irq_probe, uart_irq_remove);
