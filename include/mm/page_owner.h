/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_OWNER_H
#define MM_PAGE_OWNER_H

/* Who asked for each block of pages, and who gave it back; see mm/page/page_owner.c. */
#include <kernel/compiler.h>
#include <kernel/types.h>

#define PAGE_OWNER_FRAMES	8
#define PAGE_OWNER_NAME		"page owners"

struct page;

/* Of the block that begins at a frame. Addresses are the low halves of the kernel's. */
struct page_owner {
	u64 time_us;				/* [F*] 0: never handed out */
	u32 stack[PAGE_OWNER_FRAMES];		/* [F*] from the caller on; 0 ends */
	u32 freed_by;				/* [F*] 0: it is in use */
	u16 cpu;				/* [F*] */
	u8 order;				/* [F*] */
	u8 unused;
};

/* Bytes that a record takes for each frame. */
#define PAGE_OWNER_BYTES	(IS_ENABLED(CONFIG_PAGE_OWNER) ? sizeof(struct page_owner) : 0)

#ifdef CONFIG_PAGE_OWNER

/* Boot: memory for the records, before the page allocator has any. */
void page_owner_init(void);

/* A block was handed out to whoever called from there; nothing for NULL. Any context. */
void page_owner_set(const struct page *page, unsigned int order, const void *caller);
/* It was given back. */
void page_owner_free(const struct page *page, const void *caller);
/* Its contents have moved, and who asked for them with them. */
void page_owner_copy(const struct page *dst, const struct page *src);

/* The record of the block that begins at this frame; NULL: none is kept. A snapshot. */
const struct page_owner *page_owner_of(unsigned long pfn);
/* Says in some lines who has or had it; fn gets each. */
void page_owner_describe(unsigned long pfn, void (*fn)(void *ctx, const char *line), void *ctx);
/* The same to the log. */
void page_owner_report(unsigned long pfn);

#else

static inline void page_owner_set(const struct page *page, unsigned int order, const void *caller)
{
	(void)page, (void)order, (void)caller;
}

static inline void page_owner_free(const struct page *page, const void *caller)
{
	(void)page, (void)caller;
}

static inline void page_owner_copy(const struct page *dst, const struct page *src)
{
	(void)dst, (void)src;
}

static inline void page_owner_describe(unsigned long pfn, void (*fn)(void *ctx, const char *line),
				       void *ctx)
{
	(void)pfn, (void)fn, (void)ctx;
}

static inline void page_owner_report(unsigned long pfn)
{
	(void)pfn;
}

#endif

#endif /* MM_PAGE_OWNER_H */
