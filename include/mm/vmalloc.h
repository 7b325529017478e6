/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_VMALLOC_H
#define MM_VMALLOC_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/gfp.h>
#include <arch/page.h>
#include <arch/pgtable.h>

/*
 * Areas of the vmalloc window: memory that is in one piece for the kernel and in pieces for the
 * machine, and registers of devices. An area begins on a page and has a page behind it, and one
 * before it, that is never mapped. There are at most VMALLOC_AREAS of them.
 *
 * Whoever may wait, by his flags, calls from process context; the others from any context. What
 * frees and unmaps may be called from any context; in process context, interrupts come through
 * between one piece of a large area and the next. On several CPUs it asks the others to forget,
 * once for an area.
 */

static inline bool is_vmalloc_addr(const void *va)
{
	return (unsigned long)va - VMALLOC_START < VMALLOC_SIZE;
}

/*
 * Pages for bytes, mapped one behind the other, read-write; NULL when bytes is 0, or there is no
 * memory, no area or no room for it. Where 2 MiB fit they are a leaf and a block of memory. With
 * __vmalloc() gfp says what memory and who may wait; vmalloc() is for process context, and
 * vzalloc() clears.
 */
void *__vmalloc(size_t bytes, gfp_t gfp) __must_check;
void *vmalloc(size_t bytes) __must_check;
void *vzalloc(size_t bytes) __must_check;
/* va came from one of these; anything else stops the kernel with a report. NULL is ignored. */
void vfree(const void *va);

/*
 * The same, with pages that may move while they are used, where CONFIG_MIGRATION is: whoever wants
 * their frames for something larger copies them to others, and the caller notices nothing, as long
 * as he knows no frame. Who touches a page that is on its way has it back, or waits until it has
 * been copied, so none is touched where its mover may be what is interrupted and cannot go on: with
 * kernel_tables_lock held.
 */
void *vmalloc_movable(size_t bytes, gfp_t gfp) __must_check;
/* For the arch, in a page fault, where CONFIG_MIGRATION is: the page at va, which is on its way, is
 * where it was, unless somebody copies it now. Any context. */
void vm_call_back(unsigned long va);

/*
 * The frames of the area around va stay where they are until as many vm_unpin(). who is a name for
 * reports, and stays. -EINVAL when no area is there. Waits for a page that is on its way: process
 * context. A pinned area is not freed.
 */
#ifdef CONFIG_MIGRATION
int vm_pin(const void *va, const char *who) __must_check;
void vm_unpin(const void *va);
#else
static inline __must_check int vm_pin(const void *va, const char *who)
{
	(void)va;
	(void)who;
	return 0;
}
static inline void vm_unpin(const void *va)
{
	(void)va;
}
#endif

/* kmalloc() up to a page, else vmalloc_movable(); and back. */
void *kvmalloc(size_t bytes, gfp_t gfp) __must_check;
void kvfree(const void *va);

/* count pages of the caller's, mapped one behind the other with these rights (arch/pgtable.h);
 * NULL as for vmalloc(). They stay his, and are to live as long as the mapping. Any context. */
void *vmap(struct page *const *pages, unsigned int count, unsigned int rights) __must_check;
void vunmap(const void *va);

/*
 * Registers of a device, or memory that is nobody's: all pages that [pa, pa + bytes) touches;
 * returns the address of the byte at pa. NULL as for vmalloc(), and where RAM of the page
 * allocator's is meant. Any context, from kmem_cache_init() on.
 */
void *ioremap(phys_addr_t pa, size_t bytes) __must_check;
/*
 * The same of RAM, past the caches, by who has it and lets nobody touch it in another way; what
 * caches have of it has gone. NULL, too, where arch_maps_uncached() says no. iounmap() ends it.
 */
void *memremap_uncached(phys_addr_t pa, size_t bytes) __must_check;
void iounmap(const volatile void *va);

/*
 * Other rights for whole pages of one area of vmalloc() or vmap(). 0; -EINVAL when they are not
 * that; -ENOMEM, with nothing changed, when a leaf of 2 MiB would have to be split and there is no
 * table. Process context.
 */
int set_memory_ro(unsigned long va, unsigned long pages) __must_check;
int set_memory_rw(unsigned long va, unsigned long pages) __must_check;
/* Nothing of an area is executable; says so by 0, and looks at its arguments. */
int set_memory_nx(unsigned long va, unsigned long pages) __must_check;

/* The descriptor of the page behind va, in an area that stays and does not move (vm_pin()); NULL
 * where none is. */
struct page *vmalloc_to_page(const void *va);

#endif /* MM_VMALLOC_H */
