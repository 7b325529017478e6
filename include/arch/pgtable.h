/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Page tables as data, for any address space. The arch knows the format of entries and walks the
 * tables. The tables' user says, by a struct of operations, where a table's frame comes from and
 * where it is seen.
 *
 * A caller of a function that changes tables lets nobody else change the same tables meanwhile. The
 * machine's own walks may run at any time; pgtable_for_each_leaf() may run beside changes that
 * unmap nothing. Addresses and sizes are multiples of PAGE_SIZE; a range does not wrap.
 */
struct pgtable;

/* A table is a frame; this value says that there is none. */
#define PGTABLE_NONE		(~(phys_addr_t)0)

/* Of a table: entries that a CPU may follow, and those that are not 0. */
struct pgtable_counts {
	u16 valid, used;		/* [T] */
};

struct pgtable_ops {
	/* Returns a cleared frame, or PGTABLE_NONE. */
	phys_addr_t (*alloc)(struct pgtable *pt);
	/* Takes back a frame that alloc gave, cleared, which nobody can find any more. */
	void (*free)(struct pgtable *pt, phys_addr_t table_pa);
	/* Returns the table's contents, which stay visible until the next call. */
	void *(*access)(struct pgtable *pt, phys_addr_t table_pa);
	/* Makes every CPU that uses the tables forget translations of [start, end) before it
	 * returns; 0 and ~0ul mean all that the CPU knows of the tables, the tables themselves
	 * included. */
	void (*flush)(struct pgtable *pt, unsigned long start, unsigned long end);
	/* May the table go to free when it is empty? NULL: all tables may. */
	bool (*owns)(struct pgtable *pt, phys_addr_t table_pa);
	/* Where the walker keeps the counts of a table that came from alloc. NULL: nowhere, and an
	 * empty table is found by a look at all its entries. */
	struct pgtable_counts *(*counts)(struct pgtable *pt, phys_addr_t table_pa);
	/*
	 * Set if the root is shared, because others hold copies of its entries. Called after each
	 * change of a root entry; a table that hangs in such a root stays for good. NULL: the root
	 * is not shared.
	 */
	void (*root_changed)(struct pgtable *pt, unsigned int index, u64 old, u64 entry);
};

struct pgtable {
	const struct pgtable_ops *ops;	/* [c] */
	phys_addr_t root_pa;		/* [c] */
	/* Of whoever lets nobody else change the tables: what the short way remembers, 0 for
	 * none. */
	unsigned long leaf_region;	/* [T] 1 + va / 2 MiB of the table met last */
	unsigned long empty_region;	/* [T] the same of the one that stays though it is empty */
	u64 *leaf_table;		/* [T] where that table is seen, for good */
	struct pgtable_counts *leaf_counts;	/* [T] */
};

/* What may be done with a mapping, and by whom. At least one of the first three is set. */
#define VM_READ			0x01u
#define VM_WRITE		0x02u	/* comes with VM_READ */
#define VM_EXEC			0x04u	/* in the kernel's own mappings never with VM_WRITE */
#define VM_USER			0x08u	/* programs, too */
#define VM_GLOBAL		0x10u	/* the same in every address space */
#define VM_IO			0x20u	/* registers of a device */
#define VM_UNCACHED		0x40u	/* RAM past the caches, where arch_maps_uncached() */

#define VM_KERNEL_RO		(VM_READ | VM_GLOBAL)
#define VM_KERNEL_RW		(VM_READ | VM_WRITE | VM_GLOBAL)

/*
 * Maps [va, va + bytes) to pa with the largest leaves that fit, so that a range of one page is one
 * leaf. Nothing may be mapped there before; the kernel stops if something is. Returns 0 or -ENOMEM;
 * after -ENOMEM nothing is mapped there, and only tables that must stay are left. Flushes.
 */
int pgtable_map(struct pgtable *pt, unsigned long va, phys_addr_t pa, u64 bytes,
		unsigned int rights) __must_check;

/*
 * Gives all that is mapped in [va, va + bytes) new rights, or unmaps it and frees the tables that
 * become empty. Addresses that are not mapped are passed over. A leaf that reaches beyond the range
 * is split. Returns 0, or -ENOMEM with nothing changed, when there is no table for a split.
 * Flushes.
 */
int pgtable_protect(struct pgtable *pt, unsigned long va, u64 bytes,
		    unsigned int rights) __must_check;
int pgtable_unmap(struct pgtable *pt, unsigned long va, u64 bytes) __must_check;

/* Splits leaves until none reaches across va; every translation stays. Returns 0 or -ENOMEM. */
int pgtable_split(struct pgtable *pt, unsigned long va) __must_check;

struct pgtable_leaf {
	unsigned long va;
	phys_addr_t pa;
	u64 bytes;
	unsigned int rights;
};

