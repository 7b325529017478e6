/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_HERE_H
#define HOST_HERE_H

#include <kernel/types.h>

struct host_context;

/* What a CPU has that is no memory: its registers, as far as a process needs them. */
struct host_here {
	unsigned long percpu_offset;
	u64 timer_deadline;
	unsigned int cpu;
	bool irqs_off;
	/* Of the last switch: who stopped, and who went on. */
	struct host_context *from, *to;
};

/*
 * The running CPU's. A thread of the kernel's goes from one CPU to another, and so from one thread
 * of the process to another; whoever kept an address from before would reach the wrong CPU. A
 * compiler does keep it, where an access needs the address in a register.
 */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
extern __thread struct host_here host_this_thread;
#define host_here()		(&host_this_thread)
#else
struct host_here *host_here(void);
#endif

#define host_irqs_off		(host_here()->irqs_off)
#define host_cpu		(host_here()->cpu)
#define host_percpu_offset	(host_here()->percpu_offset)
#define host_timer_deadline	(host_here()->timer_deadline)

/* What the machine does by itself: the thread sanitizer sees neither the access nor the order. */
#define HOST_UNSEEN		__attribute__((__no_sanitize__("thread"), __noinline__))

#endif /* HOST_HERE_H */
