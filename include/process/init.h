/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_INIT_H
#define PROCESS_INIT_H

/* Starts the first program where the boot arguments or the initramfs have one, and waits for its
 * end. Process context. */
void process_run_init(void);

#endif /* PROCESS_INIT_H */
