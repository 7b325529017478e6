/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_ADDRESS_SPACE_H
#define MM_ADDRESS_SPACE_H

#include <kernel/list.h>
#include <kernel/mutex.h>
#include <kernel/types.h>
#include <mm/admission.h>
#include <arch/pgtable.h>
#include <arch/user.h>

/*
 * Address spaces of programs: which addresses mean what (regions), and the page tables that follow
 * from it. Calls are for process context, and take the space's own lock. With CONFIG_PROCESSES
 * alone.
 */
struct page;
struct page_holder;

/* Where the pages of a region come from that are not its own: a file's, by number. */
struct backing_ops {
	/* With a count, or NULL: there is none. Takes no lock that a reader of the file holds. */
	struct page *(*frame)(void *file, u64 index, bool make);
	/* Whose pages these are, so that they can move: with MIGRATION. NULL: they are nobody's. */
	struct page_holder *(*holder)(void *file);
	void (*get)(void *file);
	void (*put)(void *file);
};

#define REGION_SHARED		0x1u	/* writes go to the file, and to who else has it */
#define REGION_GROWS_DOWN	0x2u	/* a stack */
#define REGION_HEAP		0x4u	/* what brk() moves */
#define REGION_MAY_WRITE	0x8u	/* mprotect() may allow it */
#define REGION_COMMITTED	0x10u	/* of an admitted space: each page may become its own */

/* [A] Neighbours that could be one are one. */
struct region {
	uintptr_t start, end;
	u32 rights;			/* VM_READ, VM_WRITE, VM_EXEC, or none */
	u32 flags;
	void *file;			/* NULL: pages of its own, 0 at first */
	const struct backing_ops *ops;
	u64 first_index;		/* the file's page at start */

	struct region *left, *right, *parent;	/* a balanced tree by address: regions.c */
	u32 height;
	uintptr_t gap;			/* of the subtree: the widest hole in front of a region */
	struct list_head order;		/* all of the space, by address */
};

struct address_space {
	struct mutex lock;		/* [f] */
	u32 users;			/* [a] processes that have it: vfork() */
	u32 slot;			/* [c] */
	bool has_shared;		/* [a] a region was shared, of this space or its parent's */
	struct region *root;		/* [A] */
	struct region *last;		/* [A] found last */
	struct region *room;		/* [A] in front of it was room (mm/vm/region_room.c) */
	uintptr_t room_high;		/* [A] below this one, the highest */
	size_t room_bytes;		/* [A] for so many bytes */
	struct list_head regions;	/* [A] by address */
	unsigned int nr_regions;	/* [A] */
	phys_addr_t root_pa;		/* [c] */
	unsigned long mapped_pages;	/* [A*] of all regions */
	unsigned long resident_pages;	/* [A*] that entries lead to */
	unsigned long peak_pages;	/* [A*] */
	unsigned long table_pages;	/* [A*] */
	unsigned long faults;		/* [A*] */
	uintptr_t heap_start, heap_end;	/* [A] brk() */
	uintptr_t mmap_top;		/* [c] mmap() looks downwards from here */
	uintptr_t stack_top;		/* [c] the stack grows downwards from here */
	u64 stack_limit;		/* [A] bytes */
	u64 size_limit;			/* [A] bytes of all regions */
	u64 heap_limit;			/* [A] bytes */
	u64 leaf_region;		/* [A] 1 + va / 2 MiB of the table met last */
	u64 *leaf_table;		/* [A] */
	struct page *leaf_page;		/* [A] its descriptor */
	struct arch_space arch;		/* [f] */
	struct list_head all;		/* [T] */
	/* [A] user_move.c: of the page that is moved, its entry here, and who else sees it */
	IF_ENABLED(CONFIG_MIGRATION, u64 *moved_slot; u64 moved_leaf;
		   struct address_space *next_seen;
		   u32 movers;)			/* [T] who keep it from being freed */
	IF_ENABLED(CONFIG_ADMISSION, struct admitted admitted;)	/* [A] */
};

/* Empty. NULL: no memory, or too many. */
struct address_space *space_create(void) __must_check;
/* A copy in which no page is copied until one side writes. NULL: no memory. */
struct address_space *space_fork(struct address_space *s) __must_check;
void space_get(struct address_space *s);
/* The last user's: all pages and tables go. No CPU has it loaded then. */
void space_put(struct address_space *s);

/*
 * A fault at va, for one of VM_READ, VM_WRITE and VM_EXEC. 0: the instruction may go on. -EFAULT:
 * nothing is there; -EACCES: not with these rights; -ENXIO: beyond the file; -ENOMEM.
 */
int space_fault(struct address_space *s, uintptr_t va, unsigned int access) __must_check;

/* What is to be mapped. fixed: at start, in the place of whatever is there; otherwise start is a
 * wish. file has a count of the caller's, of which the space takes its own. */
struct map_request {
	uintptr_t start;
	size_t bytes;
	u32 rights, flags;
	void *file;
	const struct backing_ops *ops;
	u64 first_index;
	bool fixed, no_replace;
};

/* The address, or -EINVAL, -ENOMEM, -EEXIST. m's bytes become whole pages. */
long space_map(struct address_space *s, struct map_request *m) __must_check;
int space_unmap(struct address_space *s, uintptr_t start, size_t bytes) __must_check;
int space_protect(struct address_space *s, uintptr_t start, size_t bytes,
		  u32 rights) __must_check;
/* Its pages go, their addresses stay. -ENOMEM: not all of it is mapped. */
int space_discard(struct address_space *s, uintptr_t start, size_t bytes) __must_check;
/* Where the heap ends afterwards. */
uintptr_t space_brk(struct address_space *s, uintptr_t end);
/* mremap(): the address, or an error. */
long space_remap(struct address_space *s, uintptr_t old, size_t old_bytes, size_t new_bytes,
		 bool may_move, bool fixed, uintptr_t target) __must_check;
/* For mincore() and the like: is all of it mapped? */
bool space_has(struct address_space *s, uintptr_t start, size_t bytes);

/* Reads from a space, or writes to one that no CPU need see, within a page: 0, or as
 * space_fault(). */
int space_read(struct address_space *s, uintptr_t va, void *to, size_t bytes) __must_check;
int space_write(struct address_space *s, uintptr_t va, const void *from,
		size_t bytes) __must_check;

/* One region after another, for /proc: the first that ends above va; false: none. Its file has a
 * count of the caller's, for ops->put(). */
bool space_next_region(struct address_space *s, uintptr_t va, struct region *copy);

#endif /* MM_ADDRESS_SPACE_H */
