/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_PAGE_BYTES_H
#define MM_PAGE_BYTES_H

/*
 * Bytes of struct page, for assembly and for the arch's windows as well; what the memory model
 * adds (struct page_model_fields) comes on top of it. A power of two: in one array of all frames'
 * descriptors an address is a shift of a frame number.
 */
#define STRUCT_PAGE_BYTES	16

#endif /* MM_PAGE_BYTES_H */
