/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_ONLINE_MEMS_H
#define MM_PAGE_ONLINE_MEMS_H

/*
 * No section comes or goes until put_online_mems(): for who looks at frames that are not his own
 * with interrupts on, and while a CPU comes or goes. Process context; waits for a section that is
 * on its way.
 */
#if defined(CONFIG_MEMORY_HOTPLUG)
void get_online_mems(void);
void put_online_mems(void);
#else
static inline void get_online_mems(void)
{
}

static inline void put_online_mems(void)
{
}
#endif
/* The turn to bring or take a section; waits for other such turns, and for readers. */
void mem_hotplug_begin(void);
void mem_hotplug_done(void);

#endif /* MM_PAGE_ONLINE_MEMS_H */