/*
 * Calls fn for each leaf that has a page in [va, va + bytes), upwards, until fn returns something
 * other than 0; returns that value. fn must not touch these tables.
 */
int pgtable_for_each_leaf(struct pgtable *pt, unsigned long va, u64 bytes,
			  int (*fn)(const struct pgtable_leaf *leaf, void *ctx), void *ctx);

/*
 * The short way, for the kernel's own areas, with ops->counts, and ops->access for good: physical
 * memory in pieces, one behind the other in virtual memory. It costs a walk for each table that the
 * range touches, and a few instructions a page; a piece that covers a leaf of 2 MiB, and lies like
 * it, becomes one.
 */
struct pgtable_run {
	phys_addr_t pa;
	u64 bytes;
};

/*
 * Tables that nobody can find, each of which leads to the next, by their owner: new ones, taken and
 * cleared before anything is locked, or such as became empty, to be freed behind that. Neither of
 * the two functions looks at pt's own tables.
 */
struct pgtable_tables {
	phys_addr_t first;		/* where there are any */
	unsigned int nr;
};

/* One more. False: no memory. */
bool pgtable_tables_add(struct pgtable *pt, struct pgtable_tables *tables) __must_check;
/* All are given back. */
void pgtable_tables_free(struct pgtable *pt, struct pgtable_tables *tables);

/*
 * Maps the pieces from va on, where nothing is mapped, with new tables of spare's; NULL: of none.
 * 0; or an error, and then nothing is mapped of it: -ENOMEM, a table more is needed, but tables may
 * be there that are empty: pgtable_retire() and pgtable_reap() take them away. -EEXIST, a piece
 * covers a leaf of 2 MiB where a table of pages is. Flushes nothing: what was not mapped makes a
 * CPU that remembers so fault, and the fault goes on (vm_fault.c).
 */
int pgtable_map_runs(struct pgtable *pt, unsigned long va, const struct pgtable_run *runs,
		     unsigned int nr, unsigned int rights,
		     struct pgtable_tables *spare) __must_check;

/*
 * The two halves of taking leaves of [va, end) away, which no leaf reaches across. The first is in
 * steps of so many leaves; each returns where the next begins. After it no CPU walks to them any
 * more, and the tables still say what was there; the caller then lets all CPUs forget [va, end), or
 * all they know where *tables has become true: tables are affected. Only then comes the second,
 * which clears the entries and takes out the tables that none is left in.
 */
unsigned long pgtable_retire(struct pgtable *pt, unsigned long va, unsigned long end,
			     unsigned int leaves, bool *tables);

struct pgtable_harvest {
	struct pgtable_run *run;	/* NULL: nobody wants to know what was mapped */
	unsigned int room;		/* how many pieces of it run has room for */
	unsigned int nr;		/* how many came */
	unsigned int leaves;		/* as many may be looked at */
	struct pgtable_tables tables;	/* that went: no CPU remembers them */
	bool fenced;			/* false where pgtable_retire() did not come first: this
					 * calls ops->flush() */
};

/* Returns where it stopped: at end, or where h had no room, or had seen enough. */
unsigned long pgtable_reap(struct pgtable *pt, unsigned long va, unsigned long end,
			   struct pgtable_harvest *h) __must_check;

/* The same for the one page at va, which is mapped, not retired: where it was. The caller lets all
 * CPUs forget it. PGTABLE_NONE, and nothing was done: a table may go, so that it takes the longer
 * way. */
phys_addr_t pgtable_reap_page(struct pgtable *pt, unsigned long va) __must_check;

/*
 * A page that moves: its leaf, which is valid and leads to pa, becomes invalid and says that the
 * page is on its way; then it leads to new_pa, which may be pa. The first returns the leaf, which
 * stays where it is until the second: NULL, and nothing is changed, when it is not as it should be;
 * so does the second with false, for which nobody but the mover needs to be kept out. Flushes
 * nothing.
 */
u64 *pgtable_begin_move(struct pgtable *pt, unsigned long va, phys_addr_t pa) __must_check;
bool pgtable_end_move(u64 *leaf, phys_addr_t pa, phys_addr_t new_pa) __must_check;
/* Is the page at va mapped, by a leaf of its own that leads to pa? */
bool pgtable_page_is(struct pgtable *pt, unsigned long va, phys_addr_t pa);

/* Returns the sum of the root's entries, for callers that add up the changes that root_changed
 * reports. */
u64 pgtable_root_sum(struct pgtable *pt);

/* The root of the kernel's tables. */
phys_addr_t arch_kernel_root(void);

/* The operations access and flush for the kernel's own tables, in the image or in RAM, from the
 * first C function on. They do not look at pt. */
void *arch_table_access(struct pgtable *pt, phys_addr_t table_pa);
void arch_table_flush(struct pgtable *pt, unsigned long start, unsigned long end);

#endif /* ARCH_PGTABLE_H */
