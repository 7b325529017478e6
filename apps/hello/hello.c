/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest program: one line in the log. */
#include <kernel/app.h>
#include <kernel/printk.h>
#include <kernel/sched.h>

static void hello_main(void *unused)
{
	(void)unused;
	pr_info("hello: I am thread %s of priority %u\n", current_thread()->name,
		current_thread()->priority);
}

APP(hello, hello_main, 16, 8192, NULL);
