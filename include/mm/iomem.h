/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MM_IOMEM_H
#define MM_IOMEM_H

/* What a bank of RAM is called, and a section that is offline. */
#define IOMEM_RAM	"System RAM"
#define IOMEM_OFFLINE	"Offline RAM"

/* Boot, once each: takes memory for the tree below iomem_resource while memblock has some... */
void iomem_prepare(void);
/* ... and builds it from memblock and the image when nothing more is reserved. */
void iomem_init(void);

#endif /* MM_IOMEM_H */
