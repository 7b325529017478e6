/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_HANDLE_H
#define MM_PAGE_HANDLE_H

#include <mm/page.h>

/*
 * A frame's handle is the number from which its descriptor is found fastest and in which a
 * block's halves differ in one bit: handle_bit(order) for those of a block of order + 1. Where
 * the descriptors lie in one array that begins at a multiple of its size it is the descriptor's
 * address, else the frame number. It is a type of its own, so that nobody takes one for the other.
 */
typedef struct {
	unsigned long nr;
} page_handle_t;

#define HANDLE_IS_ADDRESS	IS_ENABLED(CONFIG_SPARSEMEM_VMEMMAP)
#define handle_bit(order)	((HANDLE_IS_ADDRESS ? sizeof(struct page) : 1ul) << (order))

static __always_inline page_handle_t pfn_handle(unsigned long pfn)
{
	return (page_handle_t){ HANDLE_IS_ADDRESS ? (unsigned long)pfn_to_page(pfn) : pfn };
}

static __always_inline struct page *handle_page(page_handle_t handle)
{
	return HANDLE_IS_ADDRESS ? (struct page *)handle.nr : pfn_to_page(handle.nr);
}

static __always_inline unsigned long handle_pfn(page_handle_t handle)
{
	return (u32)(handle.nr / handle_bit(0));
}

/* The block beside one of order, bit being handle_bit(order). */
static __always_inline page_handle_t handle_beside(page_handle_t handle, unsigned long bit)
{
	return (page_handle_t){ handle.nr ^ bit };
}

#endif /* MM_PAGE_HANDLE_H */
