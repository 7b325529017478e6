/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_IOMEM_H
#define MM_IOMEM_H

/* Boot, once each: takes memory for the tree below iomem_resource while memblock has some... */
void iomem_prepare(void);
/* ... and builds it from memblock and the image when nothing more is reserved. */
void iomem_init(void);

#endif /* MM_IOMEM_H */
