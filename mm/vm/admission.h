/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VM_ADMISSION_H
#define MM_VM_ADMISSION_H

/* Where address spaces meet admission.c. The space's lock is held. */

#include <kernel/math.h>
#include <mm/user_page.h>

#include "spaces.h"

#ifdef CONFIG_ADMISSION

/* Slow ways, for spaces that are admitted. */
int admit_slow(struct address_space *s, unsigned long pages, const char *what) __must_check;
void admit_settle_slow(struct address_space *s);
int admit_fork_slow(const struct address_space *s, struct address_space *copy) __must_check;
void admit_end_slow(struct address_space *s);
void admit_region_slow(struct address_space *s, const struct region *before,
		       const struct region *r, const struct region *after, bool comes);
struct page *admitted_page_alloc(const struct address_space *s, struct user_place place,
				 bool zeroed) __must_check;
struct page *admitted_table_alloc(const struct address_space *s) __must_check;
void admitted_table_free(struct page *page);
unsigned long admit_worst_slow(struct address_space *s, uintptr_t start, size_t bytes, u32 rights,
			       u32 flags);

static __always_inline bool is_admitted(const struct address_space *s)
{
	return s->admitted.by;
}

/* The space may come to need so many pages more: 0, or -ENOMEM, which is said. */
static __always_inline int admit(struct address_space *s, unsigned long pages, const char *what)
{
	return unlikely(is_admitted(s)) ? admit_slow(s, pages, what) : 0;
}

/* Pages that so many bytes of addresses may need, tables among them: at start, or at worst where it
 * is 0. */
static __always_inline unsigned long admit_worst(struct address_space *s, uintptr_t start,
						 size_t bytes, u32 rights, u32 flags)
{
	return unlikely(is_admitted(s)) ? admit_worst_slow(s, start, bytes, rights, flags) : 0;
}

/* A call is over: what it held beyond the needs goes back. */
static __always_inline void admit_settle(struct address_space *s)
{
	if (unlikely(is_admitted(s)))
		admit_settle_slow(s);
}

/* The copy, without regions yet, holds what the other one does. */
static __always_inline int admit_fork(const struct address_space *s, struct address_space *copy)
{
	return unlikely(is_admitted(s)) ? admit_fork_slow(s, copy) : 0;
}

/* Its regions and tables are gone. */
static __always_inline void admit_end(struct address_space *s)
{
	if (unlikely(is_admitted(s)))
		admit_end_slow(s);
}

static __always_inline void admit_region(struct address_space *s, const struct region *before,
					 const struct region *r, const struct region *after,
					 bool comes)
{
	if (unlikely(is_admitted(s)))
		admit_region_slow(s, before, r, after, comes);
}

/* Private pages that may be written are the space's own, also after they may not any more. */
static __always_inline u32 admit_flags(const struct address_space *s, u32 rights, u32 flags)
{
	return unlikely(is_admitted(s)) && rights & VM_WRITE && !(flags & REGION_SHARED) ?
	       flags | REGION_COMMITTED : flags;
}

/* A part of a stack that is not its lowest grows no more. */
static __always_inline u32 admit_piece(const struct address_space *s, u32 flags)
{
	return unlikely(is_admitted(s)) ? flags & ~REGION_GROWS_DOWN : flags;
}

/* The stack was admitted down to there, whatever its limit is now. */
static __always_inline bool admit_grows(const struct address_space *s, uintptr_t start)
{
	return likely(!is_admitted(s)) || start >= s->admitted.stack_low;
}

/* The region gets these rights. */
static __always_inline void admit_rights(struct address_space *s, struct region *r, u32 rights)
{
	u32 flags = admit_flags(s, rights, r->flags);

	if (likely(flags == r->flags))
		return;
	admit_region(s, region_previous(s, r), r, region_next(s, r), false);
	r->flags = flags;
	admit_region(s, region_previous(s, r), r, region_next(s, r), true);
}

/* What mprotect() to these rights makes a region need more. */
static __always_inline unsigned long admit_writable(const struct region *r, u32 rights,
						    uintptr_t start, uintptr_t end)
{
	if (!(rights & VM_WRITE) || r->flags & (REGION_COMMITTED | REGION_SHARED))
		return 0;
	return (min(end, r->end) - max(start, r->start)) >> PAGE_SHIFT;
}

#else

static inline bool is_admitted(const struct address_space *s)
{
	(void)s;
	return false;
}

static inline int admit(struct address_space *s, unsigned long pages, const char *what)
{
	(void)s, (void)pages, (void)what;
	return 0;
}

static inline unsigned long admit_worst(struct address_space *s, uintptr_t start, size_t bytes,
					u32 rights, u32 flags)
{
	(void)s, (void)start, (void)bytes, (void)rights, (void)flags;
	return 0;
}

static inline void admit_settle(struct address_space *s)
{
	(void)s;
}

static inline int admit_fork(const struct address_space *s, const struct address_space *copy)
{
	(void)s, (void)copy;
	return 0;
}

static inline void admit_end(struct address_space *s)
{
	(void)s;
}

static inline void admit_region(struct address_space *s, const struct region *before,
				const struct region *r, const struct region *after, bool comes)
{
	(void)s, (void)before, (void)r, (void)after, (void)comes;
}

static inline u32 admit_flags(const struct address_space *s, u32 rights, u32 flags)
{
	(void)s, (void)rights;
	return flags;
}

static inline u32 admit_piece(const struct address_space *s, u32 flags)
{
	(void)s;
	return flags;
}

static inline bool admit_grows(const struct address_space *s, uintptr_t start)
{
	(void)s, (void)start;
	return true;
}

static inline void admit_rights(struct address_space *s, struct region *r, u32 rights)
{
	(void)s, (void)r, (void)rights;
}

static inline unsigned long admit_writable(const struct region *r, u32 rights, uintptr_t start,
					   uintptr_t end)
{
	(void)r, (void)rights, (void)start, (void)end;
	return 0;
}

#endif

/* A page of the space's own, for va. */
static __always_inline struct page *space_page_alloc(const struct address_space *s, uintptr_t va,
						     bool zeroed)
{
	struct user_place place = user_place(s->slot, va);

	IF_ENABLED(CONFIG_ADMISSION,
		   if (unlikely(is_admitted(s))) return admitted_page_alloc(s, place, zeroed);)
	return user_page_alloc_at(place, zeroed);
}

static __always_inline struct page *space_table_alloc(const struct address_space *s)
{
	IF_ENABLED(CONFIG_ADMISSION,
		   if (unlikely(is_admitted(s))) return admitted_table_alloc(s);)
	(void)s;
	return user_table_alloc();
}

static __always_inline void space_table_free(const struct address_space *s, struct page *page)
{
	IF_ENABLED(CONFIG_ADMISSION,
		   if (unlikely(is_admitted(s))) { admitted_table_free(page); return; })
	(void)s;
	user_table_free(page);
}

#endif /* MM_VM_ADMISSION_H */
