/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * A text device. write takes whole texts and may poll. Where the device wants a carriage return
 * before a line feed and nobody below adds it, write adds it. getc returns -1 when no character
 * waits.
 */
struct console {
	const char *name;							/* [c] */
	void (*write)(struct console *con, const char *text, size_t len);	/* [c] */
	int (*getc)(struct console *con);					/* [c] */
	void *private;								/* [c] */
	/* With CONFIG_IRQ, or NULL: sleeps until a character waits, until over() is true behind a
	 * call of wake, or until so many microseconds have passed; wakes all who sleep; and gives
	 * all to the device that write still holds, in any state. */
	IF_ENABLED(CONFIG_IRQ,
		   void (*wait)(struct console *con, bool (*over)(void), u64 us);	/* [c] */
		   void (*wake)(struct console *con);					/* [c] */
		   void (*flush)(struct console *con);)					/* [c] */
};

/* A driver offers its console; console_init() decides whether to use it. */
void console_offer(struct console *con);

/* Registers the best console there is. Boot only. */
void console_init(void);

/* Makes con the console and replays the log to it. The last one registered wins. */
void register_console(struct console *con);

/* Raw text to the console; before there is one it goes to the firmware's. */
void console_write(const char *text, size_t len);
/* Waits for a character with the hart idle between polls. */
int console_getc(void);
/* Waits, at most so long, until a character is there; false: none is. Process context. */
bool console_wait_input(u64 us);
/* Sleeps until a character waits, until over() is true behind a console_wake(), or so long at most.
 * over() only looks, and may be NULL. False: the device has no interrupts, and nobody has slept.
 * Process context. */
bool console_sleep(bool (*over)(void), u64 us);
void console_wake(void);
/* Is a character there that console_getc() would return at once? */
bool console_input_waiting(void);
/* For long work: reads what was typed, drops it, and says whether Ctrl-C was among it. */
bool console_interrupted(void);

/*
 * Writes past locks and the log: to the firmware or, where the firmware has no console, to the
 * device of stdout-path, which the first such call looks for. Works from the first instruction on,
 * in any state; the text is dropped where there is neither.
 */
__cold void emergency_putc(char c);
__cold void emergency_puts(const char *text);

/* The device of stdout-path, which polls, or NULL; and whether it may take the place of the
 * firmware's console: not with console=sbi. */
struct console *console_device(void);
bool console_device_wanted(void);

/* The machine ends: what the console's driver still holds is sent. Any state. */
void console_flush(void);

/* The firmware's console from now on, until a driver comes (bootarg earlycon, panic). */
void console_use_firmware(void);

#endif /* KERNEL_CONSOLE_H */
