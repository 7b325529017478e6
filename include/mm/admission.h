/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ADMISSION_H
#define MM_ADMISSION_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Admission, CONFIG_ADMISSION: a program and all that it forks share a guarantee, pages that are
 * kept free for them from their beginning to their end. Whatever may make their address spaces
 * need more (exec, fork, mmap, brk, mprotect, mremap) takes the worst case out of the guarantee, or
 * fails at once with ENOMEM and one line in the log; what was admitted cannot fail later, in no
 * fault.
 *
 * A space without an admission is served as long as there is memory.
 */
struct address_space;
struct admission;
struct mem_account;

struct admission_seen {
	unsigned long guaranteed;
	unsigned long committed, peak;	/* what spaces hold, in pages */
	unsigned long used, used_peak;	/* pages that there are */
	unsigned long refused;
};

/* What a space says of itself; nothing is kept when it goes. */
struct admitted {
	struct admission *by;		/* [c] NULL: nobody, memory is not promised */
	unsigned long needs;		/* [A] pages at worst, tables among them */
	unsigned long held;		/* [A] pages that it has out of the guarantee */
	uintptr_t stack_low;		/* [A] its stack grows down to here; 0: it has none yet */
	bool keeps;			/* [A] what it holds beyond its needs stays for now */
};

#ifdef CONFIG_ADMISSION

/* One reference to a guarantee of so many pages that is kept from now on; name is copied. NULL: it
 * cannot be kept, or there are too many accounts; *missing says how many pages there are not. */
struct admission *admission_create(const char *name, unsigned long pages,
				   unsigned long *missing) __must_check;
struct admission *admission_get(struct admission *a);
/* Whose account the threads of such programs belong to: what the kernel takes for them. */
struct mem_account *admission_kernel_part(void);
/* The last reference ends the guarantee. */
void admission_put(struct admission *a);
/* NULL is ignored. */
void admission_see(const struct admission *a, struct admission_seen *seen);

/* The space, which is empty, belongs to a, and holds so many pages of it before any region asks:
 * false, and it is said, when they are not to be had. Between the two what it holds beyond its
 * needs stays. */
bool space_admit(struct address_space *s, struct admission *a, unsigned long pages,
		 const char *what) __must_check;
void space_admit_end(struct address_space *s);
/* Whose guarantee the space is served from; NULL: nobody's. */
struct admission *space_admission(const struct address_space *s);

#else

static inline struct admission *admission_create(const char *name, unsigned long pages,
						 unsigned long *missing)
{
	(void)name, (void)pages, (void)missing;
	return NULL;
}

static inline void admission_see(const struct admission *a, struct admission_seen *seen)
{
	(void)a, (void)seen;
}

static inline struct admission *admission_get(struct admission *a)
{
	return a;
}

static inline struct mem_account *admission_kernel_part(void)
{
	return NULL;
}

static inline void admission_put(struct admission *a)
{
	(void)a;
}

static inline bool space_admit(struct address_space *s, struct admission *a, unsigned long pages,
			       const char *what)
{
	(void)s, (void)a, (void)pages, (void)what;
	return true;
}

static inline void space_admit_end(struct address_space *s)
{
	(void)s;
}

static inline struct admission *space_admission(const struct address_space *s)
{
	(void)s;
	return NULL;
}

#endif /* CONFIG_ADMISSION */

#endif /* MM_ADMISSION_H */
