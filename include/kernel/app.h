/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_APP_H
#define KERNEL_APP_H

#include <kernel/thread.h>

/*
 * A program compiled in: APP(name, main, priority, stack bytes, account), at file level, with
 * static void main(void *unused). It is a thread of the image, which boot makes ready behind the
 * init calls, before test= and run=; when main returns it has ended. What it allocates is charged
 * to the account, a struct mem_account *, or to the kernel's when that is NULL.
 */
#define APP(_name, _main, _priority, _stack, _account) \
	THREAD_DEFINE_IN(_name, _main, NULL, _priority, _stack, _account)

#endif /* KERNEL_APP_H */
