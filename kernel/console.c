/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One console at a time. Writers take turns by a lock that also keeps interrupts off, so that a
 * line is never torn; a CPU that comes back into it from its own driver is turned away instead
 * of waiting for itself. Input is polled, unless the console's driver has interrupts.
 */
#include <kernel/console.h>
#include <kernel/cpu.h>
#include <kernel/idle.h>
#include <kernel/lock_order.h>
#include <kernel/spinlock.h>
#include <kernel/string.h>
#include <kernel/time.h>

#include "internal.h"

#define CTRL_C		0x03
#define TYPEAHEAD_BYTES	256
/* Between polls of a UART whose FIFO holds 16 characters of 87 us each. */
#define POLL_US		1000
/* A limit that nobody notices, in case that the console changes meanwhile. */
#define CONSOLE_WAIT_US	1000000

static void firmware_write(struct console *con, const char *text, size_t len)
{
	(void)con;
	while (len--)
		emergency_putc(*text++);
}

static int firmware_getc(struct console *con)
{
	(void)con;
	return -1;
}

static struct console firmware_console = {	/* [c] */
	.name = "firmware", .write = firmware_write, .getc = firmware_getc,
};

static DEFINE_SPINLOCK(console_lock, LOCK_CONSOLE);
static bool console_lock_broken;	/* [E] */
static int console_holder = -1;		/* [C*] CPU between begin and end */
static struct console *console;		/* [c] the one that a report chooses is [E] */

/* [s] What console_interrupted() took in on behalf of console_getc(). */
static char typeahead[TYPEAHEAD_BYTES];
static unsigned int typeahead_first, typeahead_count;

bool console_begin(unsigned long *flags)
{
	int cpu;

	*flags = arch_local_irq_save();
	cpu = (int)smp_processor_id();
	if (READ_ONCE(console_holder) == cpu) {
		arch_local_irq_restore(*flags);
		return false;
	}
	if (likely(!console_lock_broken))
		spin_lock(&console_lock);
	else
		panic_yield();
	WRITE_ONCE(console_holder, cpu);
	return true;
}

void console_end(unsigned long flags)
{
	WRITE_ONCE(console_holder, -1);
	if (likely(!console_lock_broken))
		spin_unlock(&console_lock);
	arch_local_irq_restore(flags);
}

void console_break_locks(void)
{
	console_lock_broken = true;
	console_holder = -1;
}

void console_emit(const char *text, size_t len)
{
	struct console *con = console ? console : &firmware_console;

	if (len)
		con->write(con, text, len);
}

void console_write(const char *text, size_t len)
{
	unsigned long flags;

	if (!console_begin(&flags))
		return;
	console_emit(text, len);
	console_end(flags);
}

bool console_present(void)
{
	return console != NULL;
}

void console_use_firmware(void)
{
	if (!console)
		console = &firmware_console;
	printk_flush();
}

/* Moves what the device has into the typeahead; false when there was nothing. */
static bool take_input(void)
{
	int c = console && console->getc ? console->getc(console) : -1;

	if (c < 0)
		return false;
	if (typeahead_count < TYPEAHEAD_BYTES) {
		typeahead[(typeahead_first + typeahead_count) % TYPEAHEAD_BYTES] = (char)c;
		typeahead_count++;
	}
	return true;
}

void register_console(struct console *con)
{
	/* The log's own mark says what was shown, so a console that follows the firmware's goes
	 * on where that one stopped, and a first one replays everything. */
	console = con;
	/* OpenSBI's HTIF console (spike) stops the hart at a key that comes before the first
	 * question for one: the question comes before the prompt that asks for keys. */
	take_input();
	printk_flush();
}

bool console_input_waiting(void)
{
	return typeahead_count || take_input();
}

#if defined(CONFIG_IRQ)
bool console_sleep(bool (*over)(void), u64 us)
{
	if (!console || !console->wait)
		return false;
	console->wait(console, over, us);
	return true;
}

void console_wake(void)
{
	if (console && console->wake)
		console->wake(console);
}

void console_flush(void)
{
	if (console && console->flush)
		console->flush(console);
}
#else
bool console_sleep(bool (*over)(void), u64 us)
{
	(void)over;
	(void)us;
	return false;
}

void console_wake(void)
{
}
#endif

/* A device without interrupts is looked at every now and then. */
static void wait_for_device(u64 us)
{
	if (!console_sleep(NULL, us))
		cpu_idle(us < POLL_US ? us : POLL_US);
}

bool console_wait_input(u64 us)
{
	struct deadline end = deadline_in(us);

	assert_no_locks_held("waiting for input");
	while (!console_input_waiting() && !deadline_over(&end))
		wait_for_device(us);
	return console_input_waiting();
}

int console_getc(void)
{
	unsigned char c;

	assert_no_locks_held("waiting for input");
	while (!console_input_waiting())
		wait_for_device(CONSOLE_WAIT_US);
	c = (unsigned char)typeahead[typeahead_first];
	typeahead_first = (typeahead_first + 1) % TYPEAHEAD_BYTES;
	typeahead_count--;
	return c;
}

bool console_interrupted(void)
{
	/* A full typeahead leaves the rest to the device. */
	while (typeahead_count < TYPEAHEAD_BYTES && take_input()) {
		unsigned int last = (typeahead_first + typeahead_count - 1) % TYPEAHEAD_BYTES;

		if (typeahead[last] != CTRL_C)
			continue;
		/* What was typed before it was meant for the work that it ends. */
		typeahead_count = 0;
		return true;
	}
	return false;
}
