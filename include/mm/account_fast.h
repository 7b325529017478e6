/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ACCOUNT_FAST_H
#define MM_ACCOUNT_FAST_H

/*
 * What the inline paths of mm/gfp.h know of accounts: a CPU has credit of its thread's account,
 * pages that are charged and not handed out yet, and gives and takes by it. Whatever else there is
 * goes the long way (mm/page/account.c).
 */
#include <kernel/compiler.h>
#include <kernel/percpu.h>
#include <kernel/types.h>
#include <mm/page_word.h>

/* What differs between a block on a list and the same block handed out to account 0. */
#define PCP_FLIP	(((u32)PG_PCP ^ (u32)PG_ALLOCATED) << PAGE_STATE_SHIFT)

struct mem_account;

/* Of the running CPU, interrupts off. */
struct account_here {
	long credit;			/* [P*] pages */
	u32 flip;			/* [P] PCP_FLIP and the account's number; 0: no block's */
	struct mem_account *account;	/* [P*] NULL: the kernel's */
	struct mem_account *interrupted;	/* [P] by what is the kernel's for now */
};

#ifdef CONFIG_MEM_ACCOUNTS

/* It begins with account_here, and with what the inline paths reach beside it (mm/pcp.h): both are
 * found with one addition. */
struct account_area;
DECLARE_PER_CPU(struct account_area, account_area);

static __always_inline struct account_here *account_here_now(void)
{
	char *here = (char *)this_cpu_ptr(&account_area);

	/* Else what lies behind it would be found with an addition of its own. */
	OPTIMIZER_HIDE_VAR(here);
	return (struct account_here *)(void *)here;
}

/* What a block of this order leaves; below 0: too little. */
static __always_inline long account_credit_left(const struct account_here *here, unsigned int order)
{
	return here->credit - (1l << order);
}

static __always_inline void account_set_credit(struct account_here *here, long credit)
{
	WRITE_ONCE(here->credit, credit);
}

static __always_inline u32 account_flip(const struct account_here *here)
{
	return here->flip;
}

/* What follows on this CPU belongs to that account, NULL being the kernel's; returns the one
 * before. Interrupts off. */
void account_switch_slow(struct mem_account *account);
static __always_inline struct mem_account *account_switch(struct mem_account *account)
{
	struct mem_account *before = account_here_now()->account;

	if (unlikely(before != account))
		account_switch_slow(account);
	return before;
}

/* What an interrupt takes is the kernel's. Around each, interrupts off. */
static __always_inline void account_irq_enter(void)
{
	account_here_now()->interrupted = account_switch(NULL);
}

static __always_inline void account_irq_exit(void)
{
	(void)account_switch(account_here_now()->interrupted);
}

#else

static __always_inline void account_irq_enter(void)
{
}

static __always_inline void account_irq_exit(void)
{
}

static __always_inline struct account_here *account_here_now(void)
{
	return NULL;
}

static __always_inline long account_credit_left(const struct account_here *here, unsigned int order)
{
	(void)here, (void)order;
	return 0;
}

static __always_inline void account_set_credit(struct account_here *here, long credit)
{
	(void)here, (void)credit;
}

static __always_inline u32 account_flip(const struct account_here *here)
{
	(void)here;
	return PCP_FLIP;
}

static __always_inline struct mem_account *account_switch(struct mem_account *account)
{
	return account;
}

#endif

#endif /* MM_ACCOUNT_FAST_H */
