# SPDX-License-Identifier: BSD-2-Clause
# From boot's memory map up to the caches, each floor on the one before.

obj-y += mm/config_check.o

obj-y += mm/memblock.o mm/memblock_query.o mm/memblock_iter.o mm/memblock_alloc.o
obj-y += mm/memblock_dump.o
obj-y += mm/dt_memory.o mm/dt_reserved.o mm/dt_reserved_nodes.o mm/dt_read.o
obj-y += mm/crash_kernel.o mm/dt_conflict.o mm/conflict.o

obj-y += mm/page.o
obj-y += mm/sparse.o
obj-y += mm/zone.o
obj-y += mm/zonelist.o
obj-$(CONFIG_NUMA) += mm/numa.o
obj-y += mm/handover.o
obj-y += mm/watermark.o
obj-y += mm/percpu.o

obj-y += mm/buddy.o
obj-$(CONFIG_PAGE_MOBILITY) += mm/pageblock.o
obj-y += mm/pcp.o
obj-y += mm/page_alloc.o
obj-y += mm/show_mem.o

obj-y += mm/slab.o
obj-y += mm/slab_pages.o
obj-y += mm/slab_cache.o
obj-y += mm/slab_fast.o
obj-y += mm/slab_grow.o
obj-y += mm/slab_info.o
obj-y += mm/slab_validate.o
obj-y += mm/kmalloc.o

obj-y += mm/audit.o
obj-y += mm/bounds.o
obj-y += mm/validate.o
